// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/AttentionRewrites.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace {

/// The softmax of scores whose batch dimensions were merged -> that of the scores before, as their
/// masks know them: the windows of an image, of which one mask serves every image.
struct SinkMerge : OpRewritePattern<tw::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::SoftmaxOp op, PatternRewriter &rewriter) const override {
    auto collapse = op.getInput().getDefiningOp<tensor::CollapseShapeOp>();
    int64_t rank = op.getResultType().getRank();
    if (!collapse || !collapse->hasOneUse() || rank < 3)
      return rewriter.notifyMatchFailure(op, "its scores are not merged for it alone");
    SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
    if (static_cast<int64_t>(op.getDimension()) != rank - 1 || groups[rank - 1].size() != 1 ||
        groups[rank - 2].size() != 1)
      return rewriter.notifyMatchFailure(op, "rows or columns of its scores are merged");
    auto isFull = [&](int64_t dim) { return collapse.getSrcType().getDimSize(dim) != 1; };
    if (llvm::none_of(groups,
                      [&](ArrayRef<int64_t> group) { return llvm::count_if(group, isFull) > 1; }))
      return rewriter.notifyMatchFailure(op, "the reshape only removes dimensions of size 1");
    if (!collapse.getSrc().getDefiningOp<linalg::LinalgOp>())
      return rewriter.notifyMatchFailure(op,
                                         "nothing is done to its scores before they are merged");
    Location loc = op.getLoc();
    RankedTensorType type = collapse.getSrcType();
    Value init = tensor::EmptyOp::create(rewriter, loc,
                                         tensor::getMixedSizes(rewriter, loc, collapse.getSrc()),
                                         op.getResultType().getElementType());
    auto softmax =
        tw::SoftmaxOp::create(rewriter, loc, init.getType(), collapse.getSrc(), init,
                              type.getRank() - 1, op.getZeroMaskedRows(), op.getLogarithm());
    rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(op, op.getResultType(),
                                                         softmax->getResult(0), groups);
    return success();
  }
};

} // namespace

void tw::populateSplitSoftmax(RewritePatternSet &patterns) {
  patterns.add<SinkMerge>(patterns.getContext());
}
