// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/ContractionTasks.h"

#include "passes/Schedule/TileSizes.h"

using namespace mlir;

/// Tasks that can be shared out evenly enough among any sensible number of threads.
static constexpr int64_t kWantedTasks = 16;

/// Whether the epilogue reads as many elements from memory as the group writes: a residual.
static bool readsResidual(const tw::GroupShape &group) {
  Block *body = group.root->getBlock();
  int64_t elements = tw::countElements(group.shape);
  return llvm::any_of(*body, [&](Operation &op) {
    auto elementwise = dyn_cast<linalg::LinalgOp>(op);
    if (!elementwise || &op == group.root || isa<linalg::FillOp>(op))
      return false;
    return llvm::any_of(elementwise.getDpsInputs(), [&](Value input) {
      auto type = dyn_cast<RankedTensorType>(input.getType());
      return type && input.getParentBlock() != body &&
             tw::countElements(type.getShape()) == elements;
    });
  });
}

/// Whether tasks walk all columns of their rows instead of one panel. Results are then written, and
/// residuals read, in the order of memory instead of a panel's lines at a time, and the rows of the
/// left operand stay in the core that wrote them. But each core reads all the weights, and each
/// tile of rows reads them from the second-level cache again: that is hidden where there are very
/// few, and is less than what it saves beside a residual and beside tiles of AMX, whose products
/// are too fast to hide anything.
static bool walksAllColumns(const tw::GroupShape &group, int64_t columns, ArrayRef<int64_t> rowDims,
                            int64_t depth, ArrayRef<int64_t> registers, bool usesTiles) {
  int64_t tiles = 1;
  for (int64_t dim : rowDims) {
    int64_t size = group.shape[dim];
    // Of rows that may turn out to be one there would be one task.
    if (ShapedType::isDynamic(size))
      return false;
    tiles *= llvm::divideCeil(size, registers[dim]);
  }
  bool mayReread = usesTiles || readsResidual(group);
  return ShapedType::isStatic(columns) && tiles >= tw::kTailTasks &&
         4 * std::max<int64_t>(1, depth) * columns <=
             group.target.getL2Bytes() / (mayReread ? 4 : 16);
}

/// Rows of a task that are worth the reading of a panel, which many cores may have to wait for.
static constexpr int64_t kEnoughRows = 96;

namespace {
/// How many rows a task should have at most, and how many it can have.
struct RowLimits {
  int64_t wanted, most;
};
} // namespace

/// What the rows of a task read of the left operand is walked once a panel. It should take half of
/// the second-level cache, so that the panel and the results have room: walked in a cache that all
/// cores share, 1584 rows of 768 take twice as long in tiles of AMX, and 15 % longer in f32. Of
/// rows so long that few fit there are more, so that panels are not read too often.
static RowLimits getRowLimits(const tw::GroupShape &group, int64_t columnDim, int64_t depth) {
  int64_t l2 = group.target.getL2Bytes(), row = 4 * std::max<int64_t>(1, depth);
  std::optional<unsigned> columnLoop = group.getRootLoop(columnDim);
  if (columnLoop && !ShapedType::isDynamicShape(group.shape)) {
    auto root = cast<linalg::LinalgOp>(group.root);
    int64_t columns = std::max<int64_t>(1, group.shape[columnDim]);
    int64_t rows = std::max<int64_t>(1, tw::countElements(group.shape) / columns);
    for (OpOperand *input : root.getDpsInputOperands()) {
      auto type = cast<RankedTensorType>(input->get().getType());
      if (!type.hasStaticShape() || root.getMatchingIndexingMap(input).isFunctionOfDim(*columnLoop))
        continue;
      // Windows share pixels: a row adds less than it reads.
      int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
      row = std::clamp<int64_t>(bytes / rows, 1, row);
    }
  }
  int64_t fit = l2 / 2 / row, most = 2 * l2 / row;
  return {fit >= kEnoughRows ? fit : most, most};
}

SmallVector<int64_t> tw::distributeContraction(const tw::GroupShape &group, int64_t columnDim,
                                               ArrayRef<int64_t> rowDims, int64_t depth,
                                               ArrayRef<int64_t> registers, bool usesTiles) {
  ArrayRef<int64_t> shape = group.shape;
  SmallVector<int64_t> distribute(shape.size(), 1);
  int64_t columns = shape[columnDim], width = registers[columnDim];
  bool allColumns = walksAllColumns(group, columns, rowDims, depth, registers, usesTiles);
  int64_t allRows = 1, tasks = 1, parts = 1;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    int64_t count = tw::countElements(size);
    if (llvm::is_contained(rowDims, dim))
      allRows *= count;
    else if (static_cast<int64_t>(dim) != columnDim)
      tasks *= count;
    else if (!allColumns)
      tasks *= llvm::divideCeil(count, width);
  }
  int64_t blocks = llvm::divideCeil(kWantedTasks, tasks);
  // A narrower last panel, or a shorter last block of rows, is a parallel region of its own, in
  // which blocks of the other kind are all the tasks there are: of many panels it is too little of
  // the work to wait for.
  if (!allColumns && ShapedType::isStatic(columns) && columns % width != 0 &&
      columns / width < kWantedTasks)
    blocks = std::max(blocks, tw::kTailTasks);
  RowLimits limits = getRowLimits(group, columnDim, depth);
  int64_t rows = std::min<int64_t>(llvm::divideCeil(allRows, blocks), limits.wanted);
  for (int64_t dim : rowDims) {
    int64_t size = shape[dim], step = registers[dim];
    bool isDynamic = ShapedType::isDynamic(size);
    int64_t block = isDynamic ? step * std::clamp<int64_t>(rows / step, 1, 8)
                              : tw::chooseBlock(size, step, rows);
    // Two blocks that differ are two regions, each with as many tasks as one of both would have,
    // and each reads all panels.
    bool isUneven = size % block != 0 && size <= 2 * block && allRows <= limits.most;
    if (!isDynamic && (size <= std::max(step, rows + rows / 4) || isUneven)) {
      distribute[dim] = 0;
      rows = std::max<int64_t>(1, rows / std::max<int64_t>(1, size));
      continue;
    }
    distribute[dim] = block;
    tasks *= llvm::divideCeil(tw::countElements(size), distribute[dim]);
    if (size % distribute[dim] != 0)
      parts = tw::kTailTasks;
    rows = 1;
  }
  if (allColumns) {
    parts = std::max<int64_t>(parts, llvm::divideCeil(kWantedTasks, tasks));
    int64_t block = width * llvm::divideCeil(columns, width * parts);
    distribute[columnDim] = block < columns ? block : 0;
  } else {
    distribute[columnDim] = width;
  }
  return distribute;
}
