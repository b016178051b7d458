// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/AttentionDecomposition.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Layout/SliceDimension.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileDotLoops.h"
#include "passes/Tile/AttentionScores.h"
#include "passes/Tile/BatchContraction.h"
#include "passes/Tile/RowOperations.h"
#include "passes/Tile/WordContraction.h"
#include <limits>

using namespace mlir;

namespace {

/// Keys whose scores with a task's queries are computed at once: with 64 queries 32 KiB, which stay
/// close to the core. A causal mask wastes half a block a query.
constexpr int64_t kKeysPerBlock = 128;
/// Where tiles multiply them: what is known of a query, read and written once a block, takes longer
/// than that the scores are no longer close. A causal mask would hide too much of a block, and the
/// rest of a number of keys that is not known is not multiplied in tiles.
constexpr int64_t kKeysPerTileBlock = 256;

int64_t getKeysPerBlock(tw::AttentionOp op) {
  auto key = cast<RankedTensorType>(op.getKey().getType());
  bool tiles =
      tw::multipliesInTiles(tw::getTarget(op), key) && !key.isDynamicDim(key.getRank() - 2);
  return tiles && !op.getCausalOffset() ? kKeysPerTileBlock : kKeysPerBlock;
}

/// Builds the result of one tw.attention.
struct AttentionBuilder {
  OpBuilder &builder;
  tw::AttentionOp op;
  Location loc = op.getLoc();
  unsigned rank = op.getResultType().getRank();
  SmallVector<bool> reduced = [this] {
    SmallVector<bool> last(rank, false);
    last.back() = true;
    return last;
  }();
  tw::RowBuilder results{builder, loc, op.getInit(), reduced};
  Type wide = results.getWideType();
  double factor = tw::getPostponedScale(op);
  int64_t blockSize = getKeysPerBlock(op);

  /// Keys, values or a mask from `first` on; one mask value for all keys stays what it is.
  Value sliceKeys(Value tensor, unsigned dim, OpFoldResult first, OpFoldResult count) {
    if (cast<RankedTensorType>(tensor.getType()).getDimSize(dim) == 1)
      return tensor;
    return tw::sliceDimension(builder, loc, tensor, dim, first, count);
  }

  /// Whether products with `value` are those of bf16.
  bool roundsProbabilities(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return type.getElementType().isBF16() && wide.isF32() && !type.isDynamicDim(rank - 2) &&
           tw::hasKeysAlongLanes(op);
  }

