// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileDotSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

bool tw::staysInTiles(linalg::LinalgOp op, const TileDotLoops &loops, const TileDotShape &shape) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  return type.getElementType().isF32() && ranges[loops.rowLoop] % shape.rows == 0 &&
         ranges[loops.columnLoop] % TileDotOp::kSize == 0 &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return isa<tensor::InsertSliceOp, tensor::ParallelInsertSliceOp, scf::YieldOp>(user);
         });
}

bool tw::isZero(Value vector) {
  auto splat = vector.getDefiningOp<vector::BroadcastOp>();
  return matchPattern(splat ? splat.getSource() : vector, m_AnyZeroFloat());
}

namespace {

struct Place {
  SmallVector<Value> indices;
  AffineMap permutation;
};

} // namespace

/// Where in the result the tile at `point` begins, with rows and columns as its dimensions.
static Place getPlace(ImplicitLocOpBuilder &b, linalg::LinalgOp op, const tw::TileDotLoops &loops,
                      const tw::Point &point) {
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  Place place;
  SmallVector<AffineExpr> tileDims(2);
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    place.indices.push_back(getValueOrCreateConstantIndexOp(b, b.getLoc(), point[loop]));
    if (loop == loops.rowLoop)
      tileDims[0] = b.getAffineDimExpr(dim);
    if (loop == loops.columnLoop)
      tileDims[1] = b.getAffineDimExpr(dim);
  }
  place.permutation = AffineMap::get(map.getNumResults(), 0, tileDims, b.getContext());
  return place;
}

Value tw::readSums(ImplicitLocOpBuilder &b, linalg::LinalgOp op, const TileDotLoops &loops,
                   const Point &point, VectorType type, const TileReader &reader) {
  Value init = op.getDpsInits().front();
  const TileRows *rows = reader.lookup(init);
  if (rows && llvm::all_of(*rows, [](const TileRow &row) { return llvm::all_of(row, isZero); }))
    return arith::ConstantOp::create(b, b.getZeroAttr(type));
  Place place = getPlace(b, op, loops, point);
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  return vector::TransferReadOp::create(b, type, init, place.indices, zero, place.permutation,
                                        ArrayRef<bool>{true, true});
}

Value tw::writeSums(ImplicitLocOpBuilder &b, linalg::LinalgOp op, const TileDotLoops &loops,
                    const Point &point, Value tile, Value destination) {
  Place place = getPlace(b, op, loops, point);
  return vector::TransferWriteOp::create(b, tile, destination, place.indices, place.permutation,
                                         ArrayRef<bool>{true, true})
      .getResult();
}

/// Row `row` of the tiles in the pieces that rows of that many columns have.
static tw::TileRow getRow(ImplicitLocOpBuilder &b, ArrayRef<Value> tiles, int64_t columns,
                          int64_t tileRows, int64_t row) {
  constexpr int64_t kSize = tw::TileDotOp::kSize;
  int64_t tilesAcross = llvm::divideCeil(columns, kSize);
  tw::TileRow pieces;
  auto getPart = [&](int64_t column) -> Value {
    return vector::ExtractOp::create(b, tiles[row / tileRows * tilesAcross + column / kSize],
                                     row % tileRows);
  };
  for (tw::ColumnPiece piece : tw::splitColumns(columns)) {
    Value part = getPart(piece.offset);
    if (piece.lanes < kSize) {
      part = vector::ExtractStridedSliceOp::create(b, part, piece.offset % kSize, piece.lanes, 1);
    } else if (piece.lanes > kSize) {
      auto type = VectorType::get({piece.lanes}, b.getF32Type());
      Value whole = arith::ConstantOp::create(b, b.getZeroAttr(type));
      for (int64_t lane = 0; lane < piece.lanes; lane += kSize)
        whole =
            vector::InsertStridedSliceOp::create(b, getPart(piece.offset + lane), whole, lane, 1);
      part = whole;
    }
    pieces.push_back(part);
  }
  return pieces;
}

Value tw::writeSumRows(ImplicitLocOpBuilder &b, linalg::LinalgOp op, const TileDotLoops &loops,
                       const TileDotShape &shape, ArrayRef<Point> points, ArrayRef<Value> sums,
                       TileReader &reader) {
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = ranges[loops.rowLoop], columns = ranges[loops.columnLoop];
  OpOperand *init = op.getDpsInitOperand(0);
  auto type = cast<RankedTensorType>(init->get().getType());
  AffineMap map = op.getMatchingIndexingMap(init);
  auto addInit = [&](Value sum, Point place, ColumnPiece piece) -> Value {
    place[loops.columnLoop] = b.getIndexAttr(piece.offset);
    Value start = reader.read(b.getLoc(), init->get(), map, place, loops.columnLoop, piece.lanes);
    return isZero(start) ? sum : arith::AddFOp::create(b, sum, start);
  };
  TileRows result(type.getNumElements() / columns);
  int64_t tilesOfPoint = sums.size() / points.size();
  for (auto [number, origin] : llvm::enumerate(points)) {
    ArrayRef<Value> tiles = sums.slice(number * tilesOfPoint, tilesOfPoint);
    Point point = origin;
    for (int64_t row = 0; row < rows; ++row) {
      point[loops.rowLoop] = b.getIndexAttr(row);
      int64_t place = 0;
      for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
        place = place * type.getDimSize(dim) + *getConstantIntValue(point[map.getDimPosition(dim)]);
      result[place] = getRow(b, tiles, columns, shape.rows, row);
      for (auto [value, piece] : llvm::zip_equal(result[place], splitColumns(columns)))
        value = addInit(value, point, piece);
    }
  }
  return reader.writeRows(b.getLoc(), result, init->get());
}
