// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_STRIDEDREADS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_STRIDEDREADS_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Patterns that read every second, third or fourth element of a row, as in interleaved rotary
/// embeddings, by loads of all of them and shuffles. Upstream's form is a load for each element,
/// through memory.
void populateStridedReadsPatterns(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_STRIDEDREADS_H
