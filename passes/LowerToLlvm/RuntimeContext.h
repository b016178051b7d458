// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMECONTEXT_H
#define TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMECONTEXT_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace tw {

/// Accesses to the tw_context that every function of a module has as its first argument.
struct RuntimeContext {
  /// Byte offsets of tw_context's fields (runtime/include/tilewright/module.h).
  enum Field : int32_t {
    kArena = 16,
    kScratch = 24,
    kScratchStride = 32,
    kParallelFor = 40,
    kAlloc = 48,
    kOutput = 56,
    kFail = 64,
    kSite = 80,
  };

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value context;
  mlir::LLVM::LLVMPointerType pointer;
  mlir::Type i64;

  /// The context of the function around `op`.
  static RuntimeContext of(mlir::OpBuilder &builder, mlir::Operation *op);

  mlir::Value constant(int64_t value);
  mlir::Value load(mlir::Type type, Field field);
  void store(mlir::Value value, Field field);
  /// Calls the function in `field` with the context and `arguments`; without a type it returns
  /// nothing.
  mlir::LLVM::CallOp call(Field field, mlir::Type result, mlir::ArrayRef<mlir::Value> arguments);

private:
  mlir::Value address(Field field);
};

/// Memory on the stack, taken once a call and not once an iteration.
mlir::Value createStackSlot(mlir::OpBuilder &builder, mlir::Operation *op, mlir::Type type,
                            int64_t count = 1);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMECONTEXT_H
