// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_ATTENTIONDECOMPOSITION_H
#define TILEWRIGHT_PASSES_TILE_ATTENTIONDECOMPOSITION_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.attention -> scores as one contraction, mask, exponentials of whole rows, contraction with
/// the values, and the rows of the result divided by the sums of their exponentials.
void populateAttentionDecomposition(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ATTENTIONDECOMPOSITION_H
