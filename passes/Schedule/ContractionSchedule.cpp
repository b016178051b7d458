// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/ContractionSchedule.h"

#include "dialects/Tw/DotBody.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Schedule/ContractionTasks.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileDotLoops.h"
#include "passes/Schedule/TileSizes.h"
#include "llvm/ADT/bit.h"
#include <limits>

using namespace mlir;

/// Bytes between elements of `input` at consecutive iterations of `loop`; 0 if not known. The
/// outermost dimension may have any size.
static int64_t getByteStride(linalg::LinalgOp op, OpOperand &input, unsigned loop) {
  auto type = dyn_cast<RankedTensorType>(input.get().getType());
  if (!type || type.getRank() == 0 || !type.getElementType().isIntOrFloat() ||
      ShapedType::isDynamicShape(type.getShape().drop_front()))
    return 0;
  SmallVector<int64_t> origin(op.getNumLoops(), 0), next = origin;
  next[loop] = 1;
  AffineMap map = op.getMatchingIndexingMap(&input);
  SmallVector<int64_t, 4> from = map.compose(origin), to = map.compose(next);
  int64_t stride = type.getElementTypeBitWidth() / 8, bytes = 0;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    bytes += (to[dim] - from[dim]) * stride;
    stride *= dim ? type.getDimSize(dim) : 1;
  }
  return bytes;
}

/// How many rows a tile may have for the sake of the first-level cache: rows that are whole pages
/// apart share the sets of one line, and each further one drives another's line out. A way of the
/// cache is a page, as in all that are indexed before an address is translated.
static int64_t getMostRows(const tw::GroupShape &group, unsigned columnLoop, unsigned rowLoop) {
  constexpr int64_t kPageBytes = 4096;
  auto op = cast<linalg::LinalgOp>(group.root);
  int64_t ways = std::max<int64_t>(4, group.target.getL1Bytes() / kPageBytes);
  for (OpOperand *input : op.getDpsInputOperands())
    if (!op.getMatchingIndexingMap(input).isFunctionOfDim(columnLoop))
      if (int64_t bytes = getByteStride(op, *input, rowLoop); bytes && bytes % kPageBytes == 0)
        return ways * 3 / 4; // the panel and the result have lines there too
  return std::numeric_limits<int64_t>::max();
}

/// Registers that hold a row of a tile. What does not fill a vector is cut into powers of two: 13
/// columns are in three registers.
static int64_t countRegisters(int64_t columns, int64_t lanes) {
  return columns / lanes + llvm::popcount(static_cast<uint64_t>(columns % lanes));
}

/// Registers that the body needs beside its sums and the vectors of a panel: two factors, and where
/// bf16 are widened what becomes of a vector of them.
static int64_t countWorkRegisters(linalg::LinalgOp op) {
  bool widens = llvm::any_of(op.getBlock()->getOps<arith::ExtFOp>(), [](arith::ExtFOp widened) {
    return widened.getIn().getType().isBF16();
  });
  return widens ? 6 : 2;
}

/// Sums that a tile must have so that none waits for its own last step. Of two steps a cycle that
/// take 4 cycles each (6 for a dot product of bf16) 8 and 12 are under way; measured, 10 and 14 are
/// needed. Tiles of 4 rows and 2 vectors take 1.1 and 1.5 times the time of larger ones.
static int64_t countBusySums(linalg::LinalgOp op) { return tw::getDotLeftFactor(op) ? 14 : 10; }

/// Rows of a tile whose epilogue transposes, which it does in squares: their sides are powers of
/// two. 8 do for two vectors. For one they are too few sums to be under way at once, unless each
/// row is read for itself, which takes as long as its sums.
static int64_t getMostSquareRows(int64_t rows, int64_t vectors, bool readsRows) {
  return std::min<int64_t>(llvm::bit_floor(static_cast<uint64_t>(rows)),
                           vectors == 1 && !readsRows ? 16 : 8);
}

/// `max` rows, or half as many where that leaves no shorter last tile.
static int64_t chooseSquareRows(int64_t size, int64_t max) {
  if (size <= max)
    return size;
  int64_t half = std::max<int64_t>(1, max / 2);
  return max > 8 && size % max != 0 && size % half == 0 ? half : max;
}

/// Whether the group brings the input of its window into the layout with channels last, as
/// tw-form-groups lets it where a vector of channels at a time stays in the cache.
static bool bringsChannelsLast(linalg::LinalgOp window) {
  Operation *producer = window->getOperand(0).getDefiningOp();
  if (auto pad = dyn_cast_or_null<tensor::PadOp>(producer))
    producer = pad.getSource().getDefiningOp();
  return isa_and_nonnull<linalg::TransposeOp>(producer) &&
         producer->getBlock() == window->getBlock() && window->getParentOfType<tw::GroupOp>();
}

