// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/WordsToLlvm.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace {

struct WordsLowering : ConvertOpToLLVMPattern<tw::WordsOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;

  LogicalResult matchAndRewrite(tw::WordsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = dyn_cast<MemRefType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "is on tensors; bufferize first");
    MemRefDescriptor source(adaptor.getSource());
    auto words = MemRefDescriptor::poison(rewriter, loc, getTypeConverter()->convertType(type));
    words.setAllocatedPtr(rewriter, loc, source.allocatedPtr(rewriter, loc));
    words.setAlignedPtr(rewriter, loc, source.alignedPtr(rewriter, loc));
    Value one = createIndexAttrConstant(rewriter, loc, getIndexType(), 1);
    auto halve = [&](Value number) -> Value {
      return LLVM::LShrOp::create(rewriter, loc, number, one);
    };
    words.setOffset(rewriter, loc, halve(source.offset(rewriter, loc)));
    for (int64_t dim = 0, last = type.getRank() - 1; dim <= last; ++dim) {
      Value size = source.size(rewriter, loc, dim);
      words.setSize(rewriter, loc, dim, dim == last ? halve(size) : size);
      words.setStride(rewriter, loc, dim,
                      dim == last ? one : halve(source.stride(rewriter, loc, dim)));
    }
    rewriter.replaceOp(op, {words});
    return success();
  }
};

} // namespace

void tw::populateWordsToLlvmPatterns(const LLVMTypeConverter &converter,
                                     RewritePatternSet &patterns) {
  patterns.add<WordsLowering>(converter);
}
