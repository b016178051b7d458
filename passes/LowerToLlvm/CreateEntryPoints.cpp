// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tw {
#define GEN_PASS_DEF_CREATEENTRYPOINTS
#include "passes/LowerToLlvm/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-create-entry-points"

using namespace mlir;

namespace {

struct EntryBuilder {
  OpBuilder builder;
  Location loc;
  Type i64 = builder.getI64Type();
  LLVM::LLVMPointerType pointer = LLVM::LLVMPointerType::get(builder.getContext());

  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, i64, builder.getI64IntegerAttr(value));
  }
  Value loadAt(Value base, Type type, int64_t index) {
    Value address = LLVM::GEPOp::create(builder, loc, pointer, i64, base,
                                        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
    // Nobody changes the records of a call while it runs, so that code generation may load from
    // them where it needs the value.
    return LLVM::LoadOp::create(builder, loc, type, address, /*alignment=*/0, /*isVolatile=*/false,
                                /*isNonTemporal=*/false, /*isInvariant=*/true);
  }

  /// The fields of the descriptor of a contiguous memref, in the order in which they are passed.
  void appendDescriptor(Value records, int64_t index, MemRefType type,
                        SmallVectorImpl<Value> &arguments) {
    Value record = loadAt(records, pointer, index);
    Value data = loadAt(record, pointer, 0);
    arguments.append({data, data, constant(0)});
    int64_t rank = type.getRank();
    SmallVector<Value> sizes(rank), strides(rank);
    Value stride = constant(1);
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      sizes[dim] =
          type.isDynamicDim(dim) ? loadAt(record, i64, dim + 1) : constant(type.getDimSize(dim));
      strides[dim] = stride;
      stride = LLVM::MulOp::create(builder, loc, stride, sizes[dim]);
    }
    arguments.append(sizes);
    arguments.append(strides);
  }
};

struct CreateEntryPoints : tw::impl::CreateEntryPointsBase<CreateEntryPoints> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto main = module.lookupSymbol<LLVM::LLVMFuncOp>("main");
    if (!main || main.isExternal()) {
      module.emitError("needs a function @main with a body: the computation to export");
      return signalPassFailure();
    }
    auto init = module.lookupSymbol<LLVM::LLVMFuncOp>("init");
    if (failed(createEntry(main, "tw_main")) || failed(createEntry(init, "tw_init")))
      return signalPassFailure();
    auto bytes = [](LLVM::LLVMFuncOp function, StringRef name) -> int64_t {
      auto attribute = function ? function->getAttrOfType<IntegerAttr>(name) : IntegerAttr();
      return attribute ? attribute.getInt() : 0;
    };
    createConstant("tw_arena_bytes", bytes(main, tw::kArenaBytesAttr));
    createConstant("tw_init_arena_bytes", bytes(init, tw::kArenaBytesAttr));
    createConstant("tw_scratch_bytes", std::max(bytes(main, tw::kScratchBytesAttr),
                                                bytes(init, tw::kScratchBytesAttr)));
  }

  void createConstant(StringRef name, int64_t value) {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    LLVM::GlobalOp::create(builder, getOperation().getLoc(), builder.getI64Type(),
                           /*isConstant=*/true, LLVM::Linkage::External, name,
                           builder.getI64IntegerAttr(value));
  }

  /// `function` may be null: then the entry point only reports success.
  LogicalResult createEntry(LLVM::LLVMFuncOp function, StringRef name) {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    Location loc = function ? function.getLoc() : getOperation().getLoc();
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    Type i32 = builder.getI32Type();
    auto entry = LLVM::LLVMFuncOp::create(builder, loc, name,
                                          LLVM::LLVMFunctionType::get(i32, {pointer, pointer}));
    Block *block = entry.addEntryBlock(builder);
    builder.setInsertionPointToStart(block);
    EntryBuilder unpack{builder, loc};
    if (!function) {
      Value zero = LLVM::ConstantOp::create(builder, loc, i32, builder.getI32IntegerAttr(0));
      LLVM::ReturnOp::create(builder, loc, zero);
      return success();
    }
    // The call would pass some words for each weight of the model.
    function.setAlwaysInline(true);
    SmallVector<Value> arguments = {block->getArgument(0)};
    auto types = function->getAttrOfType<ArrayAttr>(tw::kArgumentsAttr);
    if (!types)
      return function.emitError("has no '")
             << tw::kArgumentsAttr << "'; run tw-convert-to-llvm first";
    for (auto [index, type] : llvm::enumerate(types.getAsValueRange<TypeAttr>())) {
      auto memref = dyn_cast<MemRefType>(type);
      if (!memref || !memref.getLayout().isIdentity())
        return function.emitError("argument ")
               << index << " must be a contiguous buffer, got " << type;
      unpack.appendDescriptor(block->getArgument(1), index, memref, arguments);
    }
    Value status = LLVM::CallOp::create(unpack.builder, loc, TypeRange(i32),
                                        function.getSymNameAttr(), arguments)
                       .getResult();
    LLVM::ReturnOp::create(unpack.builder, loc, status);
    return success();
  }
};

} // namespace
