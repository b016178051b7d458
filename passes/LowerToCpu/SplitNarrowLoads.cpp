// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/SplitNarrowLoads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;

namespace {

/// How many lanes LLVM loads at once; what is one more is the trouble.
constexpr int64_t kLanes = 8;

struct SplitNarrowLoad : OpRewritePattern<vector::LoadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::LoadOp op, PatternRewriter &rewriter) const override {
    VectorType type = op.getVectorType();
    if (!type.getElementType().isBF16() || type.getRank() != 1 || type.isScalable() ||
        op.getMemRefType().getElementType() != type.getElementType())
      return rewriter.notifyMatchFailure(op, "not a row of bf16");
    int64_t rest = type.getNumElements() - 1;
    if (rest == 0 || rest % kLanes != 0)
      return rewriter.notifyMatchFailure(op, "no single element is left over");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type i16 = b.getI16Type();
    Value front = vector::LoadOp::create(b, VectorType::get({rest}, type.getElementType()),
                                         op.getBase(), op.getIndices());
    SmallVector<Value> indices(op.getIndices());
    indices.back() =
        arith::AddIOp::create(b, indices.back(), arith::ConstantIndexOp::create(b, rest));
    Value last = memref::LoadOp::create(b, op.getBase(), indices);
    auto bits = VectorType::get({rest + 1}, i16);
    Value whole = vector::InsertStridedSliceOp::create(
        b, vector::BitCastOp::create(b, VectorType::get({rest}, i16), front),
        ub::PoisonOp::create(b, bits), /*offsets=*/ArrayRef<int64_t>{0},
        /*strides=*/ArrayRef<int64_t>{1});
    whole = vector::InsertOp::create(b, arith::BitcastOp::create(b, i16, last), whole, rest);
    rewriter.replaceOpWithNewOp<vector::BitCastOp>(op, type, whole);
    return success();
  }
};

} // namespace

void tw::populateSplitNarrowLoadsPatterns(RewritePatternSet &patterns) {
  patterns.add<SplitNarrowLoad>(patterns.getContext());
}
