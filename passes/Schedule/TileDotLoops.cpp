// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/TileDotLoops.h"

#include "dialects/Tw/DotBody.h"
#include "passes/Schedule/VectorDimension.h"
#include <limits>

using namespace mlir;

namespace {

struct StridedDim {
  unsigned dim;
  int64_t step;
};

} // namespace

/// The dimension of an operand accessed through `map` whose index is a multiple of `loop` plus
/// other loops, if no other dimension depends on it.
static std::optional<StridedDim> getStridedDim(AffineMap map, unsigned loop) {
  std::optional<StridedDim> found;
  AffineExpr index = getAffineDimExpr(loop, map.getContext());
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(loop))
      continue;
    if (found)
      return std::nullopt;
    // The difference of two neighbours, if it is the same everywhere.
    AffineExpr step =
        simplifyAffineExpr(expr.replace(index, index + 1) - expr, map.getNumDims(), 0);
    auto constant = dyn_cast<AffineConstantExpr>(step);
    if (!constant || constant.getValue() <= 0)
      return std::nullopt;
    found = StridedDim{static_cast<unsigned>(dim), constant.getValue()};
  }
  return found;
}

static bool isDim(AffineMap map, int64_t fromEnd, unsigned loop) {
  auto expr = dyn_cast<AffineDimExpr>(map.getResult(map.getNumResults() - fromEnd));
  return expr && expr.getPosition() == loop;
}

bool tw::multipliesInTiles(TargetAttr target, RankedTensorType key) {
  return target && target.getBf16Dot() == "amx" && key.getElementType().isBF16();
}

std::optional<tw::TileDotLoops> tw::matchTileDotLoops(linalg::LinalgOp op, TargetAttr target,
                                                      StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  if (!target || target.getBf16Dot() != "amx" || target.getVectorBits() != 512)
    return refuse("the target does not multiply words in tiles");
  if (!tw::getDotLeftFactor(op))
    return refuse("its body is not one tw.bf16_dot");
  std::optional<VectorDimension> vector = tw::getVectorDimension(op);
  if (!vector || vector->isReduction)
    return refuse("it has no columns");
  TileDotLoops loops;
  loops.columnLoop = vector->loop;
  // Products commute: what depends on the columns is the right operand.
  OpOperand *first = op.getDpsInputOperand(0), *second = op.getDpsInputOperand(1);
  bool swapped = op.getMatchingIndexingMap(first).isFunctionOfDim(loops.columnLoop);
  loops.lhs = swapped ? second : first;
  loops.rhs = swapped ? first : second;
  AffineMap lhs = op.getMatchingIndexingMap(loops.lhs), rhs = op.getMatchingIndexingMap(loops.rhs);
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (lhs.isFunctionOfDim(loops.columnLoop))
    return refuse("rows do not share what is read along the columns");
  if (lhs.getNumResults() < 2 || rhs.getNumResults() < 2 || !result.isProjectedPermutation() ||
      result.getNumResults() != op.getNumParallelLoops())
    return refuse("it is no product of matrices");
  auto word = dyn_cast<AffineDimExpr>(lhs.getResults().back());
  if (!word || op.getIteratorTypesArray()[word.getPosition()] != utils::IteratorType::reduction)
    return refuse("the words of a row do not follow one another");
  loops.wordLoop = word.getPosition();
  // What all heads share is read at 0.
  if (!rhs.isProjectedPermutation(/*allowZeroInResults=*/true) ||
      !isDim(rhs, 1, loops.columnLoop) || !isDim(rhs, 2, loops.wordLoop) ||
      llvm::any_of(lhs.getResults().drop_back(),
                   [&](AffineExpr expr) { return expr.isFunctionOfDim(loops.wordLoop); }))
    return refuse("the right operand is not read as words by columns");

  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // Rows: the innermost loop of the result, but for the columns, that has enough of them; if none
  // has, one that has any. Even of one row the panels come from memory sooner: as tiles they are
  // fetched ahead, and nothing is computed in between.
  auto findRows = [&](int64_t least) {
    for (AffineExpr expr : llvm::reverse(result.getResults())) {
      unsigned loop = cast<AffineDimExpr>(expr).getPosition();
      if (loop == loops.columnLoop || rhs.isFunctionOfDim(loop) ||
          (!ShapedType::isDynamic(ranges[loop]) && ranges[loop] < least))
        continue;
      std::optional<StridedDim> strided = getStridedDim(lhs, loop);
      if (!strided)
        continue;
      loops.rowLoop = loop;
      loops.lhsRowDim = strided->dim;
      loops.lhsRowStep = strided->step;
      return true;
    }
    return false;
  };
  if (!findRows(kMinTileRows) && !findRows(1))
    return refuse("its rows do not follow one another at one distance");
  int64_t words = ranges[loops.wordLoop];
  if (ShapedType::isDynamic(ranges[loops.columnLoop]))
    return refuse("it has a dynamic number of columns");
  if (ShapedType::isDynamic(words) || words < kMinTileWords)
    return refuse("it has few words, or a dynamic number of them");
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction && ShapedType::isDynamic(ranges[loop]))
      return refuse("a window has a dynamic size");
  return loops;
}

/// The size of equal parts that fit into tiles; of a tile where there are none.
static int64_t splitEvenly(int64_t size) {
  if (ShapedType::isDynamic(size))
    return tw::TileDotOp::kSize;
  int64_t parts = llvm::divideCeil(size, tw::TileDotOp::kSize);
  return size % parts == 0 ? size / parts : tw::TileDotOp::kSize;
}

tw::TileDotShape tw::getEvenTileShape(linalg::LinalgOp op, const TileDotLoops &loops) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  return {splitEvenly(ranges[loops.rowLoop]), splitEvenly(ranges[loops.wordLoop])};
}

int64_t tw::countTilesDown(int64_t columns) {
  int64_t across = llvm::divideCeil(columns, TileDotOp::kSize);
  return std::max<int64_t>(1, (kTileRegisters - 1 - across) / across);
}

int64_t tw::chooseTileRows(int64_t rows, int64_t columns, int64_t down) {
  constexpr int64_t kSize = TileDotOp::kSize;
  int64_t across = llvm::divideCeil(columns, kSize);
  int64_t most = kSize * std::min<int64_t>(down, countTilesDown(columns));
  if (ShapedType::isDynamic(rows))
    return most;
  if (rows <= most)
    return rows;
  // In cycles of a step: one for a row of each product, and half of one for a row that is read.
  // Beside them steps cost what loops do.
  constexpr int64_t kPerStep = 4;
  auto cost = [&](int64_t tile) {
    return std::max(across * tile, (tile + across * kSize) / 2) + kPerStep;
  };
  int64_t best = most, bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t tile = most; tile >= kMinTileRows; --tile) {
    int64_t rest = rows % tile, total = rows / tile * cost(tile);
    if (tile > kSize && tile % 2 != 0)
      continue;
    if (rest != 0 && splitEvenly(rest) == splitEvenly(tile)) {
      total += cost(rest);
    } else if (rest != 0) {
      // All tiles of a task have one shape. The rows that there are of the last one are copied.
      if (splitEvenly(tile) != kSize)
        continue;
      constexpr int64_t kPerCopy = 16;
      total += cost(llvm::alignTo(rest, kSize)) + kPerCopy + rest;
    }
    if (total < bestCost) {
      best = tile;
      bestCost = total;
    }
  }
  return best;
}