  /// What exponentials are written to: the scores themselves, or bf16 where those are what is
  /// multiplied. Their sum is then that of the rounded ones, and each is read once less.
  Value getInitOfExponentials(Value scores, Value value) {
    if (!roundsProbabilities(value))
      return scores;
    return tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, scores),
                                   builder.getBF16Type());
  }

  /// `init` and the product of probabilities and values, of bf16 if the values are.
  Value multiplyValues(Value probabilities, Value value, Value init) {
    int64_t keys = cast<RankedTensorType>(probabilities.getType()).getShape().back();
    value = tw::padRows(builder, loc, value, rank - 2, keys);
    if (roundsProbabilities(value))
      return tw::buildRoundedContraction(builder, loc, probabilities, value, init);
    return tw::buildBatchContraction(builder, loc, probabilities, value, /*rhsTransposed=*/false,
                                     init);
  }

  /// Few keys: softmax of whole rows.
  Value buildWhole() {
    Value scores = tw::buildAttentionScores(builder, op, op.getKey(), op.getMask(), {});
    tw::RowBuilder rows(builder, loc, scores, reduced);
    tw::RowExponentials row =
        tw::buildRowExponentials(rows, scores, getInitOfExponentials(scores, op.getValue()), factor,
                                 op.getZeroMaskedRows(), tw::Negligible::Drop);
    Value product = multiplyValues(row.exponentials, op.getValue(), buildZeroProduct());
    return divide(product, row.reciprocals);
  }

  /// What products with values are added to: in the result itself where it is wide enough.
  Value buildZeroProduct() {
    bool inPlace = wide == op.getResultType().getElementType();
    return tw::fillZero(builder, loc, inPlace ? Value(op.getInit()) : results.emptyTile());
  }

  /// The rows of the result are divided by their sums, and not the longer rows of the scores.
  Value divide(Value product, Value reciprocals) {
    if (wide == op.getResultType().getElementType())
      return results.updateTile(reciprocals, results.getRowMap(), product, multiply);
    return results.mapTile({product, reciprocals}, {results.getTileMap(), results.getRowMap()},
                           op.getInit(), multiply);
  }

  static Value multiply(OpBuilder &b, Location l, ValueRange v) {
    return arith::MulFOp::create(b, l, v[0], v[1]);
  }
  static Value maximum(OpBuilder &b, Location l, ValueRange v) {
    return arith::MaximumFOp::create(b, l, v[0], v[1]);
  }

  /// What is known of each query after some of the keys: the largest score, the sum of exponentials
  /// relative to it, and their product with the values.
  struct State {
    Value maxima, sums, product;
  };

  State addKeys(State state, Value first, OpFoldResult count) {
    Value key = sliceKeys(op.getKey(), rank - 2, first, count);
    Value value = sliceKeys(op.getValue(), rank - 2, first, count);
    Value mask = op.getMask() ? sliceKeys(op.getMask(), rank - 1, first, count) : Value();
    Value scores = tw::buildAttentionScores(builder, op, key, mask, first);
    tw::RowBuilder rows(builder, loc, scores, reduced);
    Value largest = tw::buildRowMaxima(rows, scores);
    Value shift = tw::buildFiniteMaxima(rows, rows.mapRows({largest, state.maxima}, maximum));
    Value scale = factor == 1.0 ? Value() : rows.constant(factor);
    Value shrink =
        rows.mapRows({state.maxima, shift}, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
          Value change = arith::SubFOp::create(b, l, v[0], v[1]);
          if (scale)
            change = arith::MulFOp::create(b, l, change, scale);
          return tw::buildExponential(b, l, change, tw::Negligible::Drop);
        });
    Value exponentials = tw::buildExponentials(
        rows, scores, shift, getInitOfExponentials(scores, value), factor, tw::Negligible::Drop);
    // The maximum once more, this time in place: nobody needs the old one from here on.
    Value maxima = rows.updateRows(largest, state.maxima, maximum);
    Value sums = rows.updateRows({tw::buildRowSums(rows, exponentials), shrink}, state.sums,
                                 [](OpBuilder &b, Location l, ValueRange v) -> Value {
                                   Value old = arith::MulFOp::create(b, l, v[2], v[1]);
                                   return arith::AddFOp::create(b, l, old, v[0]);
                                 });
    Value shrunk = results.updateTile(shrink, results.getRowMap(), state.product, multiply);
    return {maxima, sums, multiplyValues(exponentials, value, shrunk)};
  }

  /// Keys from 0 to the result are those that some query of the tile sees, in whole blocks.
  Value getEndOfBlocks(OpFoldResult keys) {
    AffineExpr size = builder.getAffineSymbolExpr(0);
    Value end = getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, size.floorDiv(blockSize) * blockSize,
                                              {keys}));
    if (!op.getCausalOffset())
      return end;
    Value queries = tensor::DimOp::create(builder, loc, op.getQuery(), rank - 2);
    Value seen = arith::AddIOp::create(builder, loc, op.getCausalOffset(), queries);
    seen =
        arith::MaxSIOp::create(builder, loc, seen, arith::ConstantIndexOp::create(builder, loc, 0));
    seen = affine::makeComposedAffineApply(builder, loc, size.ceilDiv(blockSize) * blockSize,
                                           {OpFoldResult(seen)});
    return arith::MinSIOp::create(builder, loc, end, seen);
  }

  /// Many keys: in blocks, whose scores stay in the caches. Source: M. Milakov, N. Gimelshein,
  /// Online normalizer calculation for softmax (2018); T. Dao et al., FlashAttention (2022).
  Value buildBlocks() {
    OpFoldResult keys = tensor::getMixedSize(builder, loc, op.getKey(), rank - 2);
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    State state = {results.fillRows(-kInfinity), results.fillRows(0.0), buildZeroProduct()};
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value step = arith::ConstantIndexOp::create(builder, loc, blockSize);
    auto loop = scf::ForOp::create(
        builder, loc, zero, getEndOfBlocks(keys), step,
        ValueRange{state.maxima, state.sums, state.product},
        [&](OpBuilder &, Location, Value first, ValueRange carried) {
          State next =
              addKeys({carried[0], carried[1], carried[2]}, first, builder.getIndexAttr(blockSize));
          scf::YieldOp::create(builder, loc, ValueRange{next.maxima, next.sums, next.product});
        });
    state = {loop.getResult(0), loop.getResult(1), loop.getResult(2)};
    // What is left is at a fixed place, also where some blocks were left out: no query sees it
    // then.
    std::optional<int64_t> known = getConstantIntValue(keys);
    if (!known || *known % blockSize != 0) {
      AffineExpr size = builder.getAffineSymbolExpr(0);
      OpFoldResult first = affine::makeComposedFoldedAffineApply(
          builder, loc, size.floorDiv(blockSize) * blockSize, {keys});
      OpFoldResult rest =
          affine::makeComposedFoldedAffineApply(builder, loc, size % blockSize, {keys});
      state = addKeys(state, getValueOrCreateConstantIndexOp(builder, loc, first), rest);
    }
    return divide(state.product, tw::buildReciprocals(results, state.sums, op.getZeroMaskedRows()));
  }
};

struct DecomposeAttention : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    AttentionBuilder attention{rewriter, op};
    int64_t keys = cast<RankedTensorType>(op.getKey().getType()).getShape().rbegin()[1];
    bool many = ShapedType::isDynamic(keys) || keys > 2 * attention.blockSize;
    rewriter.replaceOp(op, many ? attention.buildBlocks() : attention.buildWhole());
    return success();
  }
};

} // namespace

void tw::populateAttentionDecomposition(RewritePatternSet &patterns) {
  patterns.add<DecomposeAttention>(patterns.getContext());
}
