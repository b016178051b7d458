// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tells the images of a convolutional model from other tensors of their shape.
#ifndef TILEWRIGHT_PASSES_INPUT_CONVOLUTIONIMAGE_H
#define TILEWRIGHT_PASSES_INPUT_CONVOLUTIONIMAGE_H

#include "mlir/IR/Value.h"

namespace tw {

/// Whether dimension 1 of `value` is the channels of what a convolution or a pooling computes, a
/// few elementwise operations, paddings, concatenations, slices, transposes and reshapes before.
/// The layout of such an image is for the convolutions to choose.
bool comesFromConvolution(mlir::Value value);

/// Whether a convolution or a pooling reads `value`, after such operations, with its dimension 1 as
/// channels.
bool goesToConvolution(mlir::Value value);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_CONVOLUTIONIMAGE_H
