// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_SCATTERDECOMPOSITION_H
#define TILEWRIGHT_PASSES_TILE_SCATTERDECOMPOSITION_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.scatter -> loops over the indices, in which a row (or an element, where each has an index of
/// its own) of the result is combined with one of the source.
void populateScatterDecomposition(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_SCATTERDECOMPOSITION_H
