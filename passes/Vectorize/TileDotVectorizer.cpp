// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileDotVectorizer.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

static constexpr int64_t kSize = tw::TileDotOp::kSize;
/// Tile registers of AMX: for the tiles of the result, a row of the right operand's and one of the
/// left operand's.
static constexpr int64_t kRegisters = 8;
/// Each point of the loops that are neither rows nor columns has loops of its own.
static constexpr int64_t kMaxPoints = 4;

namespace {

struct TileDotVectorizer {
  ImplicitLocOpBuilder b;
  linalg::LinalgOp op;
  tw::TileReader &reader;
  tw::TileDotLoops loops;

  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = ranges[loops.rowLoop], columns = ranges[loops.columnLoop];
  int64_t words = ranges[loops.wordLoop];
  int64_t tilesDown = llvm::divideCeil(rows, kSize), tilesAcross = llvm::divideCeil(columns, kSize);
  VectorType wordTile = VectorType::get({kSize, kSize}, b.getI32Type());

  /// A tile of `operand` from `point`, in lanes along the last dimension and rows along `rowDim`.
  /// What lies beyond the tensor reads as zeros, unless `rowsFit` and `lanesFit`.
  Value readTile(OpOperand *operand, unsigned rowDim, const tw::Point &point, bool rowsFit,
                 bool lanesFit) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    SmallVector<Value> indices;
    for (AffineExpr expr : map.getResults())
      indices.push_back(getValueOrCreateConstantIndexOp(
          b, b.getLoc(),
          affine::makeComposedFoldedAffineApply(b, b.getLoc(),
                                                AffineMap::get(map.getNumDims(), 0, expr), point)));
    Value source = operand->get();
    // How far a window reaches is known only in the loop over it; the rows that are wanted are a
    // slice of a known size.
    if (!rowsFit && !getConstantIntValue(indices[rowDim])) {
      int64_t valid = rows - *getConstantIntValue(point[loops.rowLoop]);
      source = getRows(source, indices, rowDim, valid, lanesFit ? kSize : words % kSize);
      indices.assign(2, arith::ConstantIndexOp::create(b, 0));
      rowDim = 0;
    }
    unsigned rank = indices.size();
    auto permutation = AffineMap::get(
        rank, 0, {b.getAffineDimExpr(rowDim), b.getAffineDimExpr(rank - 1)}, b.getContext());
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    return vector::TransferReadOp::create(b, wordTile, source, indices, zero, permutation,
                                          ArrayRef<bool>{rowsFit, lanesFit});
  }

