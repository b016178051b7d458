// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Batched matrix products, and what stands before and behind them in attention: operands that were
// reshaped, transposed and scaled on the way.
#ifndef TILEWRIGHT_PASSES_INPUT_CONTRACTIONOPERAND_H
#define TILEWRIGHT_PASSES_INPUT_CONTRACTIONOPERAND_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include <optional>

namespace tw {

/// A tensor and the roles of its dimensions in a batched matrix product. A batch dimension of the
/// product may be several dimensions of the tensor, in order, once a reshape is looked through;
/// dimensions of size 1 may have no role.
struct ContractionOperand {
  mlir::Value value;
  llvm::SmallVector<llvm::SmallVector<int64_t>> batch;
  int64_t row = -1, column = -1;
};

/// result[batch, i, j] = sum over k of lhs[batch, i, k] * rhs[batch, k, j], in any layout.
struct BatchedContraction {
  ContractionOperand lhs, rhs, result;

  /// Reads `op` if it is one, with one dimension each for i, j and k, and begins with zeros.
  static std::optional<BatchedContraction> read(mlir::linalg::LinalgOp op);
  /// The same seen as result^T = rhs^T lhs^T.
  void transpose();
};

/// The shape in which operands are wanted: batch dimension i of the product is
/// `groups[i]` of the tensor `like`, and the groups make up all of its dimensions but two.
struct BatchShape {
  mlir::Value like;
  llvm::SmallVector<llvm::SmallVector<int64_t>> groups;
};

/// Gives each dimension of size 1 of `sizes` that is in none of `groups` to a group beside it.
/// False if the groups are then not all of the dimensions in order.
bool addUnitDims(llvm::SmallVectorImpl<llvm::SmallVector<int64_t>> &groups,
                 llvm::ArrayRef<int64_t> sizes);

/// For each batch dimension of `shape`, the dimensions of `operand` that make it up when merged;
/// nothing if there is no such grouping.
std::optional<llvm::SmallVector<llvm::SmallVector<int64_t>>>
groupBatch(const ContractionOperand &operand, const BatchShape &shape);

/// Looks one step behind `operand`: through a cast, a reshape that merges batch dimensions or
/// moves unit dimensions, a transpose, and with `scale` through a multiplication by a constant,
/// which multiplies it. Returns false, and changes nothing, where there is no such step.
bool peel(ContractionOperand &operand, double *scale);

/// Looks behind a multiplication or division of `value` by a constant, which multiplies `scale`.
bool peelFactor(mlir::Value &value, double &scale);

/// Looks behind a conversion of `value` to a narrower type.
bool peelRounding(mlir::Value &value);

/// Looks behind `operand` as far as its batch dimensions have the sizes of `shape`, so that no
/// reshape or transpose is left that is undone by the wanted layout.
void peelToShape(ContractionOperand &operand, const BatchShape &shape, double *scale);

/// `operand` with its batch dimensions as in `shape`, then row and column, or column and row if
/// `transposed`.
mlir::Value buildOperand(mlir::OpBuilder &builder, mlir::Location loc, ContractionOperand operand,
                         const BatchShape &shape, bool transposed);

/// The inverse for a result `value` in that layout: a tensor in the layout and of the type of
/// `result`.
mlir::Value buildResult(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                        const ContractionOperand &result, const BatchShape &shape);

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_CONTRACTIONOPERAND_H
