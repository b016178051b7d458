// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Access to tensors as vectors along one loop of a structured operation.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_TILEREADER_H
#define TILEWRIGHT_PASSES_VECTORIZE_TILEREADER_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"

namespace tw {

/// Consecutive columns of a row that are one vector.
struct ColumnPiece {
  int64_t offset, lanes;
};

/// A row of `columns` elements as vectors whose lanes are powers of two: 48 is 32 and 16. LLVM
/// takes a vector of any other length apart into scalars where a loop carries it.
llvm::SmallVector<ColumnPiece, 2> splitColumns(int64_t columns);

/// The contents of a small static tensor as values: for each index of the dimensions before the
/// last, in row-major order, the pieces of splitColumns. A tensor of rank 0 is one scalar.
using TileRow = llvm::SmallVector<mlir::Value, 2>;
using TileRows = llvm::SmallVector<TileRow>;

/// Position in the iteration space of a structured operation: a constant or a loop variable for
/// each loop.
using Point = llvm::SmallVector<mlir::OpFoldResult>;

class TileReader {
public:
  explicit TileReader(mlir::OpBuilder &builder) : builder(builder) {}

  /// The elements of `tensor` accessed through `map` at `point`, with the loop `lane` running over
  /// `lanes` consecutive values from point[lane]. Gives a scalar when the access does not depend
  /// on `lane`.
  mlir::Value read(mlir::Location loc, mlir::Value tensor, mlir::AffineMap map, const Point &point,
                   std::optional<unsigned> lane, int64_t lanes);

  /// What is known about the contents of `tensor` from the operations vectorized so far.
  const TileRows *lookup(mlir::Value tensor) const;
  void remember(mlir::Value tensor, TileRows rows) { known[tensor] = std::move(rows); }

  /// What to overwrite instead of `destination`, of which nobody sees the contents: what it was
  /// itself written into.
  mlir::Value getOverwritten(mlir::Value destination) const;
  /// Writes rows into `destination`, and remembers them as the contents of the result.
  mlir::Value writeRows(mlir::Location loc, TileRows rows, mlir::Value destination);

private:
  mlir::Value readKnown(mlir::Location loc, const TileRows &rows, mlir::Value tensor,
                        mlir::AffineMap map, const Point &point, std::optional<unsigned> lane,
                        int64_t lanes);
  llvm::SmallVector<mlir::OpFoldResult> indicesAt(mlir::Location loc, mlir::AffineMap map,
                                                  const Point &point);
  mlir::Value extract(mlir::Location loc, mlir::Value tensor,
                      llvm::ArrayRef<mlir::OpFoldResult> indices);

  mlir::OpBuilder &builder;
  llvm::DenseMap<mlir::Value, TileRows> known;
  /// What the results of writeRows have been written into.
  llvm::DenseMap<mlir::Value, mlir::Value> written;
};

/// Broadcasts a scalar to `lanes` lanes; a vector is returned as it is.
mlir::Value toVector(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                     int64_t lanes);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_TILEREADER_H