  /// `count` rows of `lanes` words of a tensor from `indices`.
  Value getRows(Value tensor, ArrayRef<Value> indices, unsigned rowDim, int64_t count,
                int64_t lanes) {
    SmallVector<OpFoldResult> sizes(indices.size(), b.getIndexAttr(1));
    sizes[rowDim] = b.getIndexAttr(count);
    sizes.back() = b.getIndexAttr(lanes);
    SmallVector<OpFoldResult> strides(indices.size(), b.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(b, RankedTensorType::get({count, lanes}, b.getI32Type()),
                                          tensor, getAsOpFoldResult(indices), sizes, strides);
  }

  /// Multiplies 16 words, or what is left of them, of all rows and columns.
  SmallVector<Value> multiply(tw::Point point, OpFoldResult word, bool wordsFit,
                              ValueRange accumulators) {
    point[loops.wordLoop] = word;
    auto at = [&](unsigned loop, int64_t tile) {
      tw::Point place = point;
      place[loop] = b.getIndexAttr(tile * kSize);
      return place;
    };
    SmallVector<Value> rhs, results;
    unsigned rhsRowDim = op.getMatchingIndexingMap(loops.rhs).getNumResults() - 2;
    for (int64_t column = 0; column < tilesAcross; ++column)
      rhs.push_back(readTile(loops.rhs, rhsRowDim, at(loops.columnLoop, column), wordsFit,
                             (column + 1) * kSize <= columns));
    for (int64_t row = 0; row < tilesDown; ++row) {
      Value lhs = readTile(loops.lhs, loops.lhsRowDim, at(loops.rowLoop, row),
                           (row + 1) * kSize <= rows, wordsFit);
      for (int64_t column = 0; column < tilesAcross; ++column) {
        Value sum = accumulators[row * tilesAcross + column];
        results.push_back(
            tw::TileDotOp::create(b, sum.getType(), lhs, rhs[column], sum).getResult());
      }
    }
    return results;
  }

  SmallVector<Value> emitWords(const tw::Point &point, SmallVector<Value> accumulators) {
    int64_t whole = words / kSize * kSize;
    if (whole > 0)
      accumulators = emitLoop(whole, kSize, accumulators, [&](Value word, ValueRange values) {
        return multiply(point, word, /*wordsFit=*/true, values);
      });
    if (whole < words)
      accumulators = multiply(point, b.getIndexAttr(whole), /*wordsFit=*/false, accumulators);
    return accumulators;
  }

  SmallVector<Value> emitLoop(int64_t size, int64_t step, ValueRange values,
                              function_ref<SmallVector<Value>(Value, ValueRange)> body) {
    Value from = arith::ConstantIndexOp::create(b, 0), to = arith::ConstantIndexOp::create(b, size);
    Value by = arith::ConstantIndexOp::create(b, step);
    auto loop = scf::ForOp::create(b, from, to, by, values,
                                   [&](OpBuilder &, Location, Value index, ValueRange arguments) {
                                     scf::YieldOp::create(b, body(index, arguments));
                                   });
    return llvm::to_vector(ValueRange(loop.getResults()));
  }

  /// The loops over windows around the one over words.
  SmallVector<Value> emitReductions(ArrayRef<unsigned> windows, tw::Point point,
                                    SmallVector<Value> accumulators) {
    if (windows.empty())
      return emitWords(point, accumulators);
    unsigned loop = windows.front();
    if (ranges[loop] == 1)
      return emitReductions(windows.drop_front(), point, accumulators);
    return emitLoop(ranges[loop], 1, accumulators, [&](Value index, ValueRange values) {
      tw::Point place = point;
      place[loop] = index;
      return emitReductions(windows.drop_front(), place, llvm::to_vector(values));
    });
  }

  /// Row `row` of the tiles in the pieces that rows of that many columns have.
  tw::TileRow getRow(ArrayRef<Value> tiles, int64_t row) {
    tw::TileRow pieces;
    auto getPart = [&](int64_t column) -> Value {
      return vector::ExtractOp::create(b, tiles[row / kSize * tilesAcross + column / kSize],
                                       row % kSize);
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

  /// Adds what the result started with, which is mostly nothing.
  Value addInit(Value sum, const tw::Point &point, tw::ColumnPiece piece) {
    OpOperand *init = op.getDpsInitOperand(0);
    tw::Point place = point;
    place[loops.columnLoop] = b.getIndexAttr(piece.offset);
    Value start = reader.read(b.getLoc(), init->get(), op.getMatchingIndexingMap(init), place,
                              loops.columnLoop, piece.lanes);
    auto splat = start.getDefiningOp<vector::BroadcastOp>();
    if (splat && matchPattern(splat.getSource(), m_AnyZeroFloat()))
      return sum;
    return arith::AddFOp::create(b, sum, start);
  }

  LogicalResult run(StringRef &reason) {
    SmallVector<unsigned> windows, points;
    int64_t numPoints = 1;
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
      if (kind == utils::IteratorType::reduction) {
        if (loop != loops.wordLoop)
          windows.push_back(loop);
      } else if (loop != loops.rowLoop && loop != loops.columnLoop) {
        points.push_back(loop);
        numPoints *= ranges[loop];
      }
      if (ShapedType::isDynamic(ranges[loop])) {
        reason = "a loop has a dynamic size";
        return failure();
      }
    }
    if ((tilesDown + 1) * tilesAcross + 1 > kRegisters || numPoints > kMaxPoints) {
      reason = "its register tile is larger than the registers";
      return failure();
    }
    OpOperand *init = op.getDpsInitOperand(0);
    auto type = cast<RankedTensorType>(init->get().getType());
    AffineMap map = op.getMatchingIndexingMap(init);
    tw::TileRows result(type.getNumElements() / columns);
    for (int64_t number = 0; number < numPoints; ++number) {
      tw::Point point(ranges.size(), b.getIndexAttr(0));
      int64_t rest = number;
      for (unsigned loop : llvm::reverse(points)) {
        point[loop] = b.getIndexAttr(rest % ranges[loop]);
        rest /= ranges[loop];
      }
      auto sumTile = VectorType::get({kSize, kSize}, b.getF32Type());
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(sumTile));
      SmallVector<Value> tiles =
          emitReductions(windows, point, SmallVector<Value>(tilesDown * tilesAcross, zero));
      for (int64_t row = 0; row < rows; ++row) {
        point[loops.rowLoop] = b.getIndexAttr(row);
        int64_t place = 0;
        for (int64_t dim = 0; dim + 1 < type.getRank(); ++dim)
          place =
              place * type.getDimSize(dim) + *getConstantIntValue(point[map.getDimPosition(dim)]);
        result[place] = getRow(tiles, row);
        for (auto [value, piece] : llvm::zip_equal(result[place], tw::splitColumns(columns)))
          value = addInit(value, point, piece);
      }
    }
    replacement = reader.writeRows(b.getLoc(), result, init->get());
    return success();
  }

  Value replacement;
};

} // namespace

LogicalResult tw::vectorizeTileDot(IRRewriter &rewriter, linalg::LinalgOp op, TileReader &reader,
                                   TargetAttr target, StringRef &reason) {
  std::optional<TileDotLoops> loops = matchTileDotLoops(op, target, reason);
  if (!loops)
    return failure();
  rewriter.setInsertionPoint(op);
  TileDotVectorizer vectorizer{ImplicitLocOpBuilder(op.getLoc(), rewriter), op, reader, *loops};
  if (failed(vectorizer.run(reason)))
    return failure();
  rewriter.replaceOp(op, vectorizer.replacement);
  return success();
}
