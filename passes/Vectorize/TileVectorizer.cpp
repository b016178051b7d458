// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileVectorizer.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Utils/VectorUtils.h"
#include "passes/Schedule/VectorDimension.h"
#include "passes/Vectorize/BodyVectorizer.h"

using namespace mlir;

namespace {

/// More points than this are a mistake in the schedule; straight code for them would explode.
constexpr int64_t kMaxPoints = 512;
/// Native vectors along one row of a fill; a register tile has fewer.
constexpr int64_t kMaxVectors = 16;

struct TileVectorizer {
  IRRewriter &rewriter;
  linalg::LinalgOp op;
  tw::TileReader &reader;
  int64_t nativeLanes;
  std::string &reason;

  Location loc = op.getLoc();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  SmallVector<Range> domain; // sizes of dynamic reduction loops
  std::optional<tw::VectorDimension> vector;
  SmallVector<unsigned> pointLoops, reductionLoops;

  LogicalResult refuse(const Twine &why) {
    reason = why.str();
    return failure();
  }

  LogicalResult run() {
    if (!op.hasPureTensorSemantics() || op->getNumResults() == 0)
      return refuse("it is not on tensors");
    for (auto [loop, kind] : llvm::enumerate(kinds))
      if (kind == utils::IteratorType::parallel && ShapedType::isDynamic(ranges[loop]))
        return refuse("parallel loop " + Twine(loop) + " has a dynamic size");
    for (OpOperand &init : op.getDpsInitsMutable())
      if (!cast<RankedTensorType>(init.get().getType()).hasStaticShape())
        return refuse("its result has a dynamic shape");
    if (isa<linalg::FillOp>(op))
      return fill();
    vector = tw::getVectorDimension(op);
    for (OpOperand &init : op.getDpsInitsMutable())
      if (!checkResultMap(op.getMatchingIndexingMap(&init)))
        return refuse("a result is not written through a permutation of the parallel loops");
    int64_t points = 1;
    for (auto [loop, kind] : llvm::enumerate(kinds)) {
      if (kind == utils::IteratorType::reduction)
        reductionLoops.push_back(loop);
      else if (!vector || vector->isReduction || vector->loop != loop) {
        pointLoops.push_back(loop);
        points *= ranges[loop];
      }
    }
    if (points > kMaxPoints)
      return refuse("the tile has " + Twine(points) + " points; a register tile has at most " +
                    Twine(kMaxPoints));
    if (llvm::is_contained(ranges, 0))
      return refuse("it has no elements");
    rewriter.setInsertionPoint(op);
    if (!reductionLoops.empty())
      domain = cast<TilingInterface>(op.getOperation()).getIterationDomain(rewriter);
    rewriter.setInsertionPoint(op);
    if (vector && vector->isReduction)
      return reduceLanes();
    return computeColumns();
  }

  bool checkResultMap(AffineMap map) {
    return map.isProjectedPermutation() && map.getNumResults() == op.getNumParallelLoops();
  }

  LogicalResult fill() {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getRank() > 0 &&
        (type.getShape().back() > kMaxVectors * nativeLanes ||
         type.getNumElements() / std::max<int64_t>(1, type.getShape().back()) > kMaxPoints))
      return refuse("it fills more than a register tile");
    rewriter.setInsertionPoint(op);
    Value value = op.getDpsInputOperand(0)->get();
    tw::TileRows rows;
    if (type.getRank() == 0)
      rows.push_back(value);
    else
      rows.assign(ShapedType::getNumElements(type.getShape().drop_back()),
                  tw::toVector(rewriter, loc, value, type.getShape().back()));
    rewriter.replaceOp(op, reader.writeRows(loc, rows, op.getDpsInitOperand(0)->get()));
    return success();
  }

  /// Calls `visit` for every point of the tile, the last loop fastest, with reduction loops at 0.
  void forEachPoint(function_ref<void(tw::Point)> visit) {
    int64_t count = 1;
    for (unsigned loop : pointLoops)
      count *= ranges[loop];
    for (int64_t i = 0; i < count; ++i) {
      tw::Point point(ranges.size(), rewriter.getIndexAttr(0));
      int64_t rest = i;
      for (unsigned loop : llvm::reverse(pointLoops)) {
        point[loop] = rewriter.getIndexAttr(rest % ranges[loop]);
        rest /= ranges[loop];
      }
      visit(point);
    }
  }

  /// Values of the inputs at `point`; one read for points that share it.
  struct ReadCache {
    DenseMap<std::pair<OpOperand *, Attribute>, Value> values;
  };
  Value readInput(OpOperand *input, const tw::Point &point, std::optional<unsigned> lane,
                  int64_t lanes, ReadCache &cache) {
    if (!isa<RankedTensorType>(input->get().getType()))
      return input->get(); // a scalar operand
    AffineMap map = op.getMatchingIndexingMap(input);
    SmallVector<Attribute> key;
    for (auto [loop, index] : llvm::enumerate(point))
      if (map.isFunctionOfDim(loop))
        if (auto constant = dyn_cast<Attribute>(index))
          key.push_back(constant);
    Value &value = cache.values[{input, rewriter.getArrayAttr(key)}];
    if (!value)
      value = reader.read(loc, input->get(), map, point, lane, lanes);
    return value;
  }

