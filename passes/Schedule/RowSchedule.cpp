// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/RowSchedule.h"

#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileDotLoops.h"
#include "passes/Schedule/TileSizes.h"

using namespace mlir;

/// Queries of attention that a task handles, a multiple of the rows of a register tile. Where tiles
/// multiply them, bringing keys and values into words takes longer than what is done with them.
static constexpr int64_t kQueriesPerTask = 64, kQueriesPerTileTask = 256;
static constexpr int64_t kQueryRows = 4;
/// Of few heads, fewer queries a task make more of them, down to a row of register tiles.
static constexpr int64_t kFewestQueries = 32, kFewTasks = 8;
/// Rows that are reduced together.
static constexpr int64_t kRowStep = 4;

/// One head and a block of its queries a task: so many that the keys, which each task walks, are
/// worth their way from memory, and that the scores stay in the second-level cache.
static SmallVector<int64_t> distributeAttention(const tw::GroupShape &group) {
  ArrayRef<int64_t> shape = group.shape;
  int64_t rank = shape.size(), rows = rank - 2;
  SmallVector<int64_t> distribute(rank, 0);
  auto key = cast<RankedTensorType>(cast<tw::AttentionOp>(group.root).getKey().getType());
  if (tw::countElements(shape) * tw::countElements(key.getDimSize(rows)) < tw::kMinParallelWork)
    return distribute;
  int64_t queries =
      tw::multipliesInTiles(group.target, key) ? kQueriesPerTileTask : kQueriesPerTask;
  int64_t heads = 1;
  std::optional<int64_t> queryDim;
  for (int64_t dim = 0; dim < rank; ++dim) {
    std::optional<int64_t> walked = group.getRootDim(dim);
    if (!walked)
      return tw::distributeElements(shape, 1, 1);
    if (*walked == rows)
      queryDim = dim;
    if (*walked >= rows)
      continue;
    distribute[dim] = 1;
    heads *= tw::countElements(shape[dim]);
  }
  if (!queryDim)
    return distribute;
  int64_t size = shape[*queryDim];
  while (queries > kFewestQueries &&
         heads * llvm::divideCeil(tw::countElements(size), queries) < kFewTasks)
    queries /= 2;
  distribute[*queryDim] =
      ShapedType::isDynamic(size) ? queries : tw::chooseBlock(size, kQueryRows, queries);
  return distribute;
}

tw::ScheduleAttr tw::chooseRowSchedule(const GroupShape &group) {
  if (isa<tw::AttentionOp>(group.root))
    return group.getSchedule(distributeAttention(group), {}, {});
  int64_t rank = group.shape.size();
  SmallVector<utils::IteratorType> kinds = cast<TilingInterface>(group.root).getLoopIteratorTypes();
  // As the root has them: an epilogue may have transposed the rows.
  SmallVector<int64_t> shape(rank), rootDims;
  for (int64_t dim = 0; dim < rank; ++dim) {
    std::optional<unsigned> rootDim = group.getRootDim(dim);
    if (!rootDim)
      return group.getSchedule(SmallVector<int64_t>(rank, 0), {}, {});
    rootDims.push_back(*rootDim);
    shape[*rootDim] = group.shape[dim];
  }
  auto isRow = [&](int64_t dim) { return kinds[dim] == utils::IteratorType::parallel; };
  unsigned whole = 0;
  while (whole < rank && !isRow(rank - 1 - whole))
    ++whole;
  // Input and result in the first-level cache: the rows are walked several times.
  SmallVector<int64_t> blocks =
      tw::distributeElements(shape, 1, whole, group.target.getL1Bytes() / 8, kRowStep);
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!isRow(dim))
      blocks[dim] = 0;
  // Rows that the epilogue makes columns of: a vector of them. Where tasks write fewer, two cores
  // write parts of one line.
  int64_t columnDim = rank ? rootDims.back() : 0;
  if (columnDim + 1 < rank && blocks[columnDim] != 0)
    blocks[columnDim] = std::max(blocks[columnDim], tw::getLanes(group.target));
  SmallVector<int64_t> distribute;
  for (int64_t dim : rootDims)
    distribute.push_back(blocks[dim]);
  return group.getSchedule(distribute, {}, {});
}

tw::ScheduleAttr tw::chooseReductionSchedule(const GroupShape &group) {
  auto op = cast<linalg::LinalgOp>(group.root);
  ArrayRef<int64_t> shape = group.shape;
  int64_t lanes = tw::getLanes(group.target), budget = 16;
  SmallVector<int64_t> registers(shape.size(), 1);
  // Square tiles load the fewest vectors a dot product; a plain row sum has one input and
  // wants a few rows only to hide latency.
  int64_t side = op.getNumDpsInputs() > 1 ? 4 : budget / 4;
  for (int64_t dim = shape.size() - 1; dim >= 0 && budget > 1; --dim) {
    registers[dim] = tw::chooseRows(shape[dim], std::min(side, budget));
    budget /= registers[dim];
  }
  int64_t length = tw::countElements(group.getReductionSizes());
  return group.getSchedule(tw::distributeElements(shape, length, 0), registers, {lanes});
}
