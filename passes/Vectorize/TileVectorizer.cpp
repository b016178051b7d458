// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileVectorizer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/Vector/Utils/VectorUtils.h"
#include "passes/Vectorize/BodyVectorizer.h"

using namespace mlir;
using tw::TileVectorizer;

/// More points than this are a mistake in the schedule; straight code for them would explode.
static constexpr int64_t kMaxPoints = 512;
/// Native vectors along one row of a fill; a register tile has fewer.
static constexpr int64_t kMaxVectors = 16;

/// Rows of a result: points of all its dimensions but the last.
static int64_t countRows(RankedTensorType type) {
  return type.getRank() == 0 ? 1 : ShapedType::getNumElements(type.getShape().drop_back());
}

LogicalResult TileVectorizer::refuse(const Twine &why) {
  reason = why.str();
  return failure();
}

LogicalResult TileVectorizer::run() {
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

bool TileVectorizer::checkResultMap(AffineMap map) {
  return map.isProjectedPermutation() && map.getNumResults() == op.getNumParallelLoops();
}

LogicalResult TileVectorizer::fill() {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (type.getRank() > 0 &&
      (type.getShape().back() > kMaxVectors * nativeLanes ||
       type.getNumElements() / std::max<int64_t>(1, type.getShape().back()) > kMaxPoints))
    return refuse("it fills more than a register tile");
  rewriter.setInsertionPoint(op);
  Value value = op.getDpsInputOperand(0)->get();
  tw::TileRow row;
  if (type.getRank() == 0)
    row.push_back(value);
  else
    for (tw::ColumnPiece piece : tw::splitColumns(type.getShape().back()))
      row.push_back(tw::toVector(rewriter, loc, value, piece.lanes));
  tw::TileRows rows(countRows(type), row);
  rewriter.replaceOp(op, reader.writeRows(loc, rows, op.getDpsInitOperand(0)->get()));
  return success();
}

void TileVectorizer::forEachPoint(function_ref<void(tw::Point)> visit) {
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

Value TileVectorizer::readInput(OpOperand *input, const tw::Point &point,
                                std::optional<unsigned> lane, int64_t lanes, ReadCache &cache) {
  if (!isa<RankedTensorType>(input->get().getType()))
    return input->get(); // a scalar operand
  if (std::optional<unsigned> along = getTransposedLoop(input, lane, lanes))
    return readTransposed(input, point, *lane, *along, lanes, cache);
  AffineMap map = op.getMatchingIndexingMap(input);
  Value &value = cache.values[{input, getKey(map, point)}];
  if (!value)
    value = reader.read(loc, widened.lookup_or(input, input->get()), map, point, lane, lanes);
  return value;
}

Attribute TileVectorizer::getKey(AffineMap map, const tw::Point &point,
                                 std::optional<unsigned> except) {
  SmallVector<Attribute> key;
  for (auto [loop, index] : llvm::enumerate(point))
    if (map.isFunctionOfDim(loop) && loop != except)
      if (auto constant = dyn_cast<Attribute>(index))
        key.push_back(constant);
  return rewriter.getArrayAttr(key);
}

TileVectorizer::Values TileVectorizer::emit(const tw::Point &point, ValueRange accumulators,
                                            std::optional<unsigned> lane, int64_t lanes,
                                            ReadCache &cache) {
  SmallVector<Value> arguments;
  for (OpOperand *input : op.getDpsInputOperands())
    arguments.push_back(op.payloadUsesValueFromOperand(input)
                            ? readInput(input, point, lane, lanes, cache)
                            : Value());
  // An unread input still needs a value of the right type for the mapping; it has no use.
  for (auto [argument, input] : llvm::zip(arguments, op.getDpsInputOperands()))
    if (!argument)
      argument = isa<RankedTensorType>(input->get().getType()) ? Value(input->get()) : input->get();
  llvm::append_range(arguments, accumulators);
  return tw::emitBody(rewriter, op, arguments, point, lane, lanes, !reductionLoops.empty());
}

Value TileVectorizer::store(OpOperand *init, ArrayRef<std::pair<tw::Point, Value>> values) {
  auto type = cast<RankedTensorType>(init->get().getType());
  AffineMap map = op.getMatchingIndexingMap(init);
  tw::TileRows rows(countRows(type));
  for (auto &[point, value] : values) {
    int64_t row = 0;
    for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
      row = row * type.getDimSize(dim) + *getConstantIntValue(point[map.getDimPosition(dim)]);
    rows[row].push_back(type.getRank() == 0 ? scalar(value) : value);
  }
  return reader.writeRows(loc, rows, init->get());
}

Value TileVectorizer::scalar(Value value) {
  return isa<VectorType>(value.getType())
             ? Value(vector::ExtractOp::create(rewriter, loc, value, 0))
             : value;
}

tw::Point TileVectorizer::atLoops(const Point &point, const Point &loops) {
  Point result = point;
  for (unsigned loop : reductionLoops)
    result[loop] = loops[loop];
  return result;
}
