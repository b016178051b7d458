// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vector code for one structured operation on a register tile.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H
#define TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Replaces `op` by vector code at the builder's insertion point. Fails with the reason in
/// `reason` and leaves `op` alone when it has no vector form here. `lanes` is the number of f32
/// lanes of a register.
mlir::LogicalResult vectorizeTile(mlir::IRRewriter &rewriter, mlir::linalg::LinalgOp op,
                                  TileReader &reader, int64_t lanes, std::string &reason);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H