  SmallVector<Value> emit(const tw::Point &point, ValueRange accumulators,
                          std::optional<unsigned> lane, int64_t lanes, ReadCache &cache) {
    SmallVector<Value> arguments;
    for (OpOperand *input : op.getDpsInputOperands())
      arguments.push_back(op.payloadUsesValueFromOperand(input)
                              ? readInput(input, point, lane, lanes, cache)
                              : Value());
    // An unread input still needs a value of the right type for the mapping; it has no use.
    for (auto [argument, input] : llvm::zip(arguments, op.getDpsInputOperands()))
      if (!argument)
        argument =
            isa<RankedTensorType>(input->get().getType()) ? Value(input->get()) : input->get();
    llvm::append_range(arguments, accumulators);
    return tw::emitBody(rewriter, op, arguments, point, lane, lanes, !reductionLoops.empty());
  }

  Value loopSize(unsigned loop) {
    return getValueOrCreateConstantIndexOp(rewriter, loc, domain[loop].size);
  }

  /// Nested loops over `loops` with the given step for the innermost; `body` gets the point with
  /// the loop variables set.
  SmallVector<Value>
  emitLoops(ArrayRef<unsigned> loops, tw::Point base, SmallVector<Value> values,
            function_ref<SmallVector<Value>(const tw::Point &, ValueRange)> body) {
    if (loops.empty())
      return body(base, values);
    unsigned loop = loops.front();
    if (ranges[loop] == 1)
      return emitLoops(loops.drop_front(), base, values, body);
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    auto forOp = scf::ForOp::create(rewriter, loc, zero, loopSize(loop), one, values,
                                    [&](OpBuilder &, Location, Value iv, ValueRange args) {
                                      tw::Point point = base;
                                      point[loop] = iv;
                                      SmallVector<Value> results = emitLoops(
                                          loops.drop_front(), point, llvm::to_vector(args), body);
                                      scf::YieldOp::create(rewriter, loc, results);
                                    });
    return SmallVector<Value>(forOp.getResults());
  }

  tw::Point atLoops(const tw::Point &point, const tw::Point &loops) {
    tw::Point result = point;
    for (unsigned loop : reductionLoops)
      result[loop] = loops[loop];
    return result;
  }

  /// Lanes along columns of the result (or none for rank 0): one accumulator vector a point and
  /// a result.
  LogicalResult computeColumns() {
    std::optional<unsigned> lane;
    int64_t lanes = 1;
    if (vector) {
      lane = vector->loop;
      lanes = ranges[*lane];
    }
    SmallVector<tw::Point> points;
    forEachPoint([&](tw::Point point) { points.push_back(point); });
    SmallVector<Value> accumulators;
    for (const tw::Point &point : points)
      for (OpOperand &init : op.getDpsInitsMutable())
        accumulators.push_back(
            op.payloadUsesValueFromOperand(&init)
                ? tw::toVector(rewriter, loc,
                               reader.read(loc, init.get(), op.getMatchingIndexingMap(&init), point,
                                           lane, lanes),
                               lanes)
                : init.get());
    unsigned results = op->getNumResults();
    auto body = [&](const tw::Point &loops, ValueRange values) {
      SmallVector<Value> next;
      ReadCache cache;
      for (auto [i, point] : llvm::enumerate(points))
        llvm::append_range(next, emit(atLoops(point, loops), values.slice(i * results, results),
                                      lane, lanes, cache));
      return next;
    };
    accumulators = emitLoops(reductionLoops, tw::Point(ranges.size(), rewriter.getIndexAttr(0)),
                             accumulators, body);
    SmallVector<Value> replacements;
    for (unsigned result = 0; result < results; ++result) {
      SmallVector<std::pair<tw::Point, Value>> values;
      for (auto [i, point] : llvm::enumerate(points))
        values.emplace_back(point, accumulators[i * results + result]);
      replacements.push_back(store(op.getDpsInitOperand(result), values));
    }
    rewriter.replaceOp(op, replacements);
    return success();
  }

  /// Writes one vector a point (lanes along the result's last dimension).
  Value store(OpOperand *init, ArrayRef<std::pair<tw::Point, Value>> values) {
    auto type = cast<RankedTensorType>(init->get().getType());
    AffineMap map = op.getMatchingIndexingMap(init);
    int64_t count =
        type.getRank() == 0 ? 1 : ShapedType::getNumElements(type.getShape().drop_back());
    tw::TileRows rows(count);
    for (auto &[point, value] : values) {
      int64_t row = 0;
      for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
        row = row * type.getDimSize(dim) + *getConstantIntValue(point[map.getDimPosition(dim)]);
      rows[row] = type.getRank() == 0 ? scalar(value) : value;
    }
    return reader.writeRows(loc, rows, init->get());
  }

