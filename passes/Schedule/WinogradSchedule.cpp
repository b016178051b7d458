// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/WinogradSchedule.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileSizes.h"

using namespace mlir;

/// Tiles of an image side by side in a register tile. They share columns of pixels.
static constexpr int64_t kInputTiles = 4;
static constexpr int64_t kOutputTiles = 2;

static int64_t atMost(int64_t size, int64_t most) {
  return ShapedType::isDynamic(size) ? most : std::min(size, most);
}

tw::ScheduleAttr tw::chooseWinogradInputSchedule(const GroupShape &group) {
  ArrayRef<int64_t> shape = group.shape; // 4, 4, batch, rows, columns, channels
  SmallVector<int64_t> registers = {
      0, 0, 1, 1, atMost(shape[4], kInputTiles), atMost(shape[5], getLanes(group.target))};
  SmallVector<int64_t> distribute = distributeElements(shape.drop_front(2), 16, 2);
  distribute.insert(distribute.begin(), 2, 0);
  return group.getSchedule(distribute, registers, {});
}

/// The tiles of a block whose elements and products, of so many channels each, fill half of the
/// second-level cache. The other half is for matrices of the filter.
static int64_t countBlockTiles(int64_t inputChannels, int64_t outputChannels,
                               tw::TargetAttr target) {
  constexpr int64_t kTileBytes = 16 * sizeof(float);
  return target.getL2Bytes() / 2 / (kTileBytes * (inputChannels + outputChannels));
}

bool tw::prefersBlocks(WinogradInputOp input, WinogradOutputOp output, TargetAttr target) {
  // Each block reads the matrices of the filter again, and would wait for them if it had fewer
  // tiles.
  constexpr int64_t kMinBlockTiles = 16;
  // What is not larger than this stays in the caches of all cores from one transform to the next.
  int64_t kept = 4 * target.getL2Bytes();
  ArrayRef<int64_t> elements = input.getResultType().getShape();
  ArrayRef<int64_t> products = output.getInput().getType().getShape();
  int64_t bytes = sizeof(float) * (countElements(elements) + countElements(products));
  return countBlockTiles(elements.back(), products.back(), target) >= kMinBlockTiles &&
         bytes > kept;
}

namespace {

/// Pixels of a task: rows and columns of the image; 0 for all.
struct Pixels {
  int64_t rows, columns;
};

} // namespace

/// A block of tiles from the first transform to the last: of whole rows where the cache has room.
static Pixels chooseBlockOfTiles(linalg::LinalgOp products, tw::TargetAttr target) {
  constexpr int64_t kMinTasks = 8;
  auto elements = cast<RankedTensorType>(products->getOperand(0).getType());
  ArrayRef<int64_t> shape = cast<RankedTensorType>(products->getResult(0).getType()).getShape();
  int64_t rows = shape[3], columns = shape[4];
  int64_t tiles = countBlockTiles(elements.getShape().back(), shape.back(), target);
  int64_t inRow = columns <= tiles ? columns : tw::chooseBlock(columns, kInputTiles, tiles);
  int64_t most = std::max<int64_t>(1, rows / kMinTasks);
  return {2 * std::clamp<int64_t>(tiles / inRow, 1, most), inRow < columns ? 2 * inRow : 0};
}

/// Rows of `inRow` elements each for a task, of an image of `rows`. Tiles begin at even rows only,
/// and blocks of one size leave no rest, which would be a task that the others wait for.
static int64_t chooseRowsOfTask(int64_t rows, int64_t inRow) {
  int64_t most = 2 * std::max<int64_t>(1, tw::kElementsPerTask / (2 * inRow));
  return ShapedType::isDynamic(rows) ? most : tw::chooseBlock(rows, 2, most);
}

tw::ScheduleAttr tw::chooseWinogradOutputSchedule(const GroupShape &group) {
  ArrayRef<int64_t> shape = group.shape;
  // Where an epilogue may have transposed them to: batch, rows, columns, channels.
  SmallVector<int64_t> dims(4);
  for (int64_t dim = 0; dim < 4; ++dim)
    dims[group.getRootDim(dim).value_or(dim)] = dim;
  SmallVector<int64_t> distribute(4, 0), registers(4, 1);
  registers[dims[1]] = atMost(shape[dims[1]], 2);
  registers[dims[2]] = atMost(shape[dims[2]], 2 * kOutputTiles);
  registers[dims[3]] = atMost(shape[dims[3]], getLanes(group.target));
  auto products = cast<WinogradOutputOp>(group.root).getInput().getDefiningOp<linalg::LinalgOp>();
  bool inBlocks = products && products->getBlock() == group.root->getBlock();
  if (!inBlocks && countElements(shape) * 4 < kMinParallelWork)
    return group.getSchedule(distribute, registers, {});
  Pixels task = inBlocks ? chooseBlockOfTiles(products, group.target)
                         : Pixels{chooseRowsOfTask(shape[dims[1]],
                                                   countElements({shape[dims[2]], shape[dims[3]]})),
                                  0};
  distribute[dims[0]] = 1;
  distribute[dims[1]] = task.rows;
  distribute[dims[2]] = task.columns;
  return group.getSchedule(distribute, registers, {});
}
