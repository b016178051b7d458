// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/AttentionRewrites.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Input/ElementFrame.h"
#include <limits>

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

SmallVector<int64_t> allDims(Value value) {
  return llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()));
}

/// `value` before it was broadcast along batch dimensions, which are then 1; itself if it was not.
Value dropBroadcast(OpBuilder &builder, Location loc, Value value) {
  ElementFrame frame(typeOf(value).getShape(), value.getContext());
  SmallVector<int64_t> dims = allDims(value);
  std::optional<Element> source =
      frame.findTensor(frame.element(value), dims, /*allowBroadcast=*/true);
  if (!source || source->value == value)
    return value;
  for (int64_t dim : ArrayRef(dims).take_back(2))
    if (frame.getSizes()[dim] != 1 && !source->map.isFunctionOfDim(dim))
      return value;
  for (int64_t dim : ArrayRef(dims).drop_back(2))
    if (frame.getSizes()[dim] != 1 && !source->map.isFunctionOfDim(dim))
      return frame.reshape(builder, loc, *source, dims);
  return value;
}

/// Keys or values that are broadcast along batch dimensions -> the narrow ones.
struct FoldBroadcast : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    Value key = dropBroadcast(rewriter, op.getLoc(), op.getKey());
    Value value = dropBroadcast(rewriter, op.getLoc(), op.getValue());
    if (key == op.getKey() && value == op.getValue())
      return rewriter.notifyMatchFailure(op, "neither keys nor values are broadcast");
    rewriter.modifyOpInPlace(op, [&] {
      op.getKeyMutable().assign(key);
      op.getValueMutable().assign(value);
    });
    return success();
  }
};

/// A collapse_shape that merges dimensions `dim` and `dim + 1` and nothing else.
struct Merge {
  tensor::CollapseShapeOp collapse;
  int64_t dim;
};

std::optional<Merge> findMerge(Value value) {
  auto collapse = value.getDefiningOp<tensor::CollapseShapeOp>();
  if (!collapse || collapse.getSrcType().getRank() != collapse.getResultType().getRank() + 1)
    return std::nullopt;
  for (ArrayRef<int64_t> group : collapse.getReassociationIndices())
    if (group.size() == 2)
      return Merge{collapse, group[0]};
  return std::nullopt;
}

/// Grouped-query attention: keys and values whose heads were repeated, by a broadcast along a
/// new dimension that is merged into the heads -> attention with that dimension apart, and
/// keys and values as they were.
struct FoldRepeatedHeads : OpRewritePattern<tw::AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::AttentionOp op, PatternRewriter &rewriter) const override {
    std::optional<Merge> keys = findMerge(op.getKey()), values = findMerge(op.getValue());
    if (!keys || !values || keys->dim != values->dim || keys->dim >= op.getNumBatchDims())
      return rewriter.notifyMatchFailure(op, "keys and values have no merged batch dimension");
    ArrayRef<int64_t> keyShape = keys->collapse.getSrcType().getShape();
    ArrayRef<int64_t> valueShape = values->collapse.getSrcType().getShape();
    int64_t dim = keys->dim;
    if (keyShape.slice(dim, 2) != valueShape.slice(dim, 2) ||
        llvm::count(keyShape.slice(dim, 2), ShapedType::kDynamic) > 1)
      return rewriter.notifyMatchFailure(op, "keys and values do not merge the same sizes");
    Location loc = op.getLoc();
    Value key = dropBroadcast(rewriter, loc, keys->collapse.getSrc());
    Value value = dropBroadcast(rewriter, loc, values->collapse.getSrc());
    if (key == keys->collapse.getSrc() || value == values->collapse.getSrc())
      return rewriter.notifyMatchFailure(op, "the heads of keys and values are not repeated");

