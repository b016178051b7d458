// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Heuristics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "passes/Pipelines/Options.h"
#include "passes/Schedule/VectorDimension.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

tw::TargetAttr tw::getTarget(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>(kTargetAttr))
      return target;
  return nullptr;
}

int64_t tw::getLanes(TargetAttr target) {
  return std::max<int64_t>(1, target.getVectorBits() / 32);
}

int64_t tw::getPanelColumns(int64_t columns, TargetAttr target) {
  int64_t lanes = getLanes(target);
  if (ShapedType::isDynamic(columns))
    return 2 * lanes;
  if (columns <= 2 * lanes)
    return columns;
  // Three vectors leave fewer rows than two but beat a remainder of less than two vectors.
  for (int64_t vectors : {2, 3})
    if (columns % (vectors * lanes) == 0)
      return vectors * lanes;
  return 2 * lanes;
}

namespace {

constexpr int64_t kDynamic = ShapedType::kDynamic;

/// Work below this many scalar operations is done by the calling thread: a parallel region costs
/// about as much as 10 000 of them.
constexpr int64_t kMinParallelWork = 32768;
/// Elements that one task of a memory-bound group handles.
constexpr int64_t kElementsPerTask = 16384;
/// Tasks that make static splitting even enough on any sensible number of threads.
constexpr int64_t kWantedTasks = 16;
/// A register tile of fewer rows cannot hide the latency of the multiply-add.
constexpr int64_t kMinRows = 4;

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= ShapedType::isDynamic(size) ? 64 : size;
  return result;
}

/// Tile size of at most `max` for a dimension, with the least time lost in its remainder.
int64_t chooseRows(int64_t size, int64_t max) {
  if (ShapedType::isDynamic(size))
    return std::min<int64_t>(max, 8);
  if (size <= max)
    return size;
  int64_t best = max, bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t tile = max; tile >= std::min(kMinRows, max); --tile) {
    int64_t remainder = size % tile;
    // An exact tile wins over one with a remainder of equal cost: less code and no short tail.
    int64_t cost = (size / tile) * tile + (remainder ? std::max(remainder, kMinRows) + 1 : 0);
    if (cost < bestCost) {
      best = tile;
      bestCost = cost;
    }
  }
  return best;
}

struct Chooser {
  Operation *root, *last;
  tw::TargetAttr target;
  SmallVector<int64_t> shape; // of the group's result

  tw::ScheduleAttr choose() {
    shape = llvm::to_vector(cast<RankedTensorType>(last->getResult(0).getType()).getShape());
    auto linalgRoot = dyn_cast<linalg::LinalgOp>(root);
    if (!linalgRoot)
      return chooseRowOperation();
    std::optional<tw::VectorDimension> vector = tw::getVectorDimension(linalgRoot);
    if (linalgRoot.getNumReductionLoops() > 0 && vector && !vector->isReduction)
      return chooseColumns(linalgRoot, *vector);
    if (linalgRoot.getNumReductionLoops() > 0)
      return chooseRowReduction(linalgRoot);
    return chooseElementwise();
  }

