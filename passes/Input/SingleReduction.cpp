// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/SingleReduction.h"

using namespace mlir;

std::optional<tw::SingleReduction> tw::readSingleReduction(linalg::LinalgOp op,
                                                           const ElementFrame &frame) {
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  if (op->getNumResults() != 1 || !op.hasPureTensorSemantics() || reductions.size() != 1)
    return std::nullopt;
  OpOperand *init = op.getDpsInitOperand(0);
  AffineMap map = op.getMatchingIndexingMap(init);
  if (!map.isProjectedPermutation())
    return std::nullopt;
  SingleReduction found = {reductions.front(), {}, nullptr, {}, {init->get(), map}};
  for (AffineExpr expr : map.getResults())
    found.resultLoops.push_back(cast<AffineDimExpr>(expr).getPosition());
  Value accumulator = op.getMatchingBlockArgument(init);
  found.combine = op.getBlock()->getTerminator()->getOperand(0).getDefiningOp();
  if (!found.combine || found.combine->getNumOperands() != 2)
    return std::nullopt;
  for (unsigned side : {0, 1})
    if (found.combine->getOperand(side) == accumulator) {
      found.element = frame.element(found.combine->getOperand(1 - side));
      return found;
    }
  return std::nullopt;
}
