// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/TileDotLoops.h"

#include "dialects/Tw/DotBody.h"
#include "passes/Schedule/VectorDimension.h"

using namespace mlir;

/// The dimension of an operand accessed through `map` whose index is `loop` plus other loops, if
/// no other dimension depends on it.
static std::optional<unsigned> getUnitStrideDim(AffineMap map, unsigned loop) {
  std::optional<unsigned> found;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(loop))
      continue;
    AffineExpr rest = expr - getAffineDimExpr(loop, map.getContext());
    if (found || simplifyAffineExpr(rest, map.getNumDims(), 0).isFunctionOfDim(loop))
      return std::nullopt;
    found = dim;
  }
  return found;
}

static bool isDim(AffineMap map, int64_t fromEnd, unsigned loop) {
  auto expr = dyn_cast<AffineDimExpr>(map.getResult(map.getNumResults() - fromEnd));
  return expr && expr.getPosition() == loop;
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
  if (!rhs.isProjectedPermutation() || !isDim(rhs, 1, loops.columnLoop) ||
      !isDim(rhs, 2, loops.wordLoop) ||
      llvm::any_of(lhs.getResults().drop_back(),
                   [&](AffineExpr expr) { return expr.isFunctionOfDim(loops.wordLoop); }))
    return refuse("the right operand is not read as words by columns");

  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // Rows: the innermost loop of the result, but for the columns, that has enough of them.
  for (AffineExpr expr : llvm::reverse(result.getResults())) {
    loops.rowLoop = cast<AffineDimExpr>(expr).getPosition();
    int64_t rows = ranges[loops.rowLoop];
    if (loops.rowLoop == loops.columnLoop || rhs.isFunctionOfDim(loops.rowLoop) ||
        (!ShapedType::isDynamic(rows) && rows < kMinTileRows))
      continue;
    std::optional<unsigned> dim = getUnitStrideDim(lhs, loops.rowLoop);
    if (!dim)
      continue;
    loops.lhsRowDim = *dim;
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
  return refuse("it has few rows, or they are not read one after the other");
}

int64_t tw::chooseTileRows(int64_t rows, int64_t columns) {
  int64_t most = columns <= 2 * TileDotOp::kSize ? kTileRows : TileDotOp::kSize;
  return ShapedType::isDynamic(rows) ? most : std::min(rows, most);
}
