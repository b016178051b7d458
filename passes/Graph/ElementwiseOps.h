// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise linalg operations: what they compute for each element, for passes that decide what to
// fuse, and one form for what is read.
#ifndef TILEWRIGHT_PASSES_GRAPH_ELEMENTWISEOPS_H
#define TILEWRIGHT_PASSES_GRAPH_ELEMENTWISEOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// All loops parallel, and one result, written once for each iteration. What the result overwrites
/// is not read.
bool isElementwise(mlir::linalg::LinalgOp op);

/// A reduction of one input that is read in the order of the loops: a sum or maximum along some of
/// its dimensions, no window and no contraction.
bool isPlainReduction(mlir::linalg::GenericOp op);

/// How much a body computes for one element.
struct BodyCost {
  /// Operations other than indices, constants and conversions between integers and indices.
  unsigned operations = 0;
  /// It has a division, a function of `math` that is not a few instructions, or reads a tensor at
  /// computed indices.
  bool expensive = false;
};
BodyCost getBodyCost(mlir::linalg::GenericOp op);

/// The operation has a loop of several iterations that `map` does not depend on: it computes what
/// it reads through `map` again in each.
bool readsThroughBroadcast(mlir::linalg::GenericOp op, mlir::AffineMap map);

/// Whether the users of `op` may each compute it for less than its result costs in memory: one
/// operation on one tensor of the result's size, and on what is broadcast to it, for elementwise
/// users and reductions. The difference from a mean is one, which a variance and a normalization
/// use. Without a reduction among them, users can become one operation, which computes it once.
bool isCheaperThanItsResult(mlir::linalg::GenericOp op);

/// Dimensions in increasing order, each at most once, and zeros for what is read at the start
/// only: no strides but those that rows have.
bool keepsOrder(mlir::AffineMap map);

/// Computes nothing but a permutation of an input's elements.
bool isTranspose(mlir::linalg::GenericOp op);

/// Whether `value` is the result of a contraction, window or reduction, whose epilogue an
/// elementwise user can be.
bool isReductionResult(mlir::Value value);

/// An operand of size 1 that is read at 0 where the loop has one iteration is read at that loop
/// instead, so that the maps of an elementwise chain agree.
void nameUnitLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op);

/// Gives a tensor that is read through the same map several times one operand, so that its producer
/// has one user. Returns the new operation, or `op` itself if there is nothing to do.
mlir::linalg::GenericOp mergeRepeatedInputs(mlir::RewriterBase &rewriter,
                                            mlir::linalg::GenericOp op);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_ELEMENTWISEOPS_H
