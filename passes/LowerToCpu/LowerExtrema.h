// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maxima and minima that keep NaN, in the steps that x86 has instructions for.
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_LOWEREXTREMA_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_LOWEREXTREMA_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Replaces arith.maximumf, arith.minimumf and math.clampf. Of zeros, which are equal, they give
/// either.
void populateLowerExtremaPatterns(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_LOWEREXTREMA_H
