// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of a decode step: few queries, which all see the same first keys of a long cache.
#include "passes/Input/AttentionRewrites.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Input/ElementFrame.h"
#include "passes/Input/IndexElement.h"
#include "passes/Layout/SliceDimension.h"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// One query for each of a group of heads that share keys and values -> the heads of the group as
/// queries of one head, so that keys and values are read once for all of them.
struct MergeQueryHeads : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    int64_t rank = op.getResultType().getRank(), group = rank - 3;
    if (group < 0 || typeOf(op.getQuery()).getDimSize(rank - 2) != 1)
      return rewriter.notifyMatchFailure(op, "not one query a head");
    if (typeOf(op.getQuery()).getDimSize(group) == 1)
      return rewriter.notifyMatchFailure(op, "there is one head");
    if (op.getCausalOffset())
      return rewriter.notifyMatchFailure(op, "rows see different keys by their number");
    for (Value operand : {op.getKey(), op.getValue(), op.getMask()})
      if (operand && typeOf(operand).getDimSize(group) != 1)
        return rewriter.notifyMatchFailure(op, "heads do not share keys, values and mask");
    Location loc = op.getLoc();
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0; dim < rank; ++dim) {
      if (dim != rank - 2)
        groups.push_back({});
      groups.back().push_back(dim);
    }
    auto merge = [&](Value operand) -> Value {
      return operand ? tensor::CollapseShapeOp::create(rewriter, loc, operand, groups).getResult()
                     : Value();
    };
    Value query = merge(op.getQuery()), value = merge(op.getValue());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, op.getQuery());
    sizes.back() = tensor::getMixedSizes(rewriter, loc, value).back();
    SmallVector<OpFoldResult> merged = sizes;
    merged.erase(merged.begin() + rank - 2);
    Value init =
        tensor::EmptyOp::create(rewriter, loc, merged, op.getResultType().getElementType());
    Value result = tw::AttentionOp::create(
        rewriter, loc, init.getType(), query, merge(op.getKey()), value, merge(op.getMask()),
        Value(), init, op.getScaleAttr(), op.getFillAttr(), op.getZeroMaskedRowsAttr());
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, op.getResultType(), result, groups,
                                                       sizes);
    return success();
  }
};

/// A mask that says `key <= place` for all queries alike -> attention over the keys up to there:
/// what a cache holds beyond them is not read.
struct SliceVisibleKeys : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    int64_t rank = op.getResultType().getRank();
    if (!op.getMask() || !typeOf(op.getMask()).getElementType().isInteger(1) || op.getFill() ||
        op.getCausalOffset())
      return rewriter.notifyMatchFailure(op, "it is not masked by a condition alone");
    int64_t keys = typeOf(op.getKey()).getDimSize(rank - 2);
    if (typeOf(op.getMask()).getDimSize(rank - 1) != keys || ShapedType::isDynamic(keys))
      return rewriter.notifyMatchFailure(op, "the mask is not one of a known number of keys");
    ElementFrame frame(typeOf(op.getMask()).getShape(), getContext());
    std::optional<Element> place;
    bool includesPlace = false;
    if (!readPrefix(frame, frame.element(op.getMask()), rank - 1, place, includesPlace))
      return rewriter.notifyMatchFailure(op, "the mask does not compare keys with one place");

    Location loc = op.getLoc();
    Value count = tw::buildIndex(rewriter, loc, *place);
    auto constant = [&](int64_t value) {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    if (includesPlace)
      count = arith::AddIOp::create(rewriter, loc, count, constant(1));
    count = arith::MaxSIOp::create(rewriter, loc, count, constant(0));
    count = arith::MinSIOp::create(rewriter, loc, count, constant(keys));
    auto slice = [&](Value tensor) {
      return tw::sliceDimension(rewriter, loc, tensor, rank - 2, rewriter.getIndexAttr(0), count);
    };
    Value key = slice(op.getKey()), value = slice(op.getValue());
    rewriter.modifyOpInPlace(op, [&] {
      op.getKeyMutable().assign(key);
      op.getValueMutable().assign(value);
      op.getMaskMutable().clear();
    });
    return success();
  }

  /// Reads `mask` as column <= place, or column < place.
  static bool readPrefix(const ElementFrame &frame, Element mask, int64_t column,
                         std::optional<Element> &place, bool &includesPlace) {
    SmallVector<Element> sides;
    auto compare = dyn_cast_or_null<arith::CmpIOp>(frame.definition(mask, sides));
    if (!compare)
      return false;
    AffineExpr along = getAffineDimExpr(column, compare.getContext());
    using arith::CmpIPredicate;
    CmpIPredicate predicate = compare.getPredicate();
    if (frame.position(sides[1]) == along) {
      std::swap(sides[0], sides[1]);
      if (predicate == CmpIPredicate::sge || predicate == CmpIPredicate::sgt)
        predicate = predicate == CmpIPredicate::sge ? CmpIPredicate::sle : CmpIPredicate::slt;
      else
        return false;
    }
    if (frame.position(sides[0]) != along ||
        (predicate != CmpIPredicate::sle && predicate != CmpIPredicate::slt))
      return false;
    includesPlace = predicate == CmpIPredicate::sle;
    place = tw::findIndex(frame, sides[1]);
    return place.has_value();
  }
};

} // namespace

void tw::populateSharedPrefix(RewritePatternSet &patterns) {
  patterns.add<MergeQueryHeads, SliceVisibleKeys>(patterns.getContext());
}
