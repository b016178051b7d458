// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Transposes of tensors. A permutation P takes a value v to the value of shape
// v.shape[P[0]], v.shape[P[1]], ..., as the `permutation` of linalg.transpose does.
#ifndef TILEWRIGHT_PASSES_LAYOUT_TRANSPOSES_H
#define TILEWRIGHT_PASSES_LAYOUT_TRANSPOSES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace tw {

using Permutation = mlir::SmallVector<int64_t>;

/// The sizes of a ranked tensor: constants, or values. They are taken from the destination that
/// the value was computed into where there is one, so that asking for a size keeps no operation
/// alive.
mlir::SmallVector<mlir::OpFoldResult> getTensorSizes(mlir::OpBuilder &builder, mlir::Location loc,
                                                     mlir::Value tensor);

/// A tensor.empty of the sizes of `tensor`, with the given element type.
mlir::Value createEmptyLike(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                            mlir::Type elementType);

/// `type` with its dimensions permuted.
mlir::RankedTensorType permuteType(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> perm);

/// `value` transposed by `perm`: itself for the identity, the operand of a transpose that this
/// undoes, a fill or splat of the permuted shape, and otherwise a new linalg.transpose (of the
/// operand, if `value` is a transpose itself).
mlir::Value createTransposed(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                             llvm::ArrayRef<int64_t> perm);

/// A transpose that keeps the order of the dimensions that are not statically 1 moves no data.
bool movesNoData(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> perm);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LAYOUT_TRANSPOSES_H
