// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileDotVectorizer.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/Vectorize/TileDotSums.h"

using namespace mlir;

static constexpr int64_t kSize = tw::TileDotOp::kSize;
/// Of the result, the right operand and the left one.
static constexpr int64_t kMaxAcross = (tw::kTileRegisters - 1) / 2;

namespace {

struct TileDotVectorizer {
  ImplicitLocOpBuilder b;
  linalg::LinalgOp op;
  tw::TileReader &reader;
  tw::TileDotLoops loops;
  tw::TileDotShape shape;

  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = ranges[loops.rowLoop], columns = ranges[loops.columnLoop];
  int64_t words = ranges[loops.wordLoop];
  int64_t tilesDown = llvm::divideCeil(rows, shape.rows);
  int64_t tilesAcross = llvm::divideCeil(columns, kSize);
  /// Where each column of tiles begins, along the loops that are neither rows nor columns.
  SmallVector<tw::Point> points;

  /// A tile of `operand` from `point`, in lanes along the last dimension and rows, `step` apart,
  /// along `rowDim`. What lies beyond the tensor reads as zeros, unless `rowsFit` and `lanesFit`.
  Value readTile(OpOperand *operand, unsigned rowDim, int64_t step, VectorType tile,
                 const tw::Point &point, bool rowsFit, bool lanesFit) {
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
    if (step != 1 || (!rowsFit && !getConstantIntValue(indices[rowDim]))) {
      int64_t count = tile.getDimSize(0), lanes = tile.getDimSize(1);
      if (!rowsFit)
        count = rows - *getConstantIntValue(point[loops.rowLoop]);
      source = getRows(source, indices, rowDim, step, count, lanesFit ? lanes : words % lanes);
      indices.assign(2, arith::ConstantIndexOp::create(b, 0));
      rowDim = 0;
    }
    unsigned rank = indices.size();
    auto permutation = AffineMap::get(
        rank, 0, {b.getAffineDimExpr(rowDim), b.getAffineDimExpr(rank - 1)}, b.getContext());
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    return vector::TransferReadOp::create(b, tile, source, indices, zero, permutation,
                                          ArrayRef<bool>{rowsFit, lanesFit});
  }

  /// `count` rows, `step` apart, of `lanes` words of a tensor from `indices`.
  Value getRows(Value tensor, ArrayRef<Value> indices, unsigned rowDim, int64_t step, int64_t count,
                int64_t lanes) {
    SmallVector<OpFoldResult> sizes(indices.size(), b.getIndexAttr(1));
    sizes[rowDim] = b.getIndexAttr(count);
    sizes.back() = b.getIndexAttr(lanes);
    SmallVector<OpFoldResult> strides(indices.size(), b.getIndexAttr(1));
    strides[rowDim] = b.getIndexAttr(step);
    return tensor::ExtractSliceOp::create(b, RankedTensorType::get({count, lanes}, b.getI32Type()),
                                          tensor, getAsOpFoldResult(indices), sizes, strides);
  }

  /// Multiplies the words of one step of all rows and columns. Each tile is read where it is first
  /// needed: the processor does not look far enough ahead to hide four reads in a row.
  SmallVector<Value> multiply(const tw::Point &window, OpFoldResult word, bool wordsFit,
                              ValueRange accumulators) {
    auto at = [&](tw::Point place, unsigned loop, int64_t index) {
      place[loop] = b.getIndexAttr(index);
      place[loops.wordLoop] = word;
      for (unsigned loop : windows)
        place[loop] = window[loop];
      return place;
    };
    auto lhsTile = VectorType::get({shape.rows, shape.words}, b.getI32Type());
    auto rhsTile = VectorType::get({shape.words, kSize}, b.getI32Type());
    unsigned rhsRowDim = op.getMatchingIndexingMap(loops.rhs).getNumResults() - 2;
    SmallVector<Value> rhs(tilesAcross), results;
    for (const tw::Point &point : points) {
      for (int64_t row = 0; row < tilesDown; ++row) {
        Value lhs;
        for (int64_t column = 0; column < tilesAcross; ++column) {
          if (!rhs[column])
            rhs[column] = readTile(loops.rhs, rhsRowDim, /*step=*/1, rhsTile,
                                   at(point, loops.columnLoop, column * kSize), wordsFit,
                                   (column + 1) * kSize <= columns);
          if (!lhs)
            lhs = readTile(loops.lhs, loops.lhsRowDim, loops.lhsRowStep, lhsTile,
                           at(point, loops.rowLoop, row * shape.rows),
                           (row + 1) * shape.rows <= rows, wordsFit);
          Value sum = accumulators[results.size()];
          results.push_back(
              tw::TileDotOp::create(b, sum.getType(), lhs, rhs[column], sum).getResult());
        }
      }
    }
    return results;
  }

