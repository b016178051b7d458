// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products of queries and keys, with what is applied to them ahead of the softmax.
#ifndef TILEWRIGHT_PASSES_TILE_ATTENTIONSCORES_H
#define TILEWRIGHT_PASSES_TILE_ATTENTIONSCORES_H

#include "dialects/Tw/Tw.h"

namespace tw {

/// What the difference of scores from their maximum is multiplied by; 1 where scores are scaled.
double getPostponedScale(AttentionOp op);

/// With keys along the lanes, scores need no sum across lanes. That pays for the copy when there
/// are more than a few queries.
bool hasKeysAlongLanes(AttentionOp op);

/// Scores of all queries with `key`, some of the keys, with scale, mask and causality applied.
/// `mask` is that of these keys, and `first` the number of the first one. Where keys are
/// multiplied as words, there may be more columns than keys: those are -inf.
mlir::Value buildAttentionScores(mlir::OpBuilder &builder, AttentionOp op, mlir::Value key,
                                 mlir::Value mask, mlir::Value first);

/// `tensor` with zeros behind it along `dim`, up to `size`; itself if it has that size.
mlir::Value padRows(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, int64_t dim,
                    int64_t size);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ATTENTIONSCORES_H
