// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/AttentionScores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Layout/SliceDimension.h"
#include "passes/Narrow/WordOperand.h"
#include "passes/Tile/BatchContraction.h"
#include "passes/Tile/RowOperations.h"
#include "passes/Tile/WordContraction.h"
#include <limits>

using namespace mlir;

static constexpr int64_t kQueriesWorthTransposing = 8;

/// Keys that are multiplied as words come in whole tiles, and in whole vectors everywhere else: the
/// tail of each row would be walked in pieces by every step of the softmax.
static constexpr int64_t kPaddedKeys = 16;

/// The scale is applied to the difference from the maximum if nothing comes between, which saves a
/// pass over the scores; a negative one would turn the maximum into the minimum.
static bool isPlain(tw::AttentionOp op) {
  return !op.getMask() && !op.getCausalOffset() && op.getScale().convertToDouble() > 0;
}

double tw::getPostponedScale(AttentionOp op) {
  return isPlain(op) ? op.getScale().convertToDouble() : 1.0;
}

bool tw::hasKeysAlongLanes(AttentionOp op) {
  int64_t queries = cast<RankedTensorType>(op.getQuery().getType()).getShape().rbegin()[1];
  return ShapedType::isDynamic(queries) || queries >= kQueriesWorthTransposing;
}

Value tw::padRows(OpBuilder &builder, Location loc, Value tensor, int64_t dim, int64_t size) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t count = type.getDimSize(dim);
  if (count == size || ShapedType::isDynamic(size))
    return tensor;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, tensor);
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> padded = sizes, tail = sizes, behind = offsets;
  padded[dim] = builder.getIndexAttr(size);
  tail[dim] = builder.getIndexAttr(size - count);
  behind[dim] = builder.getIndexAttr(count);
  Value result = tensor::EmptyOp::create(builder, loc, padded, type.getElementType());
  auto write = [&](ArrayRef<OpFoldResult> first, ArrayRef<OpFoldResult> extent, auto &&fill) {
    Value part =
        tensor::ExtractSliceOp::create(builder, loc, result, first, extent, strides).getResult();
    result =
        tensor::InsertSliceOp::create(builder, loc, fill(part), result, first, extent, strides);
  };
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  write(offsets, sizes, [&](Value part) {
    auto copy = [](OpBuilder &b, Location l, ValueRange v) { linalg::YieldOp::create(b, l, v[0]); };
    return linalg::GenericOp::create(builder, loc, part.getType(), tensor, part,
                                     ArrayRef<AffineMap>{identity, identity}, loops, copy)
        .getResult(0);
  });
  write(behind, tail, [&](Value part) { return tw::fillZero(builder, loc, part); });
  return result;
}

namespace {

struct ScoreBuilder {
  OpBuilder &builder;
  tw::AttentionOp op;
  Location loc = op.getLoc();
  unsigned rank = op.getResultType().getRank();

  tw::RowBuilder getRows(Value scores) {
    SmallVector<bool> reduced(rank, false);
    reduced.back() = true;
    return {builder, loc, scores, reduced};
  }

