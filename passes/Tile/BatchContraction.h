// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of matrices with any number of batch dimensions, of which some may be broadcast.
#ifndef TILEWRIGHT_PASSES_TILE_BATCHCONTRACTION_H
#define TILEWRIGHT_PASSES_TILE_BATCHCONTRACTION_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tw {

/// `dims` as an indexing map into `operand`, with 0 for the first `numBroadcast` dimensions where
/// the operand has size 1.
mlir::AffineMap getBroadcastMap(mlir::OpBuilder &builder, mlir::Value operand, unsigned numDims,
                                llvm::ArrayRef<unsigned> dims, unsigned numBroadcast);

/// `out[batch, i, j] = init[batch, i, j] + sum over l of lhs[batch, i, l] * rhs`, in the element
/// type of `init`; rhs is `[batch, j, l]` if `rhsTransposed`, else `[batch, l, j]`. Elements of i32
/// are words of two bf16.
mlir::Value buildBatchContraction(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value lhs,
                                  mlir::Value rhs, bool rhsTransposed, mlir::Value init);

mlir::Value fillZero(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_BATCHCONTRACTION_H
