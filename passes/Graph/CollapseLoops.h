// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Merging the loops of an elementwise operation, so that it works on the shape that an operand had
// before it was reshaped.
#ifndef TILEWRIGHT_PASSES_GRAPH_COLLAPSELOOPS_H
#define TILEWRIGHT_PASSES_GRAPH_COLLAPSELOOPS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// New loops as groups of old ones; each old loop is in one group.
using LoopGroups = llvm::SmallVector<llvm::SmallVector<unsigned>>;

/// The groups for which a tensor that `map` reads, with its dimensions merged by `reassociation`,
/// is read element by element: one group for each of its merged dimensions, and each loop of one
/// iteration that it does not have in one of these. Fails if the tensor lacks a longer loop.
mlir::FailureOr<LoopGroups> getLoopGroups(mlir::linalg::GenericOp op, mlir::AffineMap map,
                                          llvm::ArrayRef<mlir::ReassociationIndices> reassociation);

/// Replaces an elementwise operation by one with a loop for each group. Operands are reshaped, and
/// so is the result, back to the shape that it had. Fails, with nothing changed, if that would take
/// more than reshapes of contiguous memory: when a merged loop is broadcast or transposed in part,
/// or its index is used.
mlir::FailureOr<mlir::linalg::GenericOp>
collapseLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op, const LoopGroups &groups);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_COLLAPSELOOPS_H
