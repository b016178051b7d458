// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the values that a launch uses reach its kernel.
#ifndef TILEWRIGHT_PASSES_LOWERTOGPU_KERNELARGUMENTS_H
#define TILEWRIGHT_PASSES_LOWERTOGPU_KERNELARGUMENTS_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace tw {

/// The values that the region of `launch` uses from outside, split into those that can be had in
/// the kernel as well (constants, and the address of constant data) and the scalars that have to
/// be passed. Buffers are passed as a base pointer and what their type leaves open.
class KernelArguments {
public:
  /// Adds the operations that take buffers apart in front of `launch`.
  KernelArguments(mlir::OpBuilder &builder, mlir::gpu::LaunchOp launch);

  /// What the host passes.
  mlir::ValueRange getOperands() const { return operands.getArrayRef(); }
  /// Addresses of constant data that the kernel takes.
  llvm::ArrayRef<mlir::memref::GetGlobalOp> getConstantData() const { return constantData; }

  /// Rebuilds the used values in a kernel whose arguments are `arguments`, and maps to them.
  void rebuild(mlir::OpBuilder &builder, mlir::ValueRange arguments, mlir::IRMapping &mapping);

private:
  void addBuffer(mlir::OpBuilder &builder, mlir::Value buffer);

  llvm::SetVector<mlir::Value> operands;
  llvm::SmallVector<mlir::Operation *> constants;
  llvm::SmallVector<mlir::memref::GetGlobalOp> constantData;
  struct Buffer {
    mlir::Value value, base;
    /// As in its type; an open one is a value of the host.
    mlir::OpFoldResult offset;
    llvm::SmallVector<mlir::OpFoldResult> sizes, strides;
  };
  llvm::SmallVector<Buffer> buffers;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOGPU_KERNELARGUMENTS_H
