// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/LaunchToLlvm.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/LowerToLlvm/RuntimeContext.h"

using namespace mlir;
using tw::RuntimeContext;

namespace {

/// Calls parallel_for with a task function that unpacks the captured values from a structure.
struct LaunchLowering : ConvertOpToLLVMPattern<tw::LaunchOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::LaunchOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RuntimeContext context = RuntimeContext::of(rewriter, op);
    SmallVector<Value> values;
    for (auto [captured, converted] : llvm::zip_equal(op.getCaptured(), adaptor.getCaptured()))
      if (getStaticBuffer(captured.getType()))
        values.push_back(MemRefDescriptor(converted).alignedPtr(rewriter, loc));
      else
        llvm::append_range(values,
                           getTypeConverter()->promoteOperands(loc, captured, converted, rewriter));
    auto closure = LLVM::LLVMStructType::getLiteral(getContext(),
                                                    llvm::to_vector(ValueRange(values).getTypes()));
    Value storage = tw::createStackSlot(rewriter, op, closure);
    for (auto [field, value] : llvm::enumerate(values))
      LLVM::StoreOp::create(rewriter, loc, value,
                            fieldAddress(rewriter, loc, closure, storage, field));
    std::string name = (op.getCallee() + "_task").str();
    // Launches that share a function share the task that unpacks its arguments.
    if (!op->getParentOfType<ModuleOp>().lookupSymbol(name))
      createTask(rewriter, op, name, closure);
    Value task = LLVM::AddressOfOp::create(rewriter, loc, context.pointer, name);
    context.store(context.constant(op.getSite()), RuntimeContext::kSite);
    context.call(RuntimeContext::kParallelFor, {}, {task, storage, adaptor.getTasks()});
    rewriter.eraseOp(op);
    return success();
  }

  /// A buffer that is known but for its address, which is all that is stored of it: the stores of
  /// all launches are one block of @main, and time of instruction selection grows faster than that.
  static MemRefType getStaticBuffer(Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    if (!memref || !memref.hasStaticShape())
      return {};
    auto [strides, offset] = memref.getStridesAndOffset();
    bool isStatic = ShapedType::isStatic(offset) && !ShapedType::isDynamicShape(strides);
    return isStatic ? memref : MemRefType();
  }

  static Value fieldAddress(OpBuilder &builder, Location loc, Type closure, Value storage,
                            int64_t field) {
    return LLVM::GEPOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
                               closure, storage,
                               ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(field)});
  }

  void createTask(OpBuilder &builder, tw::LaunchOp op, StringRef name,
                  LLVM::LLVMStructType closure) const {
    OpBuilder::InsertionGuard guard(builder);
    Location loc = op.getLoc();
    auto module = op->getParentOfType<ModuleOp>();
    builder.setInsertionPointToEnd(module.getBody());
    auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
    Type i64 = builder.getI64Type(), none = LLVM::LLVMVoidType::get(builder.getContext());
    auto task = LLVM::LLVMFuncOp::create(
        builder, loc, name, LLVM::LLVMFunctionType::get(none, {pointer, pointer, i64, i64, i64}),
        LLVM::Linkage::Internal);
    Block *entry = task.addEntryBlock(builder);
    builder.setInsertionPointToStart(entry);
    SmallVector<Value> arguments = {entry->getArgument(0), entry->getArgument(2),
                                    entry->getArgument(3), entry->getArgument(4)};
    int64_t field = 0;
    auto loadField = [&] {
      Value address = fieldAddress(builder, loc, closure, entry->getArgument(1), field);
      Type type = closure.getBody()[field++];
      return LLVM::LoadOp::create(builder, loc, type, address);
    };
    auto constant = [&](int64_t value) {
      return LLVM::ConstantOp::create(builder, loc, i64, builder.getI64IntegerAttr(value));
    };
    for (Type captured : op.getCaptured().getTypes()) {
      if (MemRefType buffer = getStaticBuffer(captured)) {
        auto [strides, offset] = buffer.getStridesAndOffset();
        Value data = loadField();
        arguments.append({data, data, constant(offset)});
        llvm::append_range(arguments, llvm::map_range(buffer.getShape(), constant));
        llvm::append_range(arguments, llvm::map_range(strides, constant));
        continue;
      }
      auto buffer = dyn_cast<MemRefType>(captured);
      // Two pointers, an offset, sizes and strides.
      for (int64_t i = 0, count = buffer ? 3 + 2 * buffer.getRank() : 1; i < count; ++i)
        arguments.push_back(loadField());
    }
    LLVM::CallOp::create(builder, loc, TypeRange{}, op.getCallee(), arguments);
    LLVM::ReturnOp::create(builder, loc, ValueRange{});
  }
};

} // namespace

void tw::populateLaunchToLlvmPatterns(const LLVMTypeConverter &converter,
                                      RewritePatternSet &patterns) {
  patterns.add<LaunchLowering>(converter);
}
