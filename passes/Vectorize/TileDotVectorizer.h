// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Contractions of words as products of tiles.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_TILEDOTVECTORIZER_H
#define TILEWRIGHT_PASSES_VECTORIZE_TILEDOTVECTORIZER_H

#include "passes/Schedule/TileDotLoops.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Replaces a contraction of words on a register tile by loops over tw.tile_dot, whose iteration
/// arguments are the tiles of the result. Fails, and leaves the operation alone, where tiles do not
/// serve it; `reason` says why. All tiles of `shape` are read, and of other rows and words nothing
/// but zeros where the operation has none.
mlir::LogicalResult vectorizeTileDot(mlir::IRRewriter &rewriter, mlir::linalg::LinalgOp op,
                                     TileReader &reader, TargetAttr target,
                                     const TileDotShape &shape, llvm::StringRef &reason);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_TILEDOTVECTORIZER_H
