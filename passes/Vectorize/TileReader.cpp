// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileReader.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

Value tw::toVector(OpBuilder &builder, Location loc, Value value, int64_t lanes) {
  if (isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(builder, loc, VectorType::get({lanes}, value.getType()),
                                     value);
}

SmallVector<tw::ColumnPiece, 2> tw::splitColumns(int64_t columns) {
  SmallVector<ColumnPiece, 2> pieces;
  for (int64_t offset = 0; offset < columns;) {
    int64_t lanes = llvm::bit_floor(static_cast<uint64_t>(columns - offset));
    pieces.push_back({offset, lanes});
    offset += lanes;
  }
  return pieces;
}

SmallVector<OpFoldResult> tw::TileReader::indicesAt(Location loc, AffineMap map,
                                                    const Point &point) {
  SmallVector<OpFoldResult> indices;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    indices.push_back(
        affine::makeComposedFoldedAffineApply(builder, loc, map.getSubMap({i}), point));
  return indices;
}

Value tw::TileReader::extract(Location loc, Value tensor, ArrayRef<OpFoldResult> indices) {
  return tensor::ExtractOp::create(builder, loc, tensor,
                                   getValueOrCreateConstantIndexOp(builder, loc, indices));
}

const tw::TileRows *tw::TileReader::lookup(Value tensor) const {
  auto it = known.find(tensor);
  return it == known.end() ? nullptr : &it->second;
}

/// Offset of `lane` steps along the loop that `expr` adds to an index, if it is linear in it.
static std::optional<int64_t> getLaneStride(AffineExpr expr, unsigned lane) {
  if (!expr.isFunctionOfDim(lane))
    return 0;
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return 1;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return std::nullopt;
  std::optional<int64_t> lhs = getLaneStride(binary.getLHS(), lane);
  std::optional<int64_t> rhs = getLaneStride(binary.getRHS(), lane);
  if (!lhs || !rhs)
    return std::nullopt;
  if (binary.getKind() == AffineExprKind::Add)
    return *lhs + *rhs;
  if (binary.getKind() == AffineExprKind::Mul && *rhs == 0)
    if (auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      return *lhs * factor.getValue();
  return std::nullopt;
}

Value tw::TileReader::read(Location loc, Value tensor, AffineMap map, const Point &point,
                           std::optional<unsigned> lane, int64_t lanes) {
  if (const TileRows *rows = lookup(tensor))
    if (Value value = readKnown(loc, *rows, tensor, map, point, lane, lanes))
      return value;
  SmallVector<OpFoldResult> indices = indicesAt(loc, map, point);
  if (!lane || !map.isFunctionOfDim(*lane))
    return extract(loc, tensor, indices);

  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  auto type = VectorType::get({lanes}, element);
  bool contiguous = getLaneStride(map.getResults().back(), *lane) == 1;
  for (AffineExpr outer : map.getResults().drop_back())
    contiguous &= !outer.isFunctionOfDim(*lane);
  if (contiguous) {
    Value padding = ub::PoisonOp::create(builder, loc, element);
    return vector::TransferReadOp::create(builder, loc, type, tensor,
                                          getValueOrCreateConstantIndexOp(builder, loc, indices),
                                          padding, ArrayRef<bool>{true});
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < lanes; ++i) {
    Point lanePoint = point;
    AffineExpr d0 = builder.getAffineDimExpr(0);
    lanePoint[*lane] = affine::makeComposedFoldedAffineApply(
        builder, loc, AffineMap::get(1, 0, d0 + i), {point[*lane]});
    elements.push_back(extract(loc, tensor, indicesAt(loc, map, lanePoint)));
  }
  return vector::FromElementsOp::create(builder, loc, type, elements);
}

Value tw::TileReader::readKnown(Location loc, const TileRows &rows, Value tensor, AffineMap map,
                                const Point &point, std::optional<unsigned> lane, int64_t lanes) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getRank() == 0)
    return rows.front().front();
  SmallVector<OpFoldResult> indices = indicesAt(loc, map, point);
  int64_t row = 0;
  for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim) {
    std::optional<int64_t> index = getConstantIntValue(indices[dim]);
    if (!index || (lane && map.getResult(dim).isFunctionOfDim(*lane)))
      return {};
    row = row * type.getDimSize(dim) + *index;
  }
  std::optional<int64_t> start = getConstantIntValue(indices.back());
  if (!start)
    return {};
  bool scalar = !lane || !map.getResults().back().isFunctionOfDim(*lane);
  if (!scalar && getLaneStride(map.getResults().back(), *lane) != 1)
    return {};
  int64_t wanted = scalar ? 1 : lanes;
  for (auto [piece, value] : llvm::zip(splitColumns(type.getShape().back()), rows[row])) {
    int64_t first = *start - piece.offset;
    if (first < 0 || first + wanted > piece.lanes)
      continue;
    if (scalar)
      return vector::ExtractOp::create(builder, loc, value, first);
    if (wanted == piece.lanes)
      return value;
    return vector::ExtractStridedSliceOp::create(builder, loc, value, ArrayRef<int64_t>{first},
                                                 ArrayRef<int64_t>{wanted}, ArrayRef<int64_t>{1});
  }
  return {};
}

/// Indices of row `row` of a tensor of that shape; the last one is 0.
static tw::Point rowStart(OpBuilder &builder, RankedTensorType type, int64_t row) {
  tw::Point indices(type.getRank(), builder.getIndexAttr(0));
  for (int64_t dim = type.getRank() - 2; dim >= 0; --dim) {
    indices[dim] = builder.getIndexAttr(row % type.getDimSize(dim));
    row /= type.getDimSize(dim);
  }
  return indices;
}

Value tw::TileReader::getOverwritten(Value destination) const {
  // Such as the zeros that a sum starts from. Upstream drops writes that are overwritten only where
  // all are of the same width, which tails are not.
  Value before = written.lookup(destination);
  return before && destination.hasOneUse() ? before : destination;
}

Value tw::TileReader::writeRows(Location loc, TileRows rows, Value destination) {
  auto type = cast<RankedTensorType>(destination.getType());
  destination = getOverwritten(destination);
  Value result = destination;
  for (auto [index, row] : llvm::enumerate(rows)) {
    Point start = rowStart(builder, type, index);
    if (type.getRank() == 0) {
      result = tensor::InsertOp::create(builder, loc, row.front(), result, ValueRange{});
      continue;
    }
    for (auto [piece, value] : llvm::zip_equal(splitColumns(type.getShape().back()), row)) {
      start.back() = builder.getIndexAttr(piece.offset);
      result = vector::TransferWriteOp::create(builder, loc, value, result,
                                               getValueOrCreateConstantIndexOp(builder, loc, start),
                                               ArrayRef<bool>{true})
                   .getResult();
    }
  }
  remember(result, std::move(rows));
  written[result] = destination;
  return result;
}
