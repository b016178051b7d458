// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A reduction in steps: partial results along some of its loops, which are then reduced themselves.
#ifndef TILEWRIGHT_PASSES_GRAPH_PARTIALREDUCTION_H
#define TILEWRIGHT_PASSES_GRAPH_PARTIALREDUCTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// A linalg.generic that reduces elements by one associative operation: a sum, maximum, ... of what
/// is computed from tensors that have all of its loops, and others that have parallel ones only. So
/// no contraction, and no window.
struct AssociativeReduction {
  mlir::Operation *combiner;
  mlir::TypedAttr neutral;
  /// An input that has all loops.
  mlir::OpOperand *main;
};
mlir::FailureOr<AssociativeReduction> matchAssociativeReduction(mlir::linalg::GenericOp op);

/// Makes two loops of a reduced loop, the outer one of `outer` iterations, which divide the size.
mlir::FailureOr<mlir::linalg::GenericOp>
divideLoop(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, unsigned loop, int64_t outer);

/// Loops of a reduction that its partial results keep.
struct KeptLoops {
  /// To divide the work by.
  std::optional<unsigned> tasks;
  /// The innermost `lanes` loops, which vectors lie along.
  unsigned lanes = 0;
};

/// Replaces a reduction whose main input is read in the order of the loops by one that keeps loops,
/// and others that reduce its result along the tasks, then along the lanes. The lanes become one
/// loop with the parallel one around them, so that vectors take no notice of them.
void splitReduction(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, KeptLoops kept);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_PARTIALREDUCTION_H
