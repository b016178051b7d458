// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Columns that fill no vector, where what they are summed from has elements behind them.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_PADDEDCOLUMNS_H
#define TILEWRIGHT_PASSES_VECTORIZE_PADDEDCOLUMNS_H

#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Whether `tensor` is a part of an argument of the function that has at least `columns` columns
/// from where it begins: the last panel of packed weights. Of another tensor, the elements behind a
/// part may be about to be written.
bool hasColumns(mlir::Value tensor, int64_t columns);

/// `tensor`, for which hasColumns() is true, with so many columns.
mlir::Value widenColumns(mlir::OpBuilder &builder, mlir::Value tensor, int64_t columns);

/// The columns that `from` and `to` share, cut out of or put into vectors of zeros: values of the
/// pieces `to`, given those of the pieces `from`. What is in `to` alone is 0.
TileRow changePieces(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange values,
                     llvm::ArrayRef<ColumnPiece> from, llvm::ArrayRef<ColumnPiece> to);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_PADDEDCOLUMNS_H
