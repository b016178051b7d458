// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/RuntimeToLlvm.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace {

/// Byte offsets of tw_context's fields (runtime/include/tilewright/module.h).
enum ContextField : int32_t {
  kArena = 16,
  kScratch = 24,
  kScratchStride = 32,
  kParallelFor = 40,
  kAlloc = 48,
  kOutput = 56,
  kFail = 64,
  kSite = 80,
};

struct Context {
  OpBuilder &builder;
  Location loc;
  Value context;
  LLVM::LLVMPointerType pointer = LLVM::LLVMPointerType::get(builder.getContext());
  Type i64 = builder.getI64Type();

  static Context of(OpBuilder &builder, Operation *op) {
    auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
    return {builder, op->getLoc(), function.getArgument(0)};
  }
  Value load(Type type, int32_t offset) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), context,
                                        ArrayRef<LLVM::GEPArg>{offset});
    return LLVM::LoadOp::create(builder, loc, type, address);
  }
  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, i64, builder.getI64IntegerAttr(value));
  }
  void store(Value value, int32_t offset) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), context,
                                        ArrayRef<LLVM::GEPArg>{offset});
    LLVM::StoreOp::create(builder, loc, value, address);
  }
  /// Calls the function in `field` with the context and `arguments`.
  LLVM::CallOp call(int32_t field, Type result, ArrayRef<Value> arguments) {
    SmallVector<Value> operands = {load(pointer, field), context};
    llvm::append_range(operands, arguments);
    SmallVector<Type> types = {pointer};
    llvm::append_range(types, ValueRange(arguments).getTypes());
    Type returned = result ? result : Type(LLVM::LLVMVoidType::get(builder.getContext()));
    auto type = LLVM::LLVMFunctionType::get(returned, types);
    return LLVM::CallOp::create(builder, loc, type, operands);
  }
};

/// Memory on the stack, taken once a call and not once an iteration.
Value stackSlot(OpBuilder &builder, Operation *op, Type type, int64_t count = 1) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op->getParentOfType<LLVM::LLVMFuncOp>().getBody().front());
  Value number = LLVM::ConstantOp::create(builder, op->getLoc(), builder.getI64Type(),
                                          builder.getI64IntegerAttr(count));
  return LLVM::AllocaOp::create(builder, op->getLoc(),
                                LLVM::LLVMPointerType::get(builder.getContext()), type, number);
}

struct ArenaLowering : ConvertOpToLLVMPattern<tw::ArenaOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::ArenaOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Context context = Context::of(rewriter, op);
    Value data = context.load(context.pointer, kArena);
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
    Context context = Context::of(rewriter, op);
    auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
    // In @main itself (a parallel loop of one iteration) the worker is the caller, number 0.
    bool region = isa<LLVM::LLVMVoidType>(function.getFunctionType().getReturnType());
    Value worker = region ? Value(function.getArgument(3)) : context.constant(0);
    Value stride = context.load(context.i64, kScratchStride);
    Value offset = LLVM::MulOp::create(rewriter, op.getLoc(), worker, stride);
    Value data = LLVM::GEPOp::create(rewriter, op.getLoc(), context.pointer, rewriter.getI8Type(),
                                     context.load(context.pointer, kScratch),
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
    Context context = Context::of(rewriter, op);
    SmallVector<Value> sizes, strides;
    Value bytes = getBytes(rewriter, op->getLoc(), type, operands, sizes, strides);
    Value data = context.call(kAlloc, context.pointer, {bytes}).getResult();
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
    Context context = Context::of(rewriter, op);
    SmallVector<Value> sizes, strides;
    getBytes(rewriter, loc, type, operands, sizes, strides);
    int64_t rank = type.getRank();
    Value array = stackSlot(rewriter, op, context.i64, std::max<int64_t>(1, rank));
    for (auto [dim, size] : llvm::enumerate(sizes)) {
      Value address = LLVM::GEPOp::create(rewriter, loc, context.pointer, context.i64, array,
                                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(dim)});
      LLVM::StoreOp::create(rewriter, loc, size, address);
    }
    Value index = context.constant(cast<tw::OutputOp>(op).getIndex());
    Value data =
        context.call(kOutput, context.pointer, {index, context.constant(rank), array}).getResult();
    return replace(rewriter, op, type, data, sizes, strides);
  }
};

/// Calls parallel_for with a task function that unpacks the captured values from a structure.
struct LaunchLowering : ConvertOpToLLVMPattern<tw::LaunchOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult matchAndRewrite(tw::LaunchOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Context context = Context::of(rewriter, op);
    SmallVector<Value> values;
    for (auto [captured, converted] : llvm::zip_equal(op.getCaptured(), adaptor.getCaptured()))
      if (getStaticBuffer(captured.getType()))
        values.push_back(MemRefDescriptor(converted).alignedPtr(rewriter, loc));
      else
        llvm::append_range(values,
                           getTypeConverter()->promoteOperands(loc, captured, converted, rewriter));
    auto closure = LLVM::LLVMStructType::getLiteral(getContext(),
                                                    llvm::to_vector(ValueRange(values).getTypes()));
    Value storage = stackSlot(rewriter, op, closure);
    for (auto [field, value] : llvm::enumerate(values))
      LLVM::StoreOp::create(rewriter, loc, value,
                            fieldAddress(rewriter, loc, closure, storage, field));
    std::string name = (op.getCallee() + "_task").str();
    // Launches that share a function share the task that unpacks its arguments.
    if (!op->getParentOfType<ModuleOp>().lookupSymbol(name))
      createTask(rewriter, op, name, closure);
    Value task = LLVM::AddressOfOp::create(rewriter, loc, context.pointer, name);
    context.store(context.constant(op.getSite()), kSite);
    context.call(kParallelFor, {}, {task, storage, adaptor.getTasks()});
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
      Context context = Context::of(rewriter, op);
      Value message = LLVM::AddressOfOp::create(rewriter, loc, context.pointer, global);
      context.call(kFail, {}, {message});
    });
    rewriter.eraseOp(op);
    return success();
  }

  /// One global a text, however many asserts share it.
  static std::string createMessage(OpBuilder &builder, tw::AssertOp op) {
    OpBuilder::InsertionGuard guard(builder);
    auto module = op->getParentOfType<ModuleOp>();
    std::string name =
        ("assert_message_" + Twine::utohexstr(llvm::hash_value(op.getMessage()))).str();
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
  patterns.add<ArenaLowering, ScratchLowering, AllocLowering, OutputLowering, LaunchLowering,
               AssertLowering>(converter);
}
