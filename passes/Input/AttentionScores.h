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
  /// An additive mask, or with `fill` a boolean one: true keeps the score, or hides it if `hides`.
  std::optional<Element> mask;
  std::optional<double> fill;
  bool hides = false;
  /// Key j is hidden from query i if j > i + *causalOffset.
  std::optional<int64_t> causalOffset;
  /// The product of queries and keys; its batch dimension i is `batchGroups[i]` of the frame.
  BatchedContraction product;
  llvm::SmallVector<llvm::SmallVector<int64_t>> batchGroups;
  llvm::StringRef refusal = "the softmax is not of a product of queries and keys";

  bool read(Element e);

private:
  bool refuse(llvm::StringRef why);
  bool readProduct(Element e);
  bool readGroups(llvm::ArrayRef<llvm::SmallVector<int64_t>> frameDims);
  bool readFactor(Element scores, Element factor, bool divides);
  bool readAddend(Element addend);
  bool readCondition(Element condition, double fill, bool hidesWhereTrue);
  std::optional<int64_t> readCausal(Element condition, bool hidesWhereTrue) const;

  const ElementFrame *frame;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ATTENTIONSCORES_H
