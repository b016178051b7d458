// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/RuntimeContext.h"

using namespace mlir;
using tw::RuntimeContext;

RuntimeContext RuntimeContext::of(OpBuilder &builder, Operation *op) {
  auto function = op->getParentOfType<LLVM::LLVMFuncOp>();
  return {builder, op->getLoc(), function.getArgument(0),
          LLVM::LLVMPointerType::get(builder.getContext()), builder.getI64Type()};
}

Value RuntimeContext::constant(int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, i64, builder.getI64IntegerAttr(value));
}

Value RuntimeContext::address(Field field) {
  return LLVM::GEPOp::create(builder, loc, pointer, builder.getI8Type(), context,
                             ArrayRef<LLVM::GEPArg>{field});
}

Value RuntimeContext::load(Type type, Field field) {
  return LLVM::LoadOp::create(builder, loc, type, address(field));
}

void RuntimeContext::store(Value value, Field field) {
  LLVM::StoreOp::create(builder, loc, value, address(field));
}

LLVM::CallOp RuntimeContext::call(Field field, Type result, ArrayRef<Value> arguments) {
  SmallVector<Value> operands = {load(pointer, field), context};
  llvm::append_range(operands, arguments);
  SmallVector<Type> types = {pointer};
  llvm::append_range(types, ValueRange(arguments).getTypes());
  Type returned = result ? result : Type(LLVM::LLVMVoidType::get(builder.getContext()));
  auto type = LLVM::LLVMFunctionType::get(returned, types);
  return LLVM::CallOp::create(builder, loc, type, operands);
}

Value tw::createStackSlot(OpBuilder &builder, Operation *op, Type type, int64_t count) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&op->getParentOfType<LLVM::LLVMFuncOp>().getBody().front());
  Value number = LLVM::ConstantOp::create(builder, op->getLoc(), builder.getI64Type(),
                                          builder.getI64IntegerAttr(count));
  return LLVM::AllocaOp::create(builder, op->getLoc(),
                                LLVM::LLVMPointerType::get(builder.getContext()), type, number);
}
