// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations that add up products of two operands.
#ifndef TILEWRIGHT_PASSES_NARROW_CONTRACTIONBODY_H
#define TILEWRIGHT_PASSES_NARROW_CONTRACTIONBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// Contractions and convolutions on tensors: a sum of products of two inputs of element type
/// `input`, which are widened first if the sum is wider.
bool isContractionOf(mlir::linalg::LinalgOp op, mlir::Type input);

/// `op` on other inputs of the same shapes, as linalg.generic: its body gets `arith.extf` where an
/// element is narrower than before.
mlir::linalg::GenericOp createOnNarrowInputs(mlir::RewriterBase &rewriter,
                                             mlir::linalg::LinalgOp op, mlir::ValueRange inputs);

/// An elementwise conversion (arith.extf or arith.truncf) of a tensor of floats.
mlir::Value convertElements(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                            mlir::Type element);

} // namespace tw

#endif // TILEWRIGHT_PASSES_NARROW_CONTRACTIONBODY_H
