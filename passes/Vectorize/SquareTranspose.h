// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_VECTORIZE_SQUARETRANSPOSE_H
#define TILEWRIGHT_PASSES_VECTORIZE_SQUARETRANSPOSE_H

#include "mlir/IR/Builders.h"

namespace tw {

/// The columns of a square matrix that is given as its rows: as many vectors of as many lanes, a
/// power of two.
llvm::SmallVector<mlir::Value> transposeSquare(mlir::OpBuilder &builder, mlir::Location loc,
                                               llvm::ArrayRef<mlir::Value> rows);

/// The columns of a matrix that is given as its rows, which have no more lanes than there are rows:
/// both are powers of two.
llvm::SmallVector<mlir::Value> transposeTall(mlir::OpBuilder &builder, mlir::Location loc,
                                             llvm::ArrayRef<mlir::Value> rows);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_SQUARETRANSPOSE_H
