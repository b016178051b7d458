// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Input/ElementFrame.h"

namespace tw {
#define GEN_PASS_DEF_NARROWARGSORT
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-narrow-argsort"

using namespace mlir;

namespace {

/// Whether `is` holds of every element of a tensor, which it gets as a function of the place.
bool holdsEverywhere(Value tensor,
                     function_ref<bool(const tw::ElementFrame &, tw::Element element)> is) {
  tw::ElementFrame frame(cast<RankedTensorType>(tensor.getType()).getShape(), tensor.getContext());
  return is(frame, frame.element(tensor));
}

/// Whether `op` writes i to the place that its indices say for i, for all i along one dimension,
/// and leaves 0 elsewhere.
bool writesNumbers(tw::ScatterOp op) {
  if (op.getCombiner() != tw::Combiner::add || op.getFirst())
    return false;
  return holdsEverywhere(op.getInit(),
                         [](const tw::ElementFrame &frame, tw::Element element) {
                           return frame.constant(element) == 0.0;
                         }) &&
         holdsEverywhere(op.getSource(), [&](const tw::ElementFrame &frame, tw::Element element) {
           return frame.positionDim(element) == static_cast<int64_t>(op.getDimension());
         });
}

/// Whether dimension `dim` of `a` is known to be no larger than that of `b`, or as large.
bool compare(ValueBoundsConstraintSet::ComparisonOperator how, Value a, Value b, int64_t dim) {
  using Variable = ValueBoundsConstraintSet::Variable;
  return ValueBoundsConstraintSet::compare(Variable(a, dim), how, Variable(b, dim));
}

bool isAsLarge(Value a, Value b, int64_t dim) {
  return compare(ValueBoundsConstraintSet::ComparisonOperator::EQ, a, b, dim);
}

/// What has each rank, where the ranks come from an order -> the order.
struct InvertRanks : OpRewritePattern<tw::ScatterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::ScatterOp op, PatternRewriter &rewriter) const override {
    auto ranks = op.getIndices().getDefiningOp<tw::ScatterOp>();
    auto order = ranks ? ranks.getIndices().getDefiningOp<tw::ArgsortOp>() : nullptr;
    if (!order || order.getFirst() != 0)
      return rewriter.notifyMatchFailure(op, "its places are not the ranks of a whole order");
    int64_t dimension = op.getDimension(), rank = op.getResultType().getRank();
    if (static_cast<int64_t>(ranks.getDimension()) != dimension ||
        static_cast<int64_t>(order.getDimension()) != dimension)
      return rewriter.notifyMatchFailure(op, "it goes along another dimension than the order");
    if (!writesNumbers(op) || !writesNumbers(ranks))
      return rewriter.notifyMatchFailure(op, "it does not write 0, 1, 2, ... to zeros");
    for (int64_t dim = 0; dim < rank; ++dim) {
      if (!isAsLarge(ranks.getInit(), order.getInit(), dim) ||
          (dim == dimension && !isAsLarge(order.getInput(), order.getInit(), dim)))
        return rewriter.notifyMatchFailure(op, "an element may have no rank");
      if (dim != dimension && !isAsLarge(op.getInit(), order.getInit(), dim))
        return rewriter.notifyMatchFailure(op, "rows may share their ranks");
    }
    if (!compare(ValueBoundsConstraintSet::ComparisonOperator::LE, op.getInit(), order.getInit(),
                 dimension))
      return rewriter.notifyMatchFailure(op, "it may have places that no rank has");
    if (op.getResultType().getElementType() != order.getResultType().getElementType())
      return rewriter.notifyMatchFailure(op, "it has positions of another type than the order");
    if (op.getResultType() == order.getResultType()) {
      rewriter.replaceOp(op, order);
      return success();
    }
    SmallVector<OpFoldResult> zeros(rank, rewriter.getIndexAttr(0)),
        ones(rank, rewriter.getIndexAttr(1));
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
        op, op.getResultType(), order, zeros,
        tensor::getMixedSizes(rewriter, op.getLoc(), op.getInit()), ones);
    return success();
  }
};

/// Some places of an order -> an order of these places.
struct SliceOrder : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp slice,
                                PatternRewriter &rewriter) const override {
    auto order = slice.getSource().getDefiningOp<tw::ArgsortOp>();
    if (!order)
      return rewriter.notifyMatchFailure(slice, "is of no order");
    if (!order->hasOneUse())
      return rewriter.notifyMatchFailure(slice, "the order has other readers");
    int64_t dimension = order.getDimension();
    if (!slice.hasUnitStride() || slice.getDroppedDims().any())
      return rewriter.notifyMatchFailure(slice, "leaves out places in between, or a dimension");
    for (int64_t dim = 0; dim < slice.getType().getRank(); ++dim)
      if (dim != dimension && !isAsLarge(slice, order, dim))
        return rewriter.notifyMatchFailure(slice, "leaves out rows");
    std::optional<int64_t> first = getConstantIntValue(slice.getMixedOffsets()[dimension]);
    int64_t places = slice.getType().getDimSize(dimension);
    if (!first || ShapedType::isDynamic(places) || places == 0)
      return rewriter.notifyMatchFailure(slice, "its places are not known, or none");
    Value empty = tensor::EmptyOp::create(rewriter, slice.getLoc(), slice.getMixedSizes(),
                                          slice.getType().getElementType());
    rewriter.replaceOpWithNewOp<tw::ArgsortOp>(slice, slice.getType(), order.getInput(), empty,
                                               dimension, order.getDescending(),
                                               order.getFirst() + *first);
    return success();
  }
};

struct NarrowArgsort : tw::impl::NarrowArgsortBase<NarrowArgsort> {
  void runOnOperation() override {
    // One after the other: slices are of what the inverses become.
    RewritePatternSet inverses(&getContext()), slices(&getContext());
    inverses.add<InvertRanks>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(inverses));
    // What was raised leaves its parts behind, which would count as readers.
    IRRewriter rewriter(&getContext());
    (void)runRegionDCE(rewriter, getOperation()->getRegions());
    slices.add<SliceOrder>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(slices));
  }
};

} // namespace