tw::ScheduleAttr tw::chooseContractionSchedule(const GroupShape &group, unsigned columnLoop) {
  auto op = cast<linalg::LinalgOp>(group.root);
  ArrayRef<int64_t> shape = group.shape;
  int64_t rank = shape.size(), lanes = tw::getLanes(group.target);
  int64_t depth = tw::countElements(group.getReductionSizes());
  // An epilogue may have transposed the columns away from the end.
  int64_t columnDim = group.getResultDim(columnLoop).value_or(rank - 1);

  // Rows can share a panel only along loops that the panel does not depend on. Where there is
  // none, as in a pooling, all loops are alike.
  SmallVector<int64_t> rowDims;
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    std::optional<unsigned> loop = group.getRootLoop(dim);
    if (dim != columnDim && loop && llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
          AffineMap map = op.getMatchingIndexingMap(input);
          return map.isFunctionOfDim(columnLoop) && !map.isFunctionOfDim(*loop);
        }))
      rowDims.push_back(dim);
  }
  bool hasPanel = !rowDims.empty();
  for (int64_t dim = rank - 1; dim >= 0 && !hasPanel; --dim)
    if (dim != columnDim)
      rowDims.push_back(dim);

  SmallVector<int64_t> registers(rank, 1);
  bool isEdge = bringsChannelsLast(op);
  int64_t columns = isEdge ? std::min(lanes, tw::countElements(shape[columnDim]))
                           : tw::getPanelColumns(shape[columnDim], group.target);
  int64_t vectors = countRegisters(columns, lanes);
  int64_t rows = std::max<int64_t>(
      1, (group.target.getVectorRegisters() - countWorkRegisters(op) - vectors) / vectors);
  // Without a shared panel each row loads its own vectors; more rows only lengthen the code.
  rows = std::min<int64_t>(rows, hasPanel ? 16 : 8);
  if (columnDim != rank - 1)
    rows = getMostSquareRows(rows, vectors, /*readsRows=*/isEdge);
  registers[columnDim] = columns;
  int64_t busy = llvm::divideCeil(countBusySums(op), vectors);
  StringRef reason;
  // What is too little for tasks of its own is too little for tiles: the entry point would have to
  // configure them again behind each parallel region.
  bool isSerial = tw::countElements(shape) * depth < kMinParallelWork;
  std::optional<TileDotLoops> tiles;
  if (op->getParentOfType<scf::ForallOp>() || (op->getParentOfType<tw::GroupOp>() && !isSerial))
    tiles = matchTileDotLoops(op, group.target, reason);
  std::optional<int64_t> tileRowDim = tiles ? group.getResultDim(tiles->rowLoop) : std::nullopt;
  if (tileRowDim) {
    // Rather more tasks than large ones where there are fewer than threads could have.
    int64_t tiles = llvm::divideCeil(tw::countElements(shape), 2 * TileDotOp::kSize * columns);
    registers[*tileRowDim] =
        chooseTileRows(shape[*tileRowDim], columns, /*down=*/tiles < tw::kTailTasks ? 1 : 2);
    // Lines of an image that are shorter than two tiles share the right operand.
    int64_t lines =
        countTilesDown(columns) / llvm::divideCeil(registers[*tileRowDim], TileDotOp::kSize);
    for (int64_t dim : rowDims) {
      if (dim == *tileRowDim || ShapedType::isDynamic(shape[dim]))
        continue;
      registers[dim] = std::min(shape[dim], lines);
      lines /= registers[dim];
    }
  }
  for (int64_t dim : rowDims) {
    if (tileRowDim)
      break;
    if (std::optional<unsigned> loop = group.getRootLoop(dim))
      rows = std::min(rows, getMostRows(group, columnLoop, *loop));
    registers[dim] = columnDim == rank - 1 || ShapedType::isDynamic(shape[dim])
                         ? tw::chooseRows(shape[dim], rows, busy)
                         : chooseSquareRows(shape[dim], rows);
    rows = registers[dim] == shape[dim] ? rows / registers[dim] : 1;
    busy = llvm::divideCeil(busy, registers[dim]);
    if (rows <= 1)
      break;
  }
  if (isSerial)
    return group.getSchedule(SmallVector<int64_t>(rank, 0), registers, {1});
  if (isEdge) {
    // All pixels of a vector of channels, of one image.
    SmallVector<int64_t> distribute(rank, 0);
    distribute[columnDim] = columns;
    for (int64_t dim = 0; dim < rank; ++dim)
      if (group.getRootDim(dim) == 0u)
        distribute[dim] = 1;
    return group.getSchedule(distribute, registers, {1});
  }
  return group.getSchedule(
      tw::distributeContraction(group, columnDim, rowDims, depth, registers, tiles.has_value()),
      registers, {1});
}
