// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/DotBody.h"
#include "passes/Vectorize/PaddedColumns.h"
#include "passes/Vectorize/TileVectorizer.h"

using namespace mlir;
using tw::TileVectorizer;

/// Products that are added one after the other. The rounding error of a sum grows with its length:
/// libraries cut theirs at about this many for the sake of their caches, and so are as exact.
static constexpr int64_t kLongestSum = 256;
/// The same for sums of numbers that are read: memory is slower than shorter blocks are, and
/// libraries add those up pairwise.
static constexpr int64_t kLongestPlainSum = 32;

SmallVector<tw::ColumnPiece, 2> TileVectorizer::chooseSumPieces(ArrayRef<tw::ColumnPiece> columns) {
  SmallVector<tw::ColumnPiece, 2> pieces(columns);
  int64_t whole = ranges[vector->loop] / nativeLanes * nativeLanes, width = whole + nativeLanes;
  // One piece that is narrow takes no longer than a whole vector.
  auto isWhole = [&](tw::ColumnPiece piece) { return piece.offset < whole; };
  if (reductionLoops.empty() || llvm::count_if(pieces, std::not_fn(isWhole)) < 2 ||
      (!isFloatSum() && !tw::getDotLeftFactor(op)))
    return pieces;
  SmallVector<OpOperand *> inputs;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!map.isFunctionOfDim(vector->loop))
      continue;
    if (!map.isProjectedPermutation() ||
        map.getResults().back() != rewriter.getAffineDimExpr(vector->loop) ||
        !tw::hasColumns(input->get(), width))
      return pieces;
    inputs.push_back(input);
  }
  for (OpOperand *input : inputs)
    widened[input] = tw::widenColumns(rewriter, input->get(), width);
  llvm::erase_if(pieces, std::not_fn(isWhole));
  pieces.push_back({whole, nativeLanes});
  return pieces;
}

/// Lanes along columns of the result (or none for rank 0): one accumulator vector for each result,
/// point and piece of the columns.
LogicalResult TileVectorizer::computeColumns() {
  std::optional<unsigned> lane;
  SmallVector<tw::ColumnPiece, 2> pieces = {{0, 1}}, sumPieces = pieces;
  if (vector) {
    lane = vector->loop;
    pieces = tw::splitColumns(ranges[*lane]);
    sumPieces = chooseSumPieces(pieces);
  }
  auto at = [&](tw::Point point, tw::ColumnPiece piece) {
    if (lane)
      point[*lane] = rewriter.getIndexAttr(piece.offset);
    return point;
  };
  SmallVector<tw::Point> points;
  SmallVector<std::pair<tw::Point, int64_t>> places; // where lanes begin, and how many
  forEachPoint([&](tw::Point point) {
    points.push_back(point);
    for (tw::ColumnPiece piece : sumPieces)
      places.emplace_back(at(point, piece), piece.lanes);
  });
  SmallVector<Value> accumulators; // for each result, those of all places
  for (OpOperand &init : op.getDpsInitsMutable())
    for (const tw::Point &point : points) {
      tw::TileRow row;
      for (tw::ColumnPiece piece : pieces)
        row.push_back(
            op.payloadUsesValueFromOperand(&init)
                ? tw::toVector(rewriter, loc,
                               reader.read(loc, init.get(), op.getMatchingIndexingMap(&init),
                                           at(point, piece), lane, piece.lanes),
                               piece.lanes)
                : init.get());
      llvm::append_range(accumulators,
                         widened.empty() ? row
                                         : tw::changePieces(rewriter, loc, row, pieces, sumPieces));
    }
  unsigned results = op->getNumResults();
  auto body = [&](const tw::Point &loops, ValueRange values) {
    SmallVector<Value> next(values.size());
    ReadCache cache;
    for (auto [i, place] : llvm::enumerate(places)) {
      SmallVector<Value> sums;
      for (unsigned result = 0; result < results; ++result)
        sums.push_back(values[result * places.size() + i]);
      Values emitted = emit(atLoops(place.first, loops), sums, lane, place.second, cache);
      for (auto [result, value] : llvm::enumerate(emitted))
        next[result * places.size() + i] = value;
    }
    return next;
  };
  int64_t longest = op.getNumDpsInputs() > 1 ? kLongestSum : kLongestPlainSum;
  accumulators = emitLoops(reductionLoops, tw::Point(ranges.size(), rewriter.getIndexAttr(0)),
                           accumulators, body, chooseSumBlock(reductionLoops, longest));
  SmallVector<Value> replacements;
  ValueRange sums = accumulators;
  for (OpOperand &init : op.getDpsInitsMutable()) {
    SmallVector<std::pair<tw::Point, Value>> values;
    for (const tw::Point &point : points) {
      tw::TileRow row(sums.take_front(sumPieces.size()));
      sums = sums.drop_front(sumPieces.size());
      if (!widened.empty())
        row = tw::changePieces(rewriter, loc, row, sumPieces, pieces);
      for (auto [piece, value] : llvm::zip_equal(pieces, row))
        values.emplace_back(at(point, piece), value);
    }
    replacements.push_back(store(&init, values));
  }
  rewriter.replaceOp(op, replacements);
  return success();
}
