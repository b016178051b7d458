// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Convolutions and products whose result can be scaled per channel by scaling their weights.
#ifndef TILEWRIGHT_PASSES_GRAPH_SCALABLEPRODUCER_H
#define TILEWRIGHT_PASSES_GRAPH_SCALABLEPRODUCER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Graph/ConstantValues.h"

namespace tw {

/// A linear operation with constant weights: a convolution (1-d to 3-d, depthwise, grouped, any
/// layout) or a contraction, and the reshapes between it and the value that is scaled.
struct ScalableProducer {
  mlir::linalg::LinalgOp op;
  /// Reshapes from the result of `op` to the scaled value.
  llvm::SmallVector<mlir::Operation *> views;
  mlir::OpOperand *weight;
  /// Dimensions of the weight that together are the channel, and their sizes: one, or for a
  /// grouped convolution the group and the channel in it.
  llvm::SmallVector<unsigned> weightDims;
  llvm::SmallVector<int64_t> channelSizes;
  /// The constant tensor<C> that the accumulation starts from, or null where it starts from 0.
  mlir::Value bias;
  /// The operations that broadcast the bias, the broadcast first; empty without a bias.
  llvm::SmallVector<mlir::Operation *> biasBroadcast;

  /// `vector`, a tensor<C>, in the shape of `channelSizes`.
  mlir::Value groupChannels(mlir::OpBuilder &builder, mlir::Value vector) const;
  /// Emits the operation with another weight, without its bias, and its reshapes.
  mlir::Value cloneWith(mlir::OpBuilder &builder, mlir::Value newWeight) const;
  /// All operations that a clone replaces.
  llvm::SmallVector<mlir::Operation *> getOperations() const;
};

/// Matches what computes `value`, to be scaled along dimension `channel`. Fails with a `reason` if
/// that is an operation of this kind that cannot be scaled, and without one if it is another.
mlir::FailureOr<ScalableProducer> matchScalableProducer(mlir::Value value, unsigned channel,
                                                        const ConstantValues &constants,
                                                        std::string &reason);

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_SCALABLEPRODUCER_H
