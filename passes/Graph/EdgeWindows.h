// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Depthwise convolutions and poolings whose input was just brought into their layout.
#ifndef TILEWRIGHT_PASSES_GRAPH_EDGEWINDOWS_H
#define TILEWRIGHT_PASSES_GRAPH_EDGEWINDOWS_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace tw {

/// A window that computes each channel from that channel alone, and what makes its input of an
/// image with channels first: only a block of channels is needed of it, for a block of the result.
struct EdgeWindow {
  mlir::linalg::TransposeOp transpose;
  /// Null if nothing is padded.
  mlir::tensor::PadOp pad;
};

/// Matches `window`, with channels last, if there are several vectors of channels and one of them,
/// of the padded image, stays in the second-level cache of `target`: the transpose is then better
/// done block by block than for the image as a whole, which makes its way through memory.
std::optional<EdgeWindow> matchEdgeWindow(mlir::linalg::LinalgOp window, TargetAttr target);

/// Whether the window that reads `pad` is one, so that `pad` is computed with it.
bool belongsToEdgeWindow(mlir::tensor::PadOp pad, TargetAttr target);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_EDGEWINDOWS_H
