// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/RuntimeToLlvm.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/LowerToLlvm/LaunchToLlvm.h"
#include "passes/LowerToLlvm/RuntimeContext.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using tw::RuntimeContext;

namespace {

struct ArenaLowering : ConvertOpToLLVMPattern<tw::ArenaOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::ArenaOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RuntimeContext context = RuntimeContext::of(rewriter, op);
    Value data = context.load(context.pointer, RuntimeContext::kArena);
    rewriter.replaceOp(op, {MemRefDescriptor::fromStaticShape(
                               rewriter, op.getLoc(), *getTypeConverter(), op.getType(), data)});
    return success();
  }
};

/// scratch + worker * stride; the worker is the fourth argument of the outlined function.
struct ScratchLowering : ConvertOpToLLVMPattern<tw::ScratchOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::ScratchOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    RuntimeContext context = RuntimeContext::of(rewriter, op);
    auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
    // In @main itself (a parallel loop of one iteration) the worker is the caller, number 0.
    bool region = isa<LLVM::LLVMVoidType>(function.getFunctionType().getReturnType());
    Value worker = region ? Value(function.getArgument(3)) : context.constant(0);
    Value stride = context.load(context.i64, RuntimeContext::kScratchStride);
    Value offset = LLVM::MulOp::create(rewriter, op.getLoc(), worker, stride);
    Value data = LLVM::GEPOp::create(rewriter, op.getLoc(), context.pointer, rewriter.getI8Type(),
                                     context.load(context.pointer, RuntimeContext::kScratch),
                                     ArrayRef<LLVM::GEPArg>{offset});
    rewriter.replaceOp(op, {MemRefDescriptor::fromStaticShape(
                               rewriter, op.getLoc(), *getTypeConverter(), op.getType(), data)});
    return success();
  }
};

/// Leaves the function with the status 1 when `failed` holds; code after it goes on otherwise.
/// A function without a status (a parallel body) goes on in any case.
void returnIf(ConversionPatternRewriter &rewriter, Operation *op, Value failed,
              function_ref<void()> emitFailure = {}) {
  Location loc = op->getLoc();
  auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
  Block *current = rewriter.getInsertionBlock();
  Block *next = rewriter.splitBlock(current, rewriter.getInsertionPoint());
  Block *leave = rewriter.createBlock(next);
  if (emitFailure)
    emitFailure();
  if (isa<LLVM::LLVMVoidType>(function.getFunctionType().getReturnType())) {
    LLVM::BrOp::create(rewriter, loc, ValueRange{}, next);
  } else {
    Value one = LLVM::ConstantOp::create(rewriter, loc, rewriter.getI32Type(),
                                         rewriter.getI32IntegerAttr(1));
    LLVM::ReturnOp::create(rewriter, loc, one);
  }
  rewriter.setInsertionPointToEnd(current);
  LLVM::CondBrOp::create(rewriter, loc, failed, leave, next);
  rewriter.setInsertionPointToStart(next);
}

struct DynamicMemory : ConvertToLLVMPattern {
  using ConvertToLLVMPattern::ConvertToLLVMPattern;

  /// Sizes, strides and bytes of a contiguous buffer.
  Value getBytes(ConversionPatternRewriter &rewriter, Location loc, MemRefType type,
                 ValueRange dynamicSizes, SmallVectorImpl<Value> &sizes,
                 SmallVectorImpl<Value> &strides) const {
    Value bytes;
    getMemRefDescriptorSizes(loc, type, dynamicSizes, rewriter, sizes, strides, bytes,
                             /*sizeInBytes=*/true);
    return bytes;
  }
  LogicalResult replace(ConversionPatternRewriter &rewriter, Operation *op, MemRefType type,
                        Value data, ArrayRef<Value> sizes, ArrayRef<Value> strides) const {
    Location loc = op->getLoc();
    Value null = LLVM::ZeroOp::create(rewriter, loc, data.getType());
    Value failed = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::eq, data, null);
    returnIf(rewriter, op, failed);
    rewriter.replaceOp(op,
                       {createMemRefDescriptor(loc, type, data, data, sizes, strides, rewriter)});
    return success();
  }
};

