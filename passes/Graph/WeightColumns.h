// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Contractions of an activation with the columns of constant weights, which can stand side by side.
#ifndef TILEWRIGHT_PASSES_GRAPH_WEIGHTCOLUMNS_H
#define TILEWRIGHT_PASSES_GRAPH_WEIGHTCOLUMNS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Graph/ConstantValues.h"

namespace tw {

/// A contraction that begins with a filled tensor, with one loop along the columns of its weights,
/// and the epilogue that could be computed for columns of any other as well, if it has one.
struct ColumnContraction {
  mlir::linalg::LinalgOp op;
  mlir::linalg::FillOp fill;
  /// Null, or a generic whose operands other than the contraction's result are constants.
  mlir::linalg::GenericOp epilogue;
  mlir::OpOperand *weights;
  unsigned columnLoop;

  /// Nothing if `op` is none, or if its users would have to copy a part of a wider result; then
  /// `reason` says why.
  static std::optional<ColumnContraction>
  match(mlir::linalg::LinalgOp op, const ConstantValues &constants, llvm::StringRef &reason);

  /// Whether both are the same computation but for the columns, of the same activation.
  bool fits(ColumnContraction &other);

  mlir::OpOperand *getActivation() {
    return op.getDpsInputOperand(1 - weights->getOperandNumber());
  }
  /// What siblings have in common: the activation, or the numbers that it is the words of. There
  /// is one tw.words for each contraction.
  mlir::Value getSharedInput();
  mlir::Value getWeights() { return weights->get(); }
  mlir::AffineMap getResultMap() { return op.getMatchingIndexingMap(op.getDpsInitOperand(0)); }
  mlir::RankedTensorType getResultType() {
    return mlir::cast<mlir::RankedTensorType>(op->getResult(0).getType());
  }
  /// The dimension of the columns, in the result and in the weights.
  int64_t getResultDim();
  int64_t getWeightsDim();
  int64_t getColumns() { return getResultType().getDimSize(getResultDim()); }

  /// The operation whose result others use, and the type of that: an epilogue may round.
  mlir::Operation *getLast() { return epilogue ? epilogue.getOperation() : op; }
  mlir::RankedTensorType getLastType() {
    return mlir::cast<mlir::RankedTensorType>(getLast()->getResult(0).getType());
  }
  /// The dimension of an operand of the epilogue that is that of the columns; nothing if it has
  /// none, and is shared.
  std::optional<unsigned> getEpilogueDim(mlir::OpOperand &operand);
  /// What the epilogue reads besides the contraction.
  llvm::SmallVector<mlir::Value> getEpilogueOperands();
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_WEIGHTCOLUMNS_H
