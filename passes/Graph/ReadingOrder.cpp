// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/ReadingOrder.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "passes/Graph/ElementwiseOps.h"

using namespace mlir;

SmallVector<unsigned> tw::getMemoryOrder(linalg::GenericOp op, AffineMap map) {
  if (!map.isProjectedPermutation())
    return {};
  SmallVector<unsigned> order;
  for (AffineExpr expr : map.getResults())
    order.push_back(cast<AffineDimExpr>(expr).getPosition());
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges())) {
    if (map.isFunctionOfDim(loop))
      continue;
    if (size != 1)
      return {};
    order.insert(order.begin() + loop, loop);
  }
  return order;
}

/// The order of loops in which all `maps` keep theirs: that of the first which has all loops, since
/// no other order would do for it.
static std::optional<SmallVector<unsigned>> findOrder(linalg::GenericOp op,
                                                      ArrayRef<AffineMap> maps) {
  auto *main =
      llvm::find_if(maps, [&](AffineMap map) { return !tw::getMemoryOrder(op, map).empty(); });
  if (main == maps.end())
    return std::nullopt;
  SmallVector<unsigned> order = tw::getMemoryOrder(op, *main);
  AffineMap loops = inversePermutation(AffineMap::getPermutationMap(order, op.getContext()));
  for (AffineMap map : maps)
    if (!tw::keepsOrder(map.compose(loops)))
      return std::nullopt;
  return order;
}

bool tw::canReadInOrder(linalg::GenericOp producer, linalg::GenericOp op, AffineMap map) {
  SmallVector<AffineMap> maps;
  AffineMap written = producer.getMatchingIndexingMap(producer.getDpsInitOperand(0));
  AffineMap iteration = inversePermutation(written).compose(map);
  for (OpOperand *input : producer.getDpsInputOperands())
    maps.push_back(producer.getMatchingIndexingMap(input).compose(iteration));
  for (OpOperand &operand : op->getOpOperands())
    if (operand.get() != producer.getResult(0))
      maps.push_back(op.getMatchingIndexingMap(&operand));
  return findOrder(op, maps).has_value();
}

linalg::GenericOp tw::readInOrder(RewriterBase &rewriter, linalg::GenericOp op) {
  std::optional<SmallVector<unsigned>> order = findOrder(op, op.getIndexingMapsArray());
  if (!order || llvm::is_sorted(*order))
    return op;
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::GenericOp> ordered = linalg::interchangeGenericOp(rewriter, op, *order);
  return succeeded(ordered) ? *ordered : op;
}