  /// Loop of the root that dimension `dim` of the group's result walks, through the maps of the
  /// epilogue.
  std::optional<unsigned> getRootLoop(linalg::LinalgOp linalgRoot, unsigned dim) {
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
            !isa<linalg::LinalgOp>(def))
          continue;
        next = def;
        dim = *map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
        break;
      }
      if (!next)
        return std::nullopt;
      op = next;
    }
    AffineMap map = linalgRoot.getMatchingIndexingMap(linalgRoot.getDpsInitOperand(0));
    auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim));
    return expr ? std::optional<unsigned>(expr.getPosition()) : std::nullopt;
  }

  tw::ScheduleAttr get(ArrayRef<int64_t> distribute, ArrayRef<int64_t> registers,
                       ArrayRef<int64_t> reduction) {
    return tw::ScheduleAttr::get(root->getContext(), distribute, {}, registers, reduction,
                                 tw::getLanes(target));
  }

  /// Contractions and windows whose lanes run along result columns: rows x columns of
  /// accumulators stay in registers over all reduction loops.
  tw::ScheduleAttr chooseColumns(linalg::LinalgOp op, tw::VectorDimension vector) {
    int64_t rank = shape.size(), lanes = tw::getLanes(target);
    SmallVector<int64_t> loops = op.getStaticLoopRanges();
    SmallVector<int64_t> reductions;
    for (auto [size, kind] : llvm::zip(loops, op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction)
        reductions.push_back(size);
    int64_t depth = product(reductions);

    // Rows can share a panel only along loops that the panel does not depend on.
    SmallVector<bool> sharesPanel(rank, false);
    for (int64_t dim = 0; dim + 1 < rank; ++dim) {
      std::optional<unsigned> loop = getRootLoop(op, dim);
      sharesPanel[dim] = loop && llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
                           AffineMap map = op.getMatchingIndexingMap(input);
                           return map.isFunctionOfDim(vector.loop) && !map.isFunctionOfDim(*loop);
                         });
    }
    bool hasPanel = llvm::is_contained(sharesPanel, true);

    SmallVector<int64_t> registers(rank, 1), distribute(rank, 1);
    int64_t columns = tw::getPanelColumns(shape.back(), target);
    int64_t vectors = llvm::divideCeil(columns, lanes);
    int64_t rows = std::max<int64_t>(1, (target.getVectorRegisters() - 2 - vectors) / vectors);
    // Without a shared panel each row loads its own vectors; more rows only lengthen the code.
    if (!hasPanel)
      rows = std::min<int64_t>(rows, 8);
    rows = std::min<int64_t>(rows, 16);
    registers.back() = columns;
    for (int64_t dim = rank - 2; dim >= 0 && rows > 1; --dim) {
      if (hasPanel && !sharesPanel[dim])
        continue;
      registers[dim] = chooseRows(shape[dim], rows);
      rows = registers[dim] == shape[dim] ? rows / registers[dim] : 1;
    }

    int64_t work = product(shape) * depth;
    if (work < kMinParallelWork)
      return get(SmallVector<int64_t>(rank, 0), registers, {1});

    // One panel a task: consecutive tasks of a thread walk the panels of one block of rows, which
    // stays in the second-level cache.
    distribute.back() = columns;
    int64_t tasks =
        ShapedType::isDynamic(shape.back()) ? 1 : llvm::divideCeil(shape.back(), columns);
    for (int64_t dim = 0; dim + 1 < rank; ++dim)
      if (hasPanel && !sharesPanel[dim] && !ShapedType::isDynamic(shape[dim]))
        tasks *= shape[dim];
    int64_t blockRows = target.getL2Bytes() / 2 / (4 * std::max<int64_t>(1, depth));
    for (int64_t dim = rank - 2; dim >= 0; --dim) {
      if (hasPanel && !sharesPanel[dim])
        continue; // stays 1
      int64_t size = shape[dim], step = registers[dim];
      bool whole = !ShapedType::isDynamic(size) && size <= std::max(blockRows, step) &&
                   (tasks >= kWantedTasks || size <= 2 * step);
      if (whole) {
        distribute[dim] = 0;
        blockRows = std::max<int64_t>(1, blockRows / std::max<int64_t>(1, size));
        continue;
      }
      int64_t wanted = std::max<int64_t>(1, kWantedTasks / std::max<int64_t>(1, tasks));
      int64_t block = ShapedType::isDynamic(size) ? 8 * step : llvm::divideCeil(size, wanted);
      block = std::min(block, std::max<int64_t>(blockRows, step));
      distribute[dim] = std::max(step, block / step * step);
      if (!ShapedType::isDynamic(size)) {
        tasks *= llvm::divideCeil(size, distribute[dim]);
        if (distribute[dim] >= size)
          distribute[dim] = 0;
      }
      blockRows = 1;
    }
    return get(distribute, registers, {1});
  }

  /// Rows of at least kElementsPerTask elements a task; `inner` elements belong to one result.
  SmallVector<int64_t> distributeElements(int64_t inner, unsigned keepWhole) {
    int64_t rank = shape.size();
    SmallVector<int64_t> distribute(rank, 0);
    if (product(shape) * inner < kMinParallelWork)
      return distribute;
    int64_t budget = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, inner));
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      if (dim >= rank - static_cast<int64_t>(keepWhole)) {
        budget = std::max<int64_t>(1, budget / std::max<int64_t>(1, product(shape[dim])));
        continue;
      }
      if (!ShapedType::isDynamic(shape[dim]) && shape[dim] <= budget) {
        budget /= std::max<int64_t>(1, shape[dim]);
        continue;
      }
      distribute[dim] = budget;
      budget = 1;
    }
    return distribute;
  }

  /// Sums and maxima along rows, dot products: partial results in the lanes.
  tw::ScheduleAttr chooseRowReduction(linalg::LinalgOp op) {
    SmallVector<int64_t> reductions;
    for (auto [size, kind] : llvm::zip(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction)
        reductions.push_back(size);
    int64_t lanes = tw::getLanes(target), budget = 16;
    SmallVector<int64_t> registers(shape.size(), 1);
    // Square tiles load the fewest vectors a dot product; a plain row sum has one input and
    // wants a few rows only to hide latency.
    int64_t side = op.getNumDpsInputs() > 1 ? 4 : budget / 4;
    for (int64_t dim = shape.size() - 1; dim >= 0 && budget > 1; --dim) {
      registers[dim] = chooseRows(shape[dim], std::min(side, budget));
      budget /= registers[dim];
    }
    return get(distributeElements(product(reductions), 0), registers, {lanes});
  }

  tw::ScheduleAttr chooseElementwise() {
    int64_t rank = shape.size(), lanes = tw::getLanes(target);
    SmallVector<int64_t> registers(rank, 1);
    if (rank == 0)
      return get({}, {}, {});
    int64_t columns = shape.back();
    registers.back() = ShapedType::isDynamic(columns) ? lanes : std::min(columns, 4 * lanes);
    int64_t rows = std::clamp<int64_t>(4 * lanes / std::max<int64_t>(1, registers.back()), 1, 8);
    if (rank > 1 && rows > 1)
      registers[rank - 2] = chooseRows(shape[rank - 2], rows);
    return get(distributeElements(1, 0), registers, {});
  }

  /// Softmax, normalization, attention, pack and the like: whole rows, tiled along what the
  /// operation says is parallel.
  tw::ScheduleAttr chooseRowOperation() {
    auto tiled = cast<TilingInterface>(root);
    SmallVector<utils::IteratorType> kinds = tiled.getLoopIteratorTypes();
    unsigned whole = 0;
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim) {
      if (dim < static_cast<int64_t>(kinds.size()) && kinds[dim] == utils::IteratorType::parallel)
        break;
      ++whole;
    }
    SmallVector<int64_t> distribute = distributeElements(1, whole);
    for (auto [dim, kind] : llvm::enumerate(kinds))
      if (dim < distribute.size() && kind != utils::IteratorType::parallel)
        distribute[dim] = 0;
    return get(distribute, {}, {});
  }
};

} // namespace

tw::ScheduleAttr tw::chooseSchedule(Operation *root, Operation *last, TargetAttr target) {
  return Chooser{root, last, target, {}}.choose();
}