  Value scalar(Value value) {
    return isa<VectorType>(value.getType())
               ? Value(vector::ExtractOp::create(rewriter, loc, value, 0))
               : value;
  }

  LogicalResult reduceLanes();
  SmallVector<Value> reduceAlong(unsigned loop, const tw::Point &loops, ArrayRef<tw::Point> points,
                                 SmallVector<Value> partial, Operation *combiner,
                                 SmallVector<Value> &scalars);
};

} // namespace

/// Lanes along a reduction loop: partial results, combined at the end. Needs a body that is one
/// combiner of the accumulator with a value, so that partial results can start at the neutral
/// element.
LogicalResult TileVectorizer::reduceLanes() {
  if (op->getNumResults() != 1)
    return refuse("a row reduction with several results has no vector form");
  SmallVector<Operation *> combiners;
  Value contribution = matchReduction(op.getRegionOutputArgs(), 0, combiners);
  if (!contribution || combiners.size() != 1)
    return refuse("its reduction is not a single combining operation");
  Operation *combiner = combiners.front();
  std::optional<TypedAttr> neutral = arith::getNeutralElement(combiner);
  std::optional<vector::CombiningKind> kind = linalg::getCombinerOpKind(combiner);
  if (!neutral || !kind)
    return refuse("its combining operation has no neutral element");

  SmallVector<tw::Point> points;
  forEachPoint([&](tw::Point point) { points.push_back(point); });
  unsigned along = vector->loop;
  SmallVector<unsigned> outer;
  for (unsigned loop : reductionLoops)
    if (loop != along)
      outer.push_back(loop);

  Value start = arith::ConstantOp::create(rewriter, loc, *neutral);
  Value startVector = tw::toVector(rewriter, loc, start, nativeLanes);
  // Partial vectors first, then one scalar a point for what does not fill a vector.
  SmallVector<Value> values(points.size(), startVector);
  values.append(points.size(), start);
  auto body = [&](const tw::Point &loops, ValueRange current) {
    SmallVector<Value> scalars(current.drop_front(points.size()));
    SmallVector<Value> partial =
        reduceAlong(along, loops, points, llvm::to_vector(current.take_front(points.size())),
                    combiner, scalars);
    partial.append(scalars);
    return partial;
  };
  values = emitLoops(outer, tw::Point(ranges.size(), rewriter.getIndexAttr(0)), values, body);

  OpOperand *init = op.getDpsInitOperand(0);
  auto combine = [&](Value a, Value b) {
    return rewriter
        .create(loc, combiner->getName().getIdentifier(), {a, b}, {a.getType()},
                combiner->getAttrs())
        ->getResult(0);
  };
  auto flags = arith::FastMathFlagsAttr::get(rewriter.getContext(), arith::FastMathFlags::reassoc);
  SmallVector<Value> results;
  for (auto [i, point] : llvm::enumerate(points)) {
    Value total =
        isa<FloatType>(start.getType())
            ? vector::ReductionOp::create(rewriter, loc, *kind, values[i], flags.getValue())
                  .getResult()
            : vector::ReductionOp::create(rewriter, loc, *kind, values[i]).getResult();
    total = combine(total, values[points.size() + i]);
    Value initial =
        reader.read(loc, init->get(), op.getMatchingIndexingMap(init), point, std::nullopt, 1);
    results.push_back(combine(scalar(initial), total));
  }

  auto type = cast<RankedTensorType>(init->get().getType());
  tw::TileRows rows;
  if (type.getRank() == 0) {
    rows = results;
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
    auto rowType = VectorType::get({columns}, type.getElementType());
    for (int64_t i = 0; i < static_cast<int64_t>(ordered.size()); i += columns)
      rows.push_back(vector::FromElementsOp::create(rewriter, loc, rowType,
                                                    ArrayRef<Value>(ordered).slice(i, columns)));
  }
  rewriter.replaceOp(op, reader.writeRows(loc, rows, init->get()));
  return success();
}

SmallVector<Value> TileVectorizer::reduceAlong(unsigned loop, const tw::Point &loops,
                                               ArrayRef<tw::Point> points,
                                               SmallVector<Value> partial, Operation *combiner,
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
  if (ShapedType::isDynamic(ranges[loop]) || ranges[loop] >= nativeLanes)
    partial = emitFor(zero, whole, nativeLanes, partial, /*wide=*/true);
  if (ShapedType::isDynamic(ranges[loop]) || ranges[loop] % nativeLanes != 0)
    scalars = emitFor(whole, size, 1, scalars, /*wide=*/false);
  return partial;
}

LogicalResult tw::vectorizeTile(IRRewriter &rewriter, linalg::LinalgOp op, TileReader &reader,
                                int64_t lanes, std::string &reason) {
  return TileVectorizer{rewriter, op, reader, lanes, reason}.run();
}
