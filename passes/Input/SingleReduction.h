// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A linalg operation that reduces along one of its loops, as idioms of counting and collecting do.
#ifndef TILEWRIGHT_PASSES_INPUT_SINGLEREDUCTION_H
#define TILEWRIGHT_PASSES_INPUT_SINGLEREDUCTION_H

#include "passes/Input/ElementFrame.h"

namespace tw {

struct SingleReduction {
  /// The loop that is reduced, and for each dimension of the result its loop.
  int64_t loop;
  llvm::SmallVector<int64_t> resultLoops;
  /// What combines an element with those before it, of which the first is `init`.
  mlir::Operation *combine;
  Element element, init;
};

/// Reads `op`, whose iterations are those of `frame`; nothing unless it has one result, on tensors,
/// an element for each iteration of its parallel loops, and one reduction loop.
std::optional<SingleReduction> readSingleReduction(mlir::linalg::LinalgOp op,
                                                   const ElementFrame &frame);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_SINGLEREDUCTION_H
