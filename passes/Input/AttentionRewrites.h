// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H
#define TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Patterns that take into a tw.attention what surrounds it: heads that are repeated and keys and
/// values that are broadcast before it, and rows without anything to attend to that are set to 0
/// after it.
void populateAttentionRewrites(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H
