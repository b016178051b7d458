// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H
#define TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.argsort -> for each row keys with the order of the elements, and loops that sort them with
/// their positions.
void populateArgsortDecomposition(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ARGSORTDECOMPOSITION_H
