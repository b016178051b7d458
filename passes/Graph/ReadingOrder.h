// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of a reduction's loops in which it reads memory element by element.
#ifndef TILEWRIGHT_PASSES_GRAPH_READINGORDER_H
#define TILEWRIGHT_PASSES_GRAPH_READINGORDER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// The loops of `op` in the order in which memory has the elements of an input that it reads
/// through `map`, the innermost last; loops of one iteration that the input lacks stay where they
/// are. Empty if the input lacks a longer loop, or is not read once an iteration.
llvm::SmallVector<unsigned> getMemoryOrder(mlir::linalg::GenericOp op, mlir::AffineMap map);

/// Whether `op`, which reads the result of an elementwise `producer` through `map`, has an order of
/// loops in which all inputs of both are read, and the result is written, without a transpose.
bool canReadInOrder(mlir::linalg::GenericOp producer, mlir::linalg::GenericOp op,
                    mlir::AffineMap map);

/// Interchanges the loops of `op` so that it reads and writes in order, if that can be done.
mlir::linalg::GenericOp readInOrder(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_READINGORDER_H