  Value transposeKey(Value key) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, key);
    auto order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    std::swap(sizes[rank - 2], sizes[rank - 1]);
    std::swap(order[rank - 2], order[rank - 1]);
    Type element = cast<RankedTensorType>(key.getType()).getElementType();
    Value empty = tensor::EmptyOp::create(builder, loc, sizes, element);
    return linalg::TransposeOp::create(builder, loc, key, empty, order)->getResult(0);
  }

  Value multiply(Value query, Value key, bool transpose) {
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, op.getQuery());
    sizes.back() = tensor::getMixedSize(builder, loc, key, rank - 2);
    Type wide =
        tw::RowBuilder(builder, loc, op.getInit(), SmallVector<bool>(rank, false)).getWideType();
    Value empty = tensor::EmptyOp::create(builder, loc, sizes, wide);
    return tw::buildBatchContraction(builder, loc, query, transpose ? transposeKey(key) : key,
                                     /*rhsTransposed=*/!transpose,
                                     tw::fillZero(builder, loc, empty));
  }

  Value applyMask(Value scores, Value mask, Value first) {
    tw::RowBuilder rows = getRows(scores);
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    if (mask) {
      inputs.push_back(mask);
      auto dims = llvm::to_vector(llvm::seq<unsigned>(0, rank));
      maps.push_back(tw::getBroadcastMap(builder, mask, rank, dims, rank));
    }
    Value lowest = rows.constant(-std::numeric_limits<double>::infinity());
    Value fill = op.getFill() ? rows.constant(op.getFill()->convertToDouble()) : lowest;
    Value factor = rows.constant(op.getScale().convertToDouble()), offset = op.getCausalOffset();
    if (offset && first)
      offset = arith::SubIOp::create(builder, loc, offset, first);
    auto body = [&](OpBuilder &b, Location l, ValueRange v) -> Value {
      Value score = arith::MulFOp::create(b, l, v.back(), factor);
      if (offset) {
        Value row = linalg::IndexOp::create(b, l, rank - 2);
        Value last = arith::AddIOp::create(b, l, row, offset);
        Value column = linalg::IndexOp::create(b, l, rank - 1);
        Value seen = arith::CmpIOp::create(b, l, arith::CmpIPredicate::sle, column, last);
        score = arith::SelectOp::create(b, l, seen, score, lowest);
      }
      if (v.size() == 1)
        return score;
      if (v[0].getType().isInteger(1))
        return arith::SelectOp::create(b, l, v[0], score, fill);
      return arith::AddFOp::create(b, l, score, v[0]);
    };
    return rows.updateTile(inputs, maps, scores, body);
  }

  /// `scores` with `change` applied to `count` columns from `first` on.
  Value updateColumns(Value scores, int64_t first, int64_t count,
                      llvm::function_ref<Value(Value)> change) {
    SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(rank, builder.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, scores);
    offsets.back() = builder.getIndexAttr(first);
    sizes.back() = builder.getIndexAttr(count);
    Value part = tensor::ExtractSliceOp::create(builder, loc, scores, offsets, sizes, strides);
    return tensor::InsertSliceOp::create(builder, loc, change(part), scores, offsets, sizes,
                                         strides);
  }

  /// No query sees what is behind `count` keys.
  Value hideColumns(Value scores, int64_t count) {
    int64_t columns = cast<RankedTensorType>(scores.getType()).getShape().back();
    int64_t first = columns - kPaddedKeys;
    return updateColumns(scores, first, kPaddedKeys, [&](Value part) {
      tw::RowBuilder rows = getRows(part);
      Value lowest = rows.constant(-std::numeric_limits<double>::infinity());
      Value end = arith::ConstantIndexOp::create(builder, loc, count - first);
      return rows.updateTile({}, {}, part, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
        Value column = linalg::IndexOp::create(b, l, rank - 1);
        Value exists = arith::CmpIOp::create(b, l, arith::CmpIPredicate::slt, column, end);
        return arith::SelectOp::create(b, l, exists, v[0], lowest);
      });
    });
  }
};

} // namespace

Value tw::buildAttentionScores(OpBuilder &builder, AttentionOp op, Value key, Value mask,
                               Value first) {
  ScoreBuilder scores{builder, op};
  int64_t rank = scores.rank, count = cast<RankedTensorType>(key.getType()).getDimSize(rank - 2);
  bool transpose = hasKeysAlongLanes(op);
  Value query = op.getQuery();
  bool hasTail = false;
  if (transpose && tw::hasWords(query, rank - 1) && tw::hasWords(key, rank - 1)) {
    hasTail = ShapedType::isStatic(count) && count > kPaddedKeys && count % kPaddedKeys != 0;
    if (hasTail)
      key = tw::padRows(builder, op.getLoc(), key, rank - 2, llvm::alignTo(count, kPaddedKeys));
    query = tw::toWords(builder, op.getLoc(), query, rank - 1);
    key = tw::toWords(builder, op.getLoc(), key, rank - 1);
  }
  Value result = scores.multiply(query, key, transpose);
  auto applyMask = [&](Value part) { return scores.applyMask(part, mask, first); };
  if (!isPlain(op))
    result = hasTail ? scores.updateColumns(result, 0, count, applyMask) : applyMask(result);
  return hasTail ? scores.hideColumns(result, count) : result;
}