  SmallVector<Value> emitWords(const tw::Point &point, SmallVector<Value> accumulators) {
    int64_t whole = words / shape.words * shape.words;
    if (whole > 0)
      accumulators = emitLoop(whole, shape.words, accumulators, [&](Value word, ValueRange values) {
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

  /// The loops over windows around the one over words, from the `depth`-th on.
  SmallVector<Value> emitReductions(unsigned depth, tw::Point window,
                                    SmallVector<Value> accumulators) {
    if (depth == windows.size())
      return emitWords(window, accumulators);
    unsigned loop = windows[depth];
    if (ranges[loop] == 1)
      return emitReductions(depth + 1, window, accumulators);
    return emitLoop(ranges[loop], 1, accumulators, [&](Value index, ValueRange values) {
      tw::Point place = window;
      place[loop] = index;
      return emitReductions(depth + 1, place, llvm::to_vector(values));
    });
  }

  LogicalResult run(StringRef &reason) {
    SmallVector<unsigned> pointLoops;
    int64_t numPoints = 1;
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
      if (kind == utils::IteratorType::reduction) {
        if (loop != loops.wordLoop)
          windows.push_back(loop);
      } else if (loop != loops.rowLoop && loop != loops.columnLoop) {
        pointLoops.push_back(loop);
        numPoints *= ranges[loop];
        if (ranges[loop] != 1 && op.getMatchingIndexingMap(loops.rhs).isFunctionOfDim(loop)) {
          reason = "its rows do not share the right operand";
          return failure();
        }
      }
      if (ShapedType::isDynamic(ranges[loop])) {
        reason = "a loop has a dynamic size";
        return failure();
      }
    }
    if (numPoints * tilesDown > tw::countTilesDown(columns) || tilesAcross > kMaxAcross) {
      reason = "its register tile is larger than the registers";
      return failure();
    }
    for (int64_t number = 0; number < numPoints; ++number) {
      tw::Point &point = points.emplace_back(ranges.size(), b.getIndexAttr(0));
      int64_t rest = number;
      for (unsigned loop : llvm::reverse(pointLoops)) {
        point[loop] = b.getIndexAttr(rest % ranges[loop]);
        rest /= ranges[loop];
      }
    }
    bool inTiles = tw::staysInTiles(op, loops, shape);
    auto sumTile = VectorType::get({shape.rows, kSize}, b.getF32Type());
    SmallVector<Value> sums;
    forEachTile([&](const tw::Point &place) {
      sums.push_back(inTiles ? tw::readSums(b, op, loops, place, sumTile, reader)
                             : arith::ConstantOp::create(b, b.getZeroAttr(sumTile)).getResult());
    });
    sums = emitReductions(0, tw::Point(ranges.size(), b.getIndexAttr(0)), sums);
    replacement =
        inTiles ? writeTiles(sums) : tw::writeSumRows(b, op, loops, shape, points, sums, reader);
    return success();
  }

  void forEachTile(function_ref<void(const tw::Point &)> visit) {
    for (tw::Point place : points)
      for (int64_t row = 0; row < tilesDown; ++row)
        for (int64_t column = 0; column < tilesAcross; ++column) {
          place[loops.rowLoop] = b.getIndexAttr(row * shape.rows);
          place[loops.columnLoop] = b.getIndexAttr(column * kSize);
          visit(place);
        }
  }

  Value writeTiles(ArrayRef<Value> sums) {
    Value result = reader.getOverwritten(op.getDpsInits().front());
    forEachTile([&](const tw::Point &place) {
      result = tw::writeSums(b, op, loops, place, sums.front(), result);
      sums = sums.drop_front();
    });
    return result;
  }

  SmallVector<unsigned> windows;
  Value replacement;
};

} // namespace

LogicalResult tw::vectorizeTileDot(IRRewriter &rewriter, linalg::LinalgOp op, TileReader &reader,
                                   TargetAttr target, const TileDotShape &shape,
                                   StringRef &reason) {
  std::optional<TileDotLoops> loops = matchTileDotLoops(op, target, reason);
  if (!loops)
    return failure();
  rewriter.setInsertionPoint(op);
  TileDotVectorizer vectorizer{ImplicitLocOpBuilder(op.getLoc(), rewriter), op, reader, *loops,
                               shape};
  if (failed(vectorizer.run(reason)))
    return failure();
  rewriter.replaceOp(op, vectorizer.replacement);
  return success();
}
