// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sums of tiles that come from memory and go there as tiles, without being taken apart into rows.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_TILEDOTSUMS_H
#define TILEWRIGHT_PASSES_VECTORIZE_TILEDOTSUMS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/Schedule/TileDotLoops.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Whether all lanes of a vector are known to be zero.
bool isZero(mlir::Value vector);

/// Whether the result of `op` consists of whole tiles of `shape`, and nothing reads it before it is
/// in memory.
bool staysInTiles(mlir::linalg::LinalgOp op, const TileDotLoops &loops, const TileDotShape &shape);

/// The tile of the result, of `type`, that begins at `point`, as the result starts: zeros where
/// `reader` knows it to be zeros.
mlir::Value readSums(mlir::ImplicitLocOpBuilder &b, mlir::linalg::LinalgOp op,
                     const TileDotLoops &loops, const Point &point, mlir::VectorType type,
                     const TileReader &reader);

/// `destination`, which is like the result of `op`, with `tile` at `point`.
mlir::Value writeSums(mlir::ImplicitLocOpBuilder &b, mlir::linalg::LinalgOp op,
                      const TileDotLoops &loops, const Point &point, mlir::Value tile,
                      mlir::Value destination);

/// The result of `op`, of rows that are taken out of the tiles `sums`: of each of the `points`
/// along the loops that are neither rows nor columns, tiles by rows and columns. What the result
/// starts with, which is mostly nothing, is added.
mlir::Value writeSumRows(mlir::ImplicitLocOpBuilder &b, mlir::linalg::LinalgOp op,
                         const TileDotLoops &loops, const TileDotShape &shape,
                         llvm::ArrayRef<Point> points, llvm::ArrayRef<mlir::Value> sums,
                         TileReader &reader);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_TILEDOTSUMS_H
