// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_FOLDUNITWINDOWS_H
#define TILEWRIGHT_PASSES_TILE_FOLDUNITWINDOWS_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Adds the pattern that makes a convolution or pooling whose window is one pixel a contraction or
/// elementwise operation on slices.
void populateFoldUnitWindowPatterns(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_FOLDUNITWINDOWS_H
