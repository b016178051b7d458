// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H
#define TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.argsort -> for each row loops that merge runs of positions, of 1, 2, 4, ... elements.
void populateArgsortDecomposition(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H
