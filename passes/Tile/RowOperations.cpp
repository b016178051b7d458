// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/RowOperations.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using tw::RowBuilder;

namespace {

Value convert(OpBuilder &builder, Location loc, Value value, Type type) {
  auto from = dyn_cast<FloatType>(value.getType());
  auto to = dyn_cast<FloatType>(type);
  if (!from || !to || from == to)
    return value;
  if (from.getWidth() < to.getWidth())
    return arith::ExtFOp::create(builder, loc, to, value);
  return arith::TruncFOp::create(builder, loc, to, value);
}

} // namespace

RowBuilder::RowBuilder(OpBuilder &builder, Location loc, Value tile, ArrayRef<bool> reduced)
    : builder(builder), loc(loc), tile(tile), reduced(reduced) {
  auto element = cast<FloatType>(cast<RankedTensorType>(tile.getType()).getElementType());
  wide = element.getWidth() < 32 ? builder.getF32Type() : element;
  SmallVector<AffineExpr> rowDims, inRowDims;
  for (auto [dim, isReduced] : llvm::enumerate(reduced))
    (isReduced ? inRowDims : rowDims).push_back(builder.getAffineDimExpr(dim));
  tileMap = builder.getMultiDimIdentityMap(reduced.size());
  rowMap = AffineMap::get(reduced.size(), 0, rowDims, builder.getContext());
  inRowMap = AffineMap::get(reduced.size(), 0, inRowDims, builder.getContext());
}

Value RowBuilder::constant(double value) {
  return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(wide, value));
}

Value RowBuilder::emptyTile() {
  return tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, tile), wide);
}

Value RowBuilder::emptyRows() {
  SmallVector<OpFoldResult> sizes;
  for (auto [size, isReduced] : llvm::zip_equal(tensor::getMixedSizes(builder, loc, tile), reduced))
    if (!isReduced)
      sizes.push_back(size);
  return tensor::EmptyOp::create(builder, loc, sizes, wide);
}

Value RowBuilder::getRowLength() {
  auto type = cast<RankedTensorType>(tile.getType());
  int64_t length = 1;
  Value dynamic;
  for (auto [dim, isReduced] : llvm::enumerate(reduced)) {
    if (!isReduced)
      continue;
    if (!type.isDynamicDim(dim)) {
      length *= type.getDimSize(dim);
      continue;
    }
    Value size = tensor::DimOp::create(builder, loc, tile, dim);
    dynamic = dynamic ? Value(arith::MulIOp::create(builder, loc, dynamic, size)) : size;
  }
  if (!dynamic)
    return constant(length);
  Value scaled = arith::MulIOp::create(builder, loc, dynamic,
                                       arith::ConstantIndexOp::create(builder, loc, length));
  Value integer = arith::IndexCastOp::create(builder, loc, builder.getI64Type(), scaled);
  return arith::SIToFPOp::create(builder, loc, wide, integer);
}

Value RowBuilder::reduce(ValueRange inputs, ArrayRef<AffineMap> maps, double neutral, Body body,
                         Body combine) {
  Value init = linalg::FillOp::create(builder, loc, constant(neutral), emptyRows()).getResult(0);
  SmallVector<utils::IteratorType> iterators;
  for (bool isReduced : reduced)
    iterators.push_back(isReduced ? utils::IteratorType::reduction : utils::IteratorType::parallel);
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(rowMap);
  auto emit = [&](OpBuilder &b, Location l, ValueRange arguments) {
    SmallVector<Value> values;
    for (Value argument : arguments.drop_back())
      values.push_back(convert(b, l, argument, wide));
    Value element = body(b, l, values);
    linalg::YieldOp::create(b, l, combine(b, l, {element, arguments.back()}));
  };
  return linalg::GenericOp::create(builder, loc, init.getType(), inputs, init, allMaps, iterators,
                                   emit)
      .getResult(0);
}