    // Splits dimension `dim` of an operand as that of the keys is.
    SmallVector<OpFoldResult> keySizes =
        tensor::getMixedSizes(rewriter, loc, keys->collapse.getSrc());
    SmallVector<ReassociationIndices> groups = keys->collapse.getReassociationIndices();
    auto split = [&](Value operand) -> Value {
      SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, operand);
      SmallVector<int64_t> shape(typeOf(operand).getShape());
      bool isUnit = shape[dim] == 1 && keyShape[dim] * keyShape[dim + 1] != 1;
      OpFoldResult one = rewriter.getIndexAttr(1);
      sizes[dim] = isUnit ? one : keySizes[dim];
      sizes.insert(sizes.begin() + dim + 1, isUnit ? one : keySizes[dim + 1]);
      shape[dim] = isUnit ? 1 : keyShape[dim];
      shape.insert(shape.begin() + dim + 1, isUnit ? 1 : keyShape[dim + 1]);
      return tensor::ExpandShapeOp::create(
          rewriter, loc, RankedTensorType::get(shape, typeOf(operand).getElementType()), operand,
          groups, sizes);
    };
    Value query = split(op.getQuery());
    Value mask = op.getMask() ? split(op.getMask()) : Value();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, query);
    sizes.back() = tensor::getMixedSizes(rewriter, loc, value).back();
    Value init = tensor::EmptyOp::create(rewriter, loc, sizes, op.getResultType().getElementType());
    Value result = tw::AttentionOp::create(rewriter, loc, init.getType(), query, key, value, mask,
                                           op.getCausalOffset(), init, op.getScaleAttr(),
                                           op.getFillAttr(), op.getZeroMaskedRowsAttr());
    result = tensor::CollapseShapeOp::create(rewriter, loc, result, groups);
    if (result.getType() != op.getResultType())
      result = tensor::CastOp::create(rewriter, loc, op.getResultType(), result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// select(any(mask), attention, 0), where the test is of the attention's own mask -> attention
/// with zero_masked_rows.
struct FoldMaskedRows : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || !op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "not an operation with one tensor result");
    Value selected = op->getResult(0);
    ElementFrame frame(typeOf(selected).getShape(), getContext());
    auto select = frame.match<arith::SelectOp>(frame.element(selected));
    if (!select || frame.constant((*select)[2]) != 0.0)
      return rewriter.notifyMatchFailure(op, "not a selection between something and 0");
    Element kept = frame.strip((*select)[1]);
    auto attention = kept.value.getDefiningOp<tw::AttentionOp>();
    if (!attention || attention.getResultType().getRank() != typeOf(selected).getRank() ||
        !frame.same(kept, frame.element(attention.getResult())) || !attention->hasOneUse())
      return rewriter.notifyMatchFailure(op, "what is selected is not an attention of its own");
    if (!attention.getMask() || attention.getFill() || attention.getCausalOffset())
      return rewriter.notifyMatchFailure(op, "the attention hides by more than a mask of -inf");

    // The condition in the frame of the scores: rows are the same there, columns are keys.
    int64_t column = typeOf(selected).getRank() - 1;
    Element condition = frame.strip((*select)[0]);
    if (condition.map.isFunctionOfDim(column))
      return rewriter.notifyMatchFailure(op, "the condition is not one of rows");
    SmallVector<int64_t> sizes(frame.getSizes());
    sizes[column] = typeOf(attention.getKey()).getDimSize(column - 1);
    ElementFrame scores(sizes, getContext());
    auto any = scores.reduction(condition, column);
    if (!any || any->combiner != ElementFrame::Combiner::Or || scores.constant(any->init) != 0.0 ||
        any->dims != ArrayRef(column))
      return rewriter.notifyMatchFailure(op, "the condition does not ask for any visible key");
    Element mask = scores.element(attention.getMask());
    if (!isVisible(scores, any->input, mask))
      return rewriter.notifyMatchFailure(op, "the condition is not about the mask");
    rewriter.modifyOpInPlace(attention, [&] { attention.setZeroMaskedRows(true); });
    Value result = attention.getResult();
    if (result.getType() != selected.getType()) {
      rewriter.setInsertionPoint(op);
      result = tensor::CastOp::create(rewriter, op.getLoc(), selected.getType(), result);
    }
    rewriter.replaceOp(op, result);
    return success();
  }

  static bool isVisible(const ElementFrame &frame, Element test, Element mask) {
    if (typeOf(mask.value).getElementType().isInteger(1))
      return frame.same(test, mask);
    SmallVector<Element> operands;
    auto compare = dyn_cast_or_null<arith::CmpFOp>(frame.definition(test, operands));
    using arith::CmpFPredicate;
    return compare &&
           llvm::is_contained(
               {CmpFPredicate::OGT, CmpFPredicate::UGT, CmpFPredicate::ONE, CmpFPredicate::UNE},
               compare.getPredicate()) &&
           frame.same(operands[0], mask) && frame.constant(operands[1]) == -kInfinity;
  }
};

} // namespace

void tw::populateFoldMaskedRows(RewritePatternSet &patterns) {
  patterns.add<FoldMaskedRows>(patterns.getContext());
}

void tw::populateFoldRepeatedHeads(RewritePatternSet &patterns) {
  patterns.add<FoldBroadcast, FoldRepeatedHeads>(patterns.getContext());
}
