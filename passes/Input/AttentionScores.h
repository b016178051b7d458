// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The scores of an attention, between the product of queries and keys and the softmax.
#ifndef TILEWRIGHT_PASSES_INPUT_ATTENTIONSCORES_H
#define TILEWRIGHT_PASSES_INPUT_ATTENTIONSCORES_H

#include "passes/Input/ContractionOperand.h"
#include "passes/Input/ElementFrame.h"

namespace tw {

/// Reads what is done to the scores before the softmax: scale, mask, causality. The frame is that
/// of the softmax, `[batch..., m, n]`.
struct AttentionScores {
  explicit AttentionScores(const ElementFrame &frame) : frame(&frame) {}

  double scale = 1;
  /// What is added to the scaled scores.
  llvm::SmallVector<Element, 2> addends;
  /// A boolean mask: true keeps the score, or if `hides` puts `fill` in its place.
  std::optional<Element> condition;
  double fill = 0;
  bool hides = false;
  /// Key j is hidden from query i if j > i + *causalOffset.
  std::optional<int64_t> causalOffset;
  /// The product of queries and keys; its batch dimension i is `batchGroups[i]` of the frame.
  BatchedContraction product;
  llvm::SmallVector<llvm::SmallVector<int64_t>> batchGroups;
  llvm::StringRef refusal = "the softmax is not of a product of queries and keys";

  bool read(Element e);
  /// The one mask that all of them come to, in the dimensions of the frame or 1; null if there are
  /// none. Boolean, true where visible, or what is added.
  mlir::Value buildMask(mlir::OpBuilder &builder, mlir::Location loc) const;
  /// What a boolean mask puts in the place of hidden scores, if it is not -inf.
  std::optional<double> getFiniteFill() const;

private:
  bool refuse(llvm::StringRef why);
  bool readProduct(Element e);
  std::optional<llvm::SmallVector<int64_t>> readMergedDims(mlir::AffineExpr coordinate) const;
  bool readGroups(llvm::ArrayRef<llvm::SmallVector<int64_t>> frameDims);
  bool readFactor(Element scores, Element factor, bool divides);
  bool readAddend(Element addend);
  static bool hidesBySum(double filled);
  std::optional<Element> findMask(Element e) const;
  bool readCondition(Element hiding, double filled, bool hidesWhereTrue);
  std::optional<int64_t> readCausal(Element condition, bool hidesWhereTrue) const;

  const ElementFrame *frame;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ATTENTIONSCORES_H
