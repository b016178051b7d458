// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/GroupShape.h"

#include "passes/Schedule/Heuristics.h"

using namespace mlir;

tw::GroupShape::GroupShape(Operation *root, Operation *last, TargetAttr target)
    : root(root), last(last), target(target),
      shape(cast<RankedTensorType>(last->getResult(0).getType()).getShape()) {}

std::optional<unsigned> tw::GroupShape::getRootDim(unsigned dim) const {
  Operation *op = last;
  while (op != root) {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp)
      return std::nullopt;
    unsigned loop =
        linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0)).getDimPosition(dim);
    Operation *next = nullptr;
    for (OpOperand *input : linalgOp.getDpsInputOperands()) {
      Operation *def = input->get().getDefiningOp();
      AffineMap map = linalgOp.getMatchingIndexingMap(input);
      if (!def || def->getBlock() != op->getBlock() || !map.isPermutation() ||
          (def != root && !isa<linalg::LinalgOp>(def)))
        continue;
      next = def;
      dim = *map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
      break;
    }
    if (!next)
      return std::nullopt;
    op = next;
  }
  return dim;
}

std::optional<unsigned> tw::GroupShape::getRootLoop(unsigned dim) const {
  auto linalgRoot = cast<linalg::LinalgOp>(root);
  std::optional<unsigned> rootDim = getRootDim(dim);
  if (!rootDim)
    return std::nullopt;
  AffineMap map = linalgRoot.getMatchingIndexingMap(linalgRoot.getDpsInitOperand(0));
  auto expr = dyn_cast<AffineDimExpr>(map.getResult(*rootDim));
  return expr ? std::optional<unsigned>(expr.getPosition()) : std::nullopt;
}

std::optional<int64_t> tw::GroupShape::getResultDim(unsigned loop) const {
  for (int64_t dim = shape.size() - 1; dim >= 0; --dim)
    if (getRootLoop(dim) == loop)
      return dim;
  return std::nullopt;
}

SmallVector<int64_t> tw::GroupShape::getReductionSizes() const {
  auto op = cast<linalg::LinalgOp>(root);
  SmallVector<int64_t> sizes;
  for (auto [size, kind] : llvm::zip(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      sizes.push_back(size);
  return sizes;
}

tw::ScheduleAttr tw::GroupShape::getSchedule(ArrayRef<int64_t> distribute,
                                             ArrayRef<int64_t> registers,
                                             ArrayRef<int64_t> reduction) const {
  return ScheduleAttr::get(root->getContext(), distribute, registers, reduction, getLanes(target));
}
