// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Heuristics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "passes/Schedule/TileSizes.h"
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

/// Work below this many scalar operations is done by the calling thread: a parallel region costs
/// about as much as 10 000 of them.
constexpr int64_t kMinParallelWork = 32768;
/// Elements that one task of a memory-bound group handles.
constexpr int64_t kElementsPerTask = 16384;
/// Tasks that make static splitting even enough on any sensible number of threads.
constexpr int64_t kWantedTasks = 16;
/// Queries of attention that a task handles, a multiple of the rows of a register tile.
constexpr int64_t kQueriesPerTask = 64;
constexpr int64_t kQueryRows = 4;

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

  /// Dimension of the root's result that dimension `dim` of the group's result walks, through the
  /// maps of the epilogue.
  std::optional<unsigned> getRootDim(unsigned dim) {
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

  /// Loop of the root that dimension `dim` of the group's result walks.
  std::optional<unsigned> getRootLoop(linalg::LinalgOp linalgRoot, unsigned dim) {
    std::optional<unsigned> rootDim = getRootDim(dim);
    if (!rootDim)
      return std::nullopt;
    AffineMap map = linalgRoot.getMatchingIndexingMap(linalgRoot.getDpsInitOperand(0));
    auto expr = dyn_cast<AffineDimExpr>(map.getResult(*rootDim));
    return expr ? std::optional<unsigned>(expr.getPosition()) : std::nullopt;
  }

  tw::ScheduleAttr get(ArrayRef<int64_t> distribute, ArrayRef<int64_t> registers,
                       ArrayRef<int64_t> reduction) {
    return tw::ScheduleAttr::get(root->getContext(), distribute, {}, registers, reduction,
                                 tw::getLanes(target));
  }

  /// The dimension of the group's result that walks loop `loop` of the root.
  std::optional<int64_t> getResultDim(linalg::LinalgOp op, unsigned loop) {
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim)
      if (getRootLoop(op, dim) == loop)
        return dim;
    return std::nullopt;
  }

  /// Contractions and windows whose lanes run along result columns: rows x columns of
  /// accumulators stay in registers over all reduction loops.
  tw::ScheduleAttr chooseColumns(linalg::LinalgOp op, tw::VectorDimension vector) {
    int64_t rank = shape.size(), lanes = tw::getLanes(target);
    SmallVector<int64_t> reductions;
    for (auto [size, kind] : llvm::zip(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction)
        reductions.push_back(size);
    int64_t depth = tw::countElements(reductions);
    // An epilogue may have transposed the columns away from the end.
    int64_t columnDim = getResultDim(op, vector.loop).value_or(rank - 1);

    // Rows can share a panel only along loops that the panel does not depend on. Where there is
    // none, as in a pooling, all loops are alike.
    SmallVector<int64_t> rowDims;
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      std::optional<unsigned> loop = getRootLoop(op, dim);
      if (dim != columnDim && loop && llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
            AffineMap map = op.getMatchingIndexingMap(input);
            return map.isFunctionOfDim(vector.loop) && !map.isFunctionOfDim(*loop);
          }))
        rowDims.push_back(dim);
    }
    bool hasPanel = !rowDims.empty();
    for (int64_t dim = rank - 1; dim >= 0 && !hasPanel; --dim)
      if (dim != columnDim)
        rowDims.push_back(dim);

    SmallVector<int64_t> registers(rank, 1);
    int64_t columns = tw::getPanelColumns(shape[columnDim], target);
    int64_t vectors = llvm::divideCeil(columns, lanes);
    int64_t rows = std::max<int64_t>(1, (target.getVectorRegisters() - 2 - vectors) / vectors);
    // Without a shared panel each row loads its own vectors; more rows only lengthen the code.
    rows = std::min<int64_t>(rows, hasPanel ? 16 : 8);
    registers[columnDim] = columns;
    for (int64_t dim : rowDims) {
      registers[dim] = tw::chooseRows(shape[dim], rows);
      rows = registers[dim] == shape[dim] ? rows / registers[dim] : 1;
      if (rows <= 1)
        break;
    }
    if (tw::countElements(shape) * depth < kMinParallelWork)
      return get(SmallVector<int64_t>(rank, 0), registers, {1});
    return get(distributeColumns(columnDim, rowDims, depth, registers), registers, {1});
  }

  /// One panel a task, and blocks of rows where there are fewer panels than tasks wanted. Blocks
  /// are as large as they may be: each reads its panel again, from beyond the caches where there
  /// are many weights.
  SmallVector<int64_t> distributeColumns(int64_t columnDim, ArrayRef<int64_t> rowDims,
                                         int64_t depth, ArrayRef<int64_t> registers) {
    SmallVector<int64_t> distribute(shape.size(), 1);
    distribute[columnDim] = registers[columnDim];
    int64_t allRows = 1, tasks = 1;
    for (auto [dim, size] : llvm::enumerate(shape)) {
      int64_t count = tw::countElements(size);
      if (llvm::is_contained(rowDims, dim))
        allRows *= count;
      else
        tasks *= llvm::divideCeil(count, distribute[dim]);
    }
    int64_t blocks = llvm::divideCeil(kWantedTasks, tasks);
    // What a block of rows reads is walked once a panel, from the cache that all cores share.
    int64_t rows = std::min<int64_t>(llvm::divideCeil(allRows, blocks),
                                     2 * target.getL2Bytes() / (4 * std::max<int64_t>(1, depth)));
    for (int64_t dim : rowDims) {
      int64_t size = shape[dim], step = registers[dim];
      if (ShapedType::isDynamic(size)) {
        distribute[dim] = step * std::clamp<int64_t>(rows / step, 1, 8);
      } else if (size <= std::max(step, rows + rows / 4)) {
        distribute[dim] = 0;
        rows = std::max<int64_t>(1, rows / std::max<int64_t>(1, size));
        continue;
      } else {
        distribute[dim] = tw::chooseBlock(size, step, rows);
      }
      rows = 1;
    }
    return distribute;
  }

  /// Rows of at least kElementsPerTask elements a task; `inner` elements belong to one result.
  SmallVector<int64_t> distributeElements(int64_t inner, unsigned keepWhole) {
    int64_t rank = shape.size();
    SmallVector<int64_t> distribute(rank, 0);
    if (tw::countElements(shape) * inner < kMinParallelWork)
      return distribute;
    int64_t budget = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, inner));
    for (int64_t dim = rank - 1; dim >= 0; --dim) {
      if (dim >= rank - static_cast<int64_t>(keepWhole)) {
        budget = std::max<int64_t>(1, budget / std::max<int64_t>(1, tw::countElements(shape[dim])));
        continue;
      }
      if (!ShapedType::isDynamic(shape[dim]) && shape[dim] <= budget) {
        budget /= std::max<int64_t>(1, shape[dim]);
        continue;
      }
      distribute[dim] =
          ShapedType::isDynamic(shape[dim]) ? budget : tw::chooseBlock(shape[dim], 1, budget);
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
      registers[dim] = tw::chooseRows(shape[dim], std::min(side, budget));
      budget /= registers[dim];
    }
    return get(distributeElements(tw::countElements(reductions), 0), registers, {lanes});
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
      registers[rank - 2] = tw::chooseRows(shape[rank - 2], rows);
    return get(distributeElements(1, 0), registers, {});
  }

  /// One head and a block of its queries a task: so many that the keys, which each task walks, are
  /// worth their way from memory, and that the scores stay in the second-level cache.
  SmallVector<int64_t> distributeAttention(tw::AttentionOp op) {
    int64_t rank = shape.size(), rows = rank - 2;
    SmallVector<int64_t> distribute(rank, 0);
    for (int64_t dim = 0; dim < rank; ++dim) {
      std::optional<int64_t> walked = getRootDim(dim);
      if (!walked)
        return distributeElements(1, 1);
      if (*walked < rows)
        distribute[dim] = 1;
      else if (*walked == rows)
        distribute[dim] = ShapedType::isDynamic(shape[dim])
                              ? kQueriesPerTask
                              : tw::chooseBlock(shape[dim], kQueryRows, kQueriesPerTask);
    }
    return distribute;
  }

  /// Softmax, normalization, attention, pack and the like: whole rows, tiled along what the
  /// operation says is parallel.
  tw::ScheduleAttr chooseRowOperation() {
    if (auto attention = dyn_cast<tw::AttentionOp>(root))
      return get(distributeAttention(attention), {}, {});
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
  if (target.getKind() == "cuda")
    return chooseSimtSchedule(root, last);
  return Chooser{root, last, target, {}}.choose();
}
