// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H
#define TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// The softmax of scores whose batch dimensions were merged -> that of the scores before.
void populateSplitSoftmax(mlir::RewritePatternSet &patterns);

/// Rows that have nothing to attend to and are set to 0 after a tw.attention -> part of it.
void populateFoldMaskedRows(mlir::RewritePatternSet &patterns);

/// Keys and values that are broadcast, and heads of them that are repeated, before a tw.attention
/// -> the narrow ones.
void populateFoldRepeatedHeads(mlir::RewritePatternSet &patterns);

/// Queries that all see the same first keys of a cache: those are sliced off, and heads that share
/// them are computed together. After populateFoldRepeatedHeads.
void populateSharedPrefix(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ATTENTIONREWRITES_H
