// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/WinogradVectorizer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include <array>

using namespace mlir;

namespace {

/// Straight code for more tiles than this is a mistake in the schedule.
constexpr int64_t kMaxTiles = 64;

/// Four elements along a side of a tile.
using Side = std::array<Value, 4>;

/// One side of the transforms, as the descriptions of the operations have them.
struct SideTransform {
  OpBuilder &builder;
  Location loc;

  Value add(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }
  Value subtract(Value a, Value b) { return arith::SubFOp::create(builder, loc, a, b); }

  Side input(const Side &d) {
    return {subtract(d[0], d[2]), add(d[1], d[2]), subtract(d[2], d[1]), subtract(d[1], d[3])};
  }
  std::array<Value, 2> output(const Side &m) {
    return {add(add(m[0], m[1]), m[2]), subtract(subtract(m[1], m[2]), m[3])};
  }
};

/// Reads of the one operand of a transform.
struct PixelReader {
  OpBuilder &builder;
  Location loc;
  tw::TileReader &reader;
  Value tensor;

  Value read(ArrayRef<int64_t> index, tw::ColumnPiece piece) {
    AffineMap map = builder.getMultiDimIdentityMap(index.size() + 1);
    tw::Point point = getAsIndexOpFoldResult(builder.getContext(), index);
    point.push_back(builder.getIndexAttr(piece.offset));
    return tw::toVector(
        builder, loc, reader.read(loc, tensor, map, point, index.size(), piece.lanes), piece.lanes);
  }
};

template <typename TransformOp>
LogicalResult checkTile(TransformOp op, RankedTensorType tiles, StringRef &reason) {
  if (!op.getInput().getType().hasStaticShape() || !op.getResultType().hasStaticShape()) {
    reason = "it has a dynamic size";
    return failure();
  }
  if (ShapedType::getNumElements(tiles.getShape().slice(2, 3)) > kMaxTiles) {
    reason = "it has more tiles than registers have room for";
    return failure();
  }
  return success();
}

/// Calls `visit` with the image, row and column of each tile, the last fastest.
void forEachTile(RankedTensorType tiles, function_ref<void(int64_t, int64_t, int64_t)> visit) {
  for (int64_t n = 0; n < tiles.getDimSize(2); ++n)
    for (int64_t row = 0; row < tiles.getDimSize(3); ++row)
      for (int64_t column = 0; column < tiles.getDimSize(4); ++column)
        visit(n, row, column);
}

} // namespace

LogicalResult tw::vectorizeWinograd(IRRewriter &rewriter, WinogradInputOp op, TileReader &reader,
                                    StringRef &reason) {
  RankedTensorType type = op.getResultType();
  if (failed(checkTile(op, type, reason)))
    return failure();
  rewriter.setInsertionPoint(op);
  SideTransform transform{rewriter, op.getLoc()};
  PixelReader pixels{rewriter, op.getLoc(), reader, op.getInput()};
  ArrayRef<int64_t> shape = type.getShape();
  int64_t tilesOfElement = shape[2] * shape[3] * shape[4];
  TileRows rows(16 * tilesOfElement);
  for (ColumnPiece piece : splitColumns(shape.back())) {
    int64_t tile = 0;
    // Columns of pixels, transformed; the last two of a tile are the first two of the next.
    std::array<Side, 4> columns;
    forEachTile(type, [&](int64_t n, int64_t row, int64_t column) {
      int64_t known = column == 0 ? 0 : 2;
      if (known)
        columns = {columns[2], columns[3]};
      for (int64_t j = known; j < 4; ++j) {
        Side side;
        for (int64_t i = 0; i < 4; ++i)
          side[i] = pixels.read({n, 2 * row + i, 2 * column + j}, piece);
        columns[j] = transform.input(side);
      }
      for (int64_t i = 0; i < 4; ++i) {
        Side side = transform.input({columns[0][i], columns[1][i], columns[2][i], columns[3][i]});
        for (int64_t j = 0; j < 4; ++j)
          rows[(4 * i + j) * tilesOfElement + tile].push_back(side[j]);
      }
      ++tile;
    });
  }
  rewriter.replaceOp(op, reader.writeRows(op.getLoc(), std::move(rows), op.getInit()));
  return success();
}

LogicalResult tw::vectorizeWinograd(IRRewriter &rewriter, WinogradOutputOp op, TileReader &reader,
                                    StringRef &reason) {
  if (failed(checkTile(op, op.getInput().getType(), reason)))
    return failure();
  rewriter.setInsertionPoint(op);
  SideTransform transform{rewriter, op.getLoc()};
  PixelReader products{rewriter, op.getLoc(), reader, op.getInput()};
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  TileRows rows(shape[0] * shape[1] * shape[2]);
  for (ColumnPiece piece : splitColumns(shape.back()))
    forEachTile(op.getInput().getType(), [&](int64_t n, int64_t row, int64_t column) {
      Side upper, lower; // rows of pixels, from columns of products
      for (int64_t j = 0; j < 4; ++j) {
        Side side;
        for (int64_t i = 0; i < 4; ++i)
          side[i] = products.read({i, j, n, row, column}, piece);
        std::tie(upper[j], lower[j]) = std::tuple_cat(transform.output(side));
      }
      int64_t h = 2 * row;
      for (const Side &side : {upper, lower}) {
        int64_t w = 2 * column;
        for (Value pixel : h < shape[1] ? transform.output(side) : std::array<Value, 2>{}) {
          if (pixel && w < shape[2])
            rows[(n * shape[1] + h) * shape[2] + w].push_back(pixel);
          ++w;
        }
        ++h;
      }
    });
  rewriter.replaceOp(op, reader.writeRows(op.getLoc(), std::move(rows), op.getInit()));
  return success();
}
