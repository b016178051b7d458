// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/VectorDimension.h"

using namespace mlir;

namespace {

/// The loop whose step moves by one element in an operand accessed through `map`.
std::optional<unsigned> getContiguousLoop(AffineMap map) {
  if (map.getNumResults() == 0)
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(map.getResult(map.getNumResults() - 1));
  if (!dim)
    return std::nullopt;
  for (AffineExpr outer : map.getResults().drop_back())
    if (outer.isFunctionOfDim(dim.getPosition()))
      return std::nullopt; // a diagonal
  return dim.getPosition();
}

} // namespace

std::optional<tw::VectorDimension> tw::getVectorDimension(linalg::LinalgOp op) {
  AffineMap resultMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  std::optional<unsigned> column = getContiguousLoop(resultMap);
  SmallVector<unsigned> reductions;
  SmallVector<unsigned> reductionLoops;
  op.getReductionDims(reductionLoops);
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    // Read once before the reduction (a mean, subtracted from each element of its row): how it lies
    // in memory does not matter.
    if (!reductionLoops.empty() && llvm::none_of(reductionLoops, [&](unsigned reduction) {
          return map.isFunctionOfDim(reduction);
        }))
      continue;
    std::optional<unsigned> loop = getContiguousLoop(map);
    if (loop && loop == column)
      return VectorDimension{*column, false};
    if (loop && op.getIteratorTypesArray()[*loop] == utils::IteratorType::reduction)
      reductions.push_back(*loop);
  }
  // Only when every varying input agrees: a mixture would gather on each step of the loop.
  if (!reductions.empty() && llvm::all_equal(reductions))
    return VectorDimension{reductions.front(), true};
  if (column)
    return VectorDimension{*column, false};
  return std::nullopt;
}
