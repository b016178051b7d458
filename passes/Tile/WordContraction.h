// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of matrices of which one or both are bf16, in words of two numbers.
#ifndef TILEWRIGHT_PASSES_TILE_WORDCONTRACTION_H
#define TILEWRIGHT_PASSES_TILE_WORDCONTRACTION_H

#include "mlir/IR/Builders.h"

namespace tw {

/// True for a tensor of bf16 whose dimension `dim` has a static size that is a whole number of
/// words.
bool hasWords(mlir::Value tensor, int64_t dim);

/// `init + lhs * rhs`, where lhs is `[batch, i, l]` of bf16, or of f32 that is rounded here, and
/// rhs
/// `[batch, l, j]` of bf16 with a static l, which may be odd: the last product is then one of f32.
mlir::Value buildRoundedContraction(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value lhs,
                                    mlir::Value rhs, mlir::Value init);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_WORDCONTRACTION_H