Value RowBuilder::combineRows(ValueRange rows, Value init, bool readInit, Body body) {
  int64_t rank = rowMap.getNumResults();
  SmallVector<AffineMap> maps(rows.size() + 1, builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto emit = [&](OpBuilder &b, Location l, ValueRange arguments) {
    linalg::YieldOp::create(b, l, body(b, l, readInit ? arguments : arguments.drop_back()));
  };
  return linalg::GenericOp::create(builder, loc, init.getType(), rows, init, maps, iterators, emit)
      .getResult(0);
}

Value RowBuilder::mapRows(ValueRange rows, Body body) {
  return combineRows(rows, emptyRows(), /*readInit=*/false, body);
}

Value RowBuilder::updateRows(ValueRange rows, Value init, Body body) {
  return combineRows(rows, init, /*readInit=*/true, body);
}

Value RowBuilder::fillRows(double value) {
  return linalg::FillOp::create(builder, loc, constant(value), emptyRows()).getResult(0);
}

Value RowBuilder::combineTile(ValueRange inputs, ArrayRef<AffineMap> maps, Value init,
                              bool readInit, Body body) {
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(tileMap);
  SmallVector<utils::IteratorType> iterators(reduced.size(), utils::IteratorType::parallel);
  auto emit = [&](OpBuilder &b, Location l, ValueRange arguments) {
    SmallVector<Value> values;
    for (Value argument : readInit ? arguments : arguments.drop_back())
      values.push_back(convert(b, l, argument, wide));
    linalg::YieldOp::create(b, l, convert(b, l, body(b, l, values), arguments.back().getType()));
  };
  return linalg::GenericOp::create(builder, loc, init.getType(), inputs, init, allMaps, iterators,
                                   emit)
      .getResult(0);
}

Value RowBuilder::mapTile(ValueRange inputs, ArrayRef<AffineMap> maps, Value init, Body body) {
  return combineTile(inputs, maps, init, /*readInit=*/false, body);
}

Value RowBuilder::updateTile(ValueRange inputs, ArrayRef<AffineMap> maps, Value init, Body body) {
  return combineTile(inputs, maps, init, /*readInit=*/true, body);
}

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static Value getFirst(OpBuilder &, Location, ValueRange v) { return v[0]; }

Value tw::buildRowMaxima(RowBuilder &rows, Value x) {
  return rows.reduce(x, rows.getTileMap(), -kInfinity, getFirst,
                     [](OpBuilder &b, Location l, ValueRange v) -> Value {
                       return arith::MaximumFOp::create(b, l, v[0], v[1]);
                     });
}

Value tw::buildRowSums(RowBuilder &rows, Value x) {
  return rows.reduce(x, rows.getTileMap(), 0.0, getFirst,
                     [](OpBuilder &b, Location l, ValueRange v) -> Value {
                       return arith::AddFOp::create(b, l, v[0], v[1]);
                     });
}

Value tw::buildFiniteMaxima(RowBuilder &rows, Value maxima) {
  Value zero = rows.constant(0.0), lowest = rows.constant(-kInfinity);
  return rows.mapRows(maxima, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
    Value masked = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, v[0], lowest);
    return arith::SelectOp::create(b, l, masked, zero, v[0]);
  });
}

Value tw::buildExponential(OpBuilder &builder, Location loc, Value x, Negligible negligible) {
  auto flags =
      negligible == Negligible::Drop ? arith::FastMathFlags::afn : arith::FastMathFlags::none;
  return math::ExpOp::create(builder, loc, x, flags);
}

Value tw::buildExponentials(RowBuilder &rows, Value x, Value shift, Value init, double factor,
                            Negligible negligible) {
  Value scale = factor == 1.0 ? Value() : rows.constant(factor);
  auto body = [&](OpBuilder &b, Location l, ValueRange v) -> Value {
    Value shifted = arith::SubFOp::create(b, l, v[1], v[0]);
    if (scale)
      shifted = arith::MulFOp::create(b, l, shifted, scale);
    return buildExponential(b, l, shifted, negligible);
  };
  if (init == x)
    return rows.updateTile(shift, rows.getRowMap(), init, body);
  return rows.mapTile({shift, x}, {rows.getRowMap(), rows.getTileMap()}, init, body);
}

Value tw::buildReciprocals(RowBuilder &rows, Value sums, bool zeroMaskedRows) {
  Value zero = rows.constant(0.0), one = rows.constant(1.0);
  return rows.mapRows(sums, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
    Value reciprocal = arith::DivFOp::create(b, l, one, v[0]);
    if (!zeroMaskedRows)
      return reciprocal;
    // A row with anything in it sums to 1 or more.
    Value masked = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ, v[0], zero);
    return arith::SelectOp::create(b, l, masked, zero, reciprocal);
  });
}

tw::RowExponentials tw::buildRowExponentials(RowBuilder &rows, Value x, Value init, double factor,
                                             bool zeroMaskedRows, Negligible negligible) {
  Value maxima = buildRowMaxima(rows, x);
  if (zeroMaskedRows)
    maxima = buildFiniteMaxima(rows, maxima);
  Value exponentials = buildExponentials(rows, x, maxima, init, factor, negligible);
  return {exponentials, buildReciprocals(rows, buildRowSums(rows, exponentials), zeroMaskedRows)};
}

Value tw::buildLogarithms(RowBuilder &rows, Value x, Value init) {
  Value maxima = buildRowMaxima(rows, x);
  AffineMap tileMap = rows.getTileMap(), rowMap = rows.getRowMap();
  Value sums = rows.reduce(
      {x, maxima}, {tileMap, rowMap}, 0.0,
      [](OpBuilder &b, Location l, ValueRange v) -> Value {
        return buildExponential(b, l, arith::SubFOp::create(b, l, v[0], v[1]), Negligible::Drop);
      },
      [](OpBuilder &b, Location l, ValueRange v) -> Value {
        return arith::AddFOp::create(b, l, v[0], v[1]);
      });
  Value logs = rows.mapRows(sums, [](OpBuilder &b, Location l, ValueRange v) -> Value {
    return math::LogOp::create(b, l, v[0]);
  });
  // In this order: the difference of x and its maximum is exact where the result is near 0.
  return rows.mapTile({x, maxima, logs}, {tileMap, rowMap, rowMap}, init,
                      [](OpBuilder &b, Location l, ValueRange v) -> Value {
                        Value shifted = arith::SubFOp::create(b, l, v[0], v[1]);
                        return arith::SubFOp::create(b, l, shifted, v[2]);
                      });
}
