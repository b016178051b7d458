// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileVectorizer.h"

#include "dialects/Tw/DotBody.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Utils/VectorUtils.h"

using namespace mlir;
using tw::TileVectorizer;

/// Vectors that are added one after the other; shorter than for contractions, because here the
/// additions alone are what rounds.
static constexpr int64_t kLongestSum = 64;

namespace {

/// How partial results of a reduction are put together.
struct Combination {
  TypedAttr neutral;
  vector::CombiningKind kind;
  /// The operation that does it.
  StringRef name;
  ArrayRef<NamedAttribute> attributes;
};

/// Nothing where the body is not one combiner of the accumulator with a value; then `reason` says
/// why.
std::optional<Combination> matchCombination(linalg::LinalgOp op, StringRef &reason) {
  if (tw::getDotLeftFactor(op)) {
    // Sums of two products each; the sums themselves are only added.
    Type element = getElementTypeOrSelf(op->getResult(0));
    return Combination{FloatAttr::get(element, 0.0),
                       vector::CombiningKind::ADD,
                       arith::AddFOp::getOperationName(),
                       {}};
  }
  SmallVector<Operation *> combiners;
  Value contribution = matchReduction(op.getRegionOutputArgs(), 0, combiners);
  if (!contribution || combiners.size() != 1) {
    reason = "its reduction is not a single combining operation";
    return std::nullopt;
  }
  Operation *combiner = combiners.front();
  std::optional<TypedAttr> neutral = arith::getNeutralElement(combiner);
  std::optional<vector::CombiningKind> kind = linalg::getCombinerOpKind(combiner);
  if (!neutral || !kind) {
    reason = "its combining operation has no neutral element";
    return std::nullopt;
  }
  return Combination{*neutral, *kind, combiner->getName().getStringRef(), combiner->getAttrs()};
}

} // namespace

/// Lanes along a reduction loop: partial results, which start at the neutral element and are
/// combined at the end.
LogicalResult TileVectorizer::reduceLanes() {
  if (op->getNumResults() != 1)
    return refuse("a row reduction with several results has no vector form");
  StringRef why;
  std::optional<Combination> combination = matchCombination(op, why);
  if (!combination)
    return refuse(why);

  SmallVector<tw::Point> points;
  forEachPoint([&](tw::Point point) { points.push_back(point); });
  unsigned along = vector->loop;
  SmallVector<unsigned> outer;
  for (unsigned loop : reductionLoops)
    if (loop != along)
      outer.push_back(loop);

  Value start = arith::ConstantOp::create(rewriter, loc, combination->neutral);
  Value startVector = tw::toVector(rewriter, loc, start, nativeLanes);
  // Partial vectors first, then one scalar a point for what does not fill a vector.
  SmallVector<Value> values(points.size(), startVector);
  values.append(points.size(), start);
  auto body = [&](const tw::Point &loops, ValueRange current) {
    SmallVector<Value> scalars(current.drop_front(points.size()));
    SmallVector<Value> partial = reduceAlong(
        along, loops, points, llvm::to_vector(current.take_front(points.size())), scalars);
    partial.append(scalars);
    return partial;
  };
  int64_t alongSteps =
      ShapedType::isDynamic(ranges[along]) ? kLongestSum : ranges[along] / nativeLanes + 1;
  values = emitLoops(outer, tw::Point(ranges.size(), rewriter.getIndexAttr(0)), values, body,
                     chooseSumBlock(outer, std::max<int64_t>(1, kLongestSum / alongSteps)));

  OpOperand *init = op.getDpsInitOperand(0);
  auto combine = [&](Value a, Value b) {
    return rewriter
        .create(loc, rewriter.getStringAttr(combination->name), {a, b}, {a.getType()},
                combination->attributes)
        ->getResult(0);
  };
  // Lanes are combined in any order, and of zeros the largest is any of them.
  auto fast = arith::FastMathFlags::reassoc;
  if (combination->kind == vector::CombiningKind::MAXIMUMF ||
      combination->kind == vector::CombiningKind::MINIMUMF)
    fast = fast | arith::FastMathFlags::nsz;
  auto flags = arith::FastMathFlagsAttr::get(rewriter.getContext(), fast);
  SmallVector<Value> results;
  for (auto [i, point] : llvm::enumerate(points)) {
    Value total =
        isa<FloatType>(start.getType())
            ? vector::ReductionOp::create(rewriter, loc, combination->kind, values[i],
                                          flags.getValue())
                  .getResult()
            : vector::ReductionOp::create(rewriter, loc, combination->kind, values[i]).getResult();
    total = combine(total, values[points.size() + i]);
    Value initial =
        reader.read(loc, init->get(), op.getMatchingIndexingMap(init), point, std::nullopt, 1);
    results.push_back(combine(scalar(initial), total));
  }

  auto type = cast<RankedTensorType>(init->get().getType());
  tw::TileRows rows;
  if (type.getRank() == 0) {
    rows.push_back({results.front()});
  } else {
    // Points walk the result in row-major order only if its map keeps the loops' order.
    AffineMap map = op.getMatchingIndexingMap(init);
    SmallVector<Value> ordered(results.size());
    for (auto [point, value] : llvm::zip(points, results)) {
      int64_t index = 0;
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        index = index * type.getDimSize(dim) + *getConstantIntValue(point[map.getDimPosition(dim)]);
      ordered[index] = value;
    }
    int64_t columns = type.getShape().back();
    for (int64_t i = 0; i < static_cast<int64_t>(ordered.size()); i += columns) {
      tw::TileRow &row = rows.emplace_back();
      for (tw::ColumnPiece piece : tw::splitColumns(columns))
        row.push_back(vector::FromElementsOp::create(
            rewriter, loc, VectorType::get({piece.lanes}, type.getElementType()),
            ArrayRef<Value>(ordered).slice(i + piece.offset, piece.lanes)));
    }
  }
  rewriter.replaceOp(op, reader.writeRows(loc, rows, init->get()));
  return success();
}

