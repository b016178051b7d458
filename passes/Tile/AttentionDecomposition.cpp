// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/AttentionDecomposition.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/RowOperations.h"
#include <limits>

using namespace mlir;

namespace {

/// `dims` as an indexing map into `operand`, with 0 for the first `numBroadcast` dimensions where
/// the operand has size 1.
AffineMap broadcastMap(OpBuilder &builder, Value operand, unsigned numDims, ArrayRef<unsigned> dims,
                       unsigned numBroadcast) {
  auto type = cast<RankedTensorType>(operand.getType());
  SmallVector<AffineExpr> positions;
  for (auto [position, dim] : llvm::enumerate(dims))
    positions.push_back(position < numBroadcast && type.getDimSize(position) == 1
                            ? builder.getAffineConstantExpr(0)
                            : builder.getAffineDimExpr(dim));
  return AffineMap::get(numDims, 0, positions, builder.getContext());
}

/// `out[batch, i, j] = sum over l of lhs[batch, i, l] * rhs`, in the element type of `init`; rhs
/// is `[batch, j, l]` if `rhsTransposed`, else `[batch, l, j]`.
Value buildContraction(OpBuilder &builder, Location loc, Value lhs, Value rhs, bool rhsTransposed,
                       Value init) {
  unsigned rank = cast<RankedTensorType>(init.getType()).getRank(), numDims = rank + 1;
  unsigned i = rank - 2, j = rank - 1, l = rank;
  auto dims = [&](unsigned row, unsigned column) {
    auto batch = llvm::to_vector(llvm::seq<unsigned>(0, rank - 2));
    batch.append({row, column});
    return batch;
  };
  SmallVector<AffineMap> maps = {
      broadcastMap(builder, lhs, numDims, dims(i, l), 0),
      broadcastMap(builder, rhs, numDims, rhsTransposed ? dims(j, l) : dims(l, j), rank - 2),
      builder.getMultiDimIdentityMap(numDims).getMajorSubMap(rank)};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Type wide = cast<RankedTensorType>(init.getType()).getElementType();
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(wide, 0.0));
  Value fill = linalg::FillOp::create(builder, loc, zero, init).getResult(0);
  auto emit = [&](OpBuilder &b, Location l, ValueRange v) {
    auto widen = [&](Value value) -> Value {
      return value.getType() == wide ? value : arith::ExtFOp::create(b, l, wide, value).getResult();
    };
    Value product = arith::MulFOp::create(b, l, widen(v[0]), widen(v[1]));
    linalg::YieldOp::create(b, l, arith::AddFOp::create(b, l, v[2], product).getResult());
  };
  return linalg::GenericOp::create(builder, loc, fill.getType(), ValueRange{lhs, rhs}, fill, maps,
                                   iterators, emit)
      .getResult(0);
}

/// Scores with scale, mask and causality applied, in place.
Value buildMaskedScores(tw::RowBuilder &rows, OpBuilder &builder, tw::AttentionOp op,
                        Value scores) {
  unsigned rank = op.getResultType().getRank();
  SmallVector<Value> inputs = {scores};
  SmallVector<AffineMap> maps = {rows.getTileMap()};
  if (Value mask = op.getMask()) {
    inputs.push_back(mask);
    auto dims = llvm::to_vector(llvm::seq<unsigned>(0, rank));
    maps.push_back(broadcastMap(builder, mask, rank, dims, rank));
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Value lowest = rows.constant(-kInfinity);
  Value fill = op.getFill() ? rows.constant(op.getFill()->convertToDouble()) : lowest;
  Value scale = rows.constant(op.getScale().convertToDouble());
  return rows.mapTile(inputs, maps, scores, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
    Value score = arith::MulFOp::create(b, l, v[0], scale);
    if (Value offset = op.getCausalOffset()) {
      Value row = linalg::IndexOp::create(b, l, rank - 2);
      Value last = arith::AddIOp::create(b, l, row, offset);
      Value column = linalg::IndexOp::create(b, l, rank - 1);
      Value seen = arith::CmpIOp::create(b, l, arith::CmpIPredicate::sle, column, last);
      score = arith::SelectOp::create(b, l, seen, score, lowest);
    }
    if (v.size() == 1)
      return score;
    if (v[1].getType().isInteger(1))
      return arith::SelectOp::create(b, l, v[1], score, fill);
    return arith::AddFOp::create(b, l, score, v[1]);
  });
}

struct DecomposeAttention : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    RankedTensorType type = op.getResultType();
    unsigned rank = type.getRank();
    SmallVector<bool> reduced(rank, false);
    reduced.back() = true;
    tw::RowBuilder results(rewriter, loc, op.getInit(), reduced);
    Type wide = results.getWideType();

    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getQuery());
    sizes.back() = tensor::getMixedSize(rewriter, loc, op.getKey(), rank - 2);
    Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, wide);
    Value scores = buildContraction(rewriter, loc, op.getQuery(), op.getKey(),
                                    /*rhsTransposed=*/true, empty);
    tw::RowBuilder rows(rewriter, loc, scores, reduced);
    // Without a mask the scale is applied to the difference from the maximum, which saves a pass
    // over the scores; a negative one would turn the maximum into the minimum.
    double scale = op.getScale().convertToDouble();
    bool plain = !op.getMask() && !op.getCausalOffset() && scale > 0;
    if (!plain)
      scores = buildMaskedScores(rows, rewriter, op, scores);
    tw::RowExponentials row =
        tw::buildRowExponentials(rows, scores, scores, plain ? scale : 1.0, op.getZeroMaskedRows());
    // The rows of the result are divided by their sums, and not the longer rows of the scores.
    Value init = wide == type.getElementType() ? Value(op.getInit()) : results.emptyTile();
    Value product = buildContraction(rewriter, loc, row.exponentials, op.getValue(),
                                     /*rhsTransposed=*/false, init);
    Value destination = wide == type.getElementType() ? product : Value(op.getInit());
    rewriter.replaceOp(op, results.mapTile({product, row.reciprocals},
                                           {results.getTileMap(), results.getRowMap()}, destination,
                                           [](OpBuilder &b, Location l, ValueRange v) -> Value {
                                             return arith::MulFOp::create(b, l, v[0], v[1]);
                                           }));
    return success();
  }
};

} // namespace

void tw::populateAttentionDecomposition(RewritePatternSet &patterns) {
  patterns.add<DecomposeAttention>(patterns.getContext());
}