struct AllocLowering : DynamicMemory {
  explicit AllocLowering(const LLVMTypeConverter &converter)
      : DynamicMemory(tw::AllocOp::getOperationName(), &converter.getContext(), converter) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    auto type = cast<MemRefType>(op->getResult(0).getType());
    RuntimeContext context = RuntimeContext::of(rewriter, op);
    SmallVector<Value> sizes, strides;
    Value bytes = getBytes(rewriter, op->getLoc(), type, operands, sizes, strides);
    Value data = context.call(RuntimeContext::kAlloc, context.pointer, {bytes}).getResult();
    return replace(rewriter, op, type, data, sizes, strides);
  }
};

struct OutputLowering : DynamicMemory {
  explicit OutputLowering(const LLVMTypeConverter &converter)
      : DynamicMemory(tw::OutputOp::getOperationName(), &converter.getContext(), converter) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op->getLoc();
    auto type = cast<MemRefType>(op->getResult(0).getType());
    RuntimeContext context = RuntimeContext::of(rewriter, op);
    SmallVector<Value> sizes, strides;
    getBytes(rewriter, loc, type, operands, sizes, strides);
    int64_t rank = type.getRank();
    Value array = tw::createStackSlot(rewriter, op, context.i64, std::max<int64_t>(1, rank));
    for (auto [dim, size] : llvm::enumerate(sizes)) {
      Value address = LLVM::GEPOp::create(rewriter, loc, context.pointer, context.i64, array,
                                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(dim)});
      LLVM::StoreOp::create(rewriter, loc, size, address);
    }
    Value index = context.constant(cast<tw::OutputOp>(op).getIndex());
    Value data =
        context
            .call(RuntimeContext::kOutput, context.pointer, {index, context.constant(rank), array})
            .getResult();
    return replace(rewriter, op, type, data, sizes, strides);
  }
};

struct AssertLowering : ConvertOpToLLVMPattern<tw::AssertOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::AssertOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value yes =
        LLVM::ConstantOp::create(rewriter, loc, rewriter.getI1Type(), rewriter.getBoolAttr(true));
    Value failed = LLVM::XOrOp::create(rewriter, loc, adaptor.getCondition(), yes);
    std::string global = createMessage(rewriter, op);
    returnIf(rewriter, op, failed, [&] {
      RuntimeContext context = RuntimeContext::of(rewriter, op);
      Value message = LLVM::AddressOfOp::create(rewriter, loc, context.pointer, global);
      context.call(RuntimeContext::kFail, {}, {message});
    });
    rewriter.eraseOp(op);
    return success();
  }

  /// One global a text, however many asserts share it. The name is the same in every run, so that a
  /// model compiles to the same bytes: `llvm::hash_value` is seeded anew in each process.
  static std::string createMessage(OpBuilder &builder, tw::AssertOp op) {
    OpBuilder::InsertionGuard guard(builder);
    auto module = op->getParentOfType<ModuleOp>();
    std::string name =
        ("assert_message_" + Twine::utohexstr(llvm::xxh3_64bits(op.getMessage()))).str();
    if (module.lookupSymbol(name))
      return name;
    builder.setInsertionPointToStart(module.getBody());
    std::string text = op.getMessage().str();
    text.push_back('\0');
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), text.size());
    LLVM::GlobalOp::create(builder, op.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Internal,
                           name, builder.getStringAttr(text));
    return name;
  }
};

} // namespace

void tw::populateRuntimeToLlvmPatterns(const LLVMTypeConverter &converter,
                                       RewritePatternSet &patterns) {
  patterns.add<ArenaLowering, ScratchLowering, AllocLowering, OutputLowering, AssertLowering>(
      converter);
  populateLaunchToLlvmPatterns(converter, patterns);
}
