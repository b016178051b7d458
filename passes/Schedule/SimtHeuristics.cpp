// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Schedules for a GPU whose threads work alone: one result element each, or one row where a row
// has to be known whole. Plain on purpose; they use no shared memory and no tensor cores.
#include "passes/Schedule/Heuristics.h"

#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;

namespace {

constexpr int64_t kElementThreads = 256;
/// Rows are fewer than elements: small blocks spread them over more multiprocessors.
constexpr int64_t kRowThreads = 64;

/// The dimension of the result of `root` that dimension `dim` of the result of `last` walks, where
/// `last` ends a chain of elementwise operations on it. Nothing if the chain broadcasts.
std::optional<unsigned> getRootDimension(Operation *root, Operation *last, unsigned dim) {
  while (last != root) {
    auto op = dyn_cast<linalg::LinalgOp>(last);
    if (!op)
      return std::nullopt;
    auto loop =
        dyn_cast<AffineDimExpr>(op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getResult(dim));
    Operation *next = nullptr;
    for (OpOperand *input : op.getDpsInputOperands()) {
      Operation *def = input->get().getDefiningOp();
      AffineMap map = op.getMatchingIndexingMap(input);
      if (!def || def->getBlock() != last->getBlock() || !map.isPermutation())
        continue;
      next = def;
      dim = *map.getResultPosition(loop);
      break;
    }
    if (!next)
      return std::nullopt;
    last = next;
  }
  return dim;
}

} // namespace

tw::ScheduleAttr tw::chooseSimtSchedule(Operation *root, Operation *last) {
  int64_t rank = cast<RankedTensorType>(last->getResult(0).getType()).getRank();
  SmallVector<int64_t> distribute(rank, 1);
  bool isRow = !isa<linalg::LinalgOp>(root);
  if (isRow) {
    SmallVector<utils::IteratorType> kinds = cast<TilingInterface>(root).getLoopIteratorTypes();
    for (auto [dim, size] : llvm::enumerate(distribute)) {
      std::optional<unsigned> loop = getRootDimension(root, last, dim);
      if (!loop || kinds[*loop] != utils::IteratorType::parallel)
        size = 0;
    }
  }
  return ScheduleAttr::get(root->getContext(), distribute, /*registers=*/{},
                           /*reduction=*/{}, isRow ? kRowThreads : kElementThreads);
}
