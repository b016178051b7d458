// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LAYOUT_WINDOWDIMS_H
#define TILEWRIGHT_PASSES_LAYOUT_WINDOWDIMS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// The loops of a windowed operation (convolution, pooling) by what they run over. The first
/// operand is the input, the second the filter (of a pooling: a tensor that only gives the window
/// its size).
struct WindowDims {
  /// In input and output.
  mlir::SmallVector<unsigned> batch;
  /// Output pixels: the input is read at pixel * stride + window * dilation.
  mlir::SmallVector<unsigned> image;
  /// Channels that are not mixed, in input and output: the groups of a grouped convolution, the
  /// channels of a depthwise convolution or of a pooling.
  mlir::SmallVector<unsigned> group;
  /// In filter and output.
  mlir::SmallVector<unsigned> outputChannel;
  /// Pixels of the window: in input and filter, reduced.
  mlir::SmallVector<unsigned> window;
  /// In input and filter, reduced.
  mlir::SmallVector<unsigned> inputChannel;
};

/// Classifies the loops of `op`; fails when it has no window or a loop that is none of the above.
mlir::FailureOr<WindowDims> inferWindowDims(mlir::linalg::LinalgOp op);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LAYOUT_WINDOWDIMS_H
