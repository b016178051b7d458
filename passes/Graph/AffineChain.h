// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Chains of elementwise operations that together compute scale * x + shift per channel.
#ifndef TILEWRIGHT_PASSES_GRAPH_AFFINECHAIN_H
#define TILEWRIGHT_PASSES_GRAPH_AFFINECHAIN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Graph/ConstantValues.h"
#include <optional>

namespace tw {

/// An elementwise generic that is affine in one input, with constant coefficients that vary along
/// at most one dimension, the channel.
struct AffineLink {
  mlir::linalg::GenericOp op;
  mlir::OpOperand *data;
  /// The dimension along which the coefficients vary; none if all are single numbers.
  std::optional<unsigned> channel;
  /// Whether it multiplies, and whether it adds.
  bool scales = false, shifts = false;
};

/// Matches `op` as a link. Fails, saying why, if it is not elementwise on tensors of floats, if
/// not exactly one input depends on the model's inputs, if a coefficient varies along more than
/// one dimension, or if the body is not affine.
mlir::FailureOr<AffineLink> matchAffineLink(mlir::RewriterBase &rewriter,
                                            mlir::linalg::GenericOp op,
                                            const ConstantValues &constants);

/// Links in order of computation: each but the last has one use, the next. At least one
/// coefficient varies along `channel`, whose size is static.
struct AffineChain {
  llvm::SmallVector<AffineLink> links;
  unsigned channel;

  mlir::Value getInput() const { return links.front().data->get(); }
  mlir::linalg::GenericOp getLast() const { return links.back().op; }
  mlir::RankedTensorType getType() const;
  bool scales() const;
  bool shifts() const;
  /// The float type that coefficients are computed in: f64 for a model in f64, else f32.
  mlir::FloatType getComputeType() const;

  /// Emits the scale or the shift, a tensor<Cxf32> (or f64), where the builder is. `bias`, if
  /// given, is a constant tensor<C> that was added to the input before the chain.
  mlir::Value buildScale(mlir::OpBuilder &builder) const;
  mlir::Value buildShift(mlir::OpBuilder &builder, mlir::Value bias = {}) const;
};

/// The longest chain that ends in `last`. Fails, saying why, if `last` is not a link or no
/// coefficient varies along a dimension.
mlir::FailureOr<AffineChain> matchAffineChain(mlir::RewriterBase &rewriter,
                                              mlir::linalg::GenericOp last,
                                              const ConstantValues &constants);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_AFFINECHAIN_H
