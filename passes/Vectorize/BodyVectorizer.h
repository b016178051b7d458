// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a structured operation, computed on vectors.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_BODYVECTORIZER_H
#define TILEWRIGHT_PASSES_VECTORIZE_BODYVECTORIZER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Emits the body of `op` at `point` with `lanes` lanes along loop `lane`. `arguments` are values
/// of the block arguments, scalars (the same for all lanes) or vectors. Returns the yielded
/// values, each a vector of `lanes` lanes. With `fuseMultiplyAdd`, a product that is only added
/// to something becomes part of a fused multiply-add.
llvm::SmallVector<mlir::Value> emitBody(mlir::OpBuilder &builder, mlir::linalg::LinalgOp op,
                                        mlir::ValueRange arguments, const Point &point,
                                        std::optional<unsigned> lane, int64_t lanes,
                                        bool fuseMultiplyAdd);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_BODYVECTORIZER_H