SmallVector<Value> TileVectorizer::reduceAlong(unsigned loop, const tw::Point &loops,
                                               ArrayRef<tw::Point> points,
                                               SmallVector<Value> partial,
                                               SmallVector<Value> &scalars) {
  auto step = [&](Value position, ValueRange values, std::optional<unsigned> lane, int64_t lanes) {
    ReadCache cache;
    SmallVector<Value> next;
    for (auto [point, value] : llvm::zip(points, values)) {
      tw::Point here = atLoops(point, loops);
      here[loop] = position;
      Value accumulator = tw::toVector(rewriter, loc, value, lanes);
      next.push_back(emit(here, accumulator, lane, lanes, cache).front());
    }
    return next;
  };
  auto emitFor = [&](Value from, Value to, int64_t by, SmallVector<Value> values, bool wide) {
    Value stepValue = arith::ConstantIndexOp::create(rewriter, loc, by);
    auto forOp = scf::ForOp::create(rewriter, loc, from, to, stepValue, values,
                                    [&](OpBuilder &, Location, Value iv, ValueRange args) {
                                      SmallVector<Value> next =
                                          wide ? step(iv, args, loop, nativeLanes)
                                               : step(iv, args, std::nullopt, 1);
                                      if (!wide)
                                        for (Value &value : next)
                                          value = scalar(value);
                                      scf::YieldOp::create(rewriter, loc, next);
                                    });
    return SmallVector<Value>(forOp.getResults());
  };
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  Value size = loopSize(loop);
  Value whole;
  if (!ShapedType::isDynamic(ranges[loop])) {
    whole = arith::ConstantIndexOp::create(rewriter, loc, ranges[loop] / nativeLanes * nativeLanes);
  } else {
    Value lanesValue = arith::ConstantIndexOp::create(rewriter, loc, nativeLanes);
    Value rest = arith::RemUIOp::create(rewriter, loc, size, lanesValue);
    whole = arith::SubIOp::create(rewriter, loc, size, rest);
  }
  bool dynamic = ShapedType::isDynamic(ranges[loop]);
  int64_t block = kLongestSum * nativeLanes;
  if ((dynamic || ranges[loop] > block) && isFloatSum())
    partial =
        emitBlocks(whole, block, /*even=*/false, partial, [&](Value from, Value to, Values values) {
          return emitFor(from, to, nativeLanes, values, /*wide=*/true);
        });
  else if (dynamic || ranges[loop] >= nativeLanes)
    partial = emitFor(zero, whole, nativeLanes, partial, /*wide=*/true);
  if (dynamic || ranges[loop] % nativeLanes != 0)
    scalars = emitFor(whole, size, 1, scalars, /*wide=*/false);
  return partial;
}
