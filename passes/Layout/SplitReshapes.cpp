// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_SPLITRESHAPES
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-split-reshapes"

using namespace mlir;

namespace {

/// How many of the leading dimensions of `from` and of `to` hold the same elements, 0 and 0 if only
/// all of them do.
std::pair<size_t, size_t> getCommonPrefix(ArrayRef<int64_t> from, ArrayRef<int64_t> to) {
  size_t numFrom = 0, numTo = 0;
  int64_t fromSize = 1, toSize = 1;
  do {
    bool growsFrom = numFrom == 0 || fromSize < toSize;
    ArrayRef<int64_t> shape = growsFrom ? from : to;
    size_t &count = growsFrom ? numFrom : numTo;
    if (count == shape.size() || ShapedType::isDynamic(shape[count]))
      return {0, 0};
    (growsFrom ? fromSize : toSize) *= shape[count++];
  } while (numTo == 0 || fromSize != toSize);
  if (numFrom == from.size() || numTo == to.size())
    return {0, 0};
  return {numFrom, numTo};
}

/// The groups of a collapse_shape and of the expand_shape after it, in step.
struct ReshapePair {
  SmallVector<ReassociationIndices> collapse, expand;

  /// Adds the group of dimensions `firstFrom` and `firstTo` and those that follow, whose sizes are
  /// `from` and `to`, cut where it can be.
  void add(ArrayRef<int64_t> from, ArrayRef<int64_t> to, int64_t firstFrom, int64_t firstTo) {
    size_t numFrom, numTo;
    while (true) {
      std::tie(numFrom, numTo) = getCommonPrefix(from, to);
      if (numFrom == 0)
        break;
      append(firstFrom, numFrom, firstTo, numTo);
      from = from.drop_front(numFrom);
      to = to.drop_front(numTo);
      firstFrom += numFrom;
      firstTo += numTo;
    }
    // From the other end, up to a dynamic dimension in the middle.
    SmallVector<int64_t> fromBack(llvm::reverse(from)), toBack(llvm::reverse(to));
    SmallVector<std::pair<size_t, size_t>> suffixes;
    ArrayRef<int64_t> restFrom = fromBack, restTo = toBack;
    while (true) {
      std::tie(numFrom, numTo) = getCommonPrefix(restFrom, restTo);
      if (numFrom == 0)
        break;
      suffixes.emplace_back(numFrom, numTo);
      restFrom = restFrom.drop_front(numFrom);
      restTo = restTo.drop_front(numTo);
    }
    append(firstFrom, restFrom.size(), firstTo, restTo.size());
    firstFrom += restFrom.size();
    firstTo += restTo.size();
    for (auto [sizeFrom, sizeTo] : llvm::reverse(suffixes)) {
      append(firstFrom, sizeFrom, firstTo, sizeTo);
      firstFrom += sizeFrom;
      firstTo += sizeTo;
    }
  }

private:
  void append(int64_t firstFrom, int64_t numFrom, int64_t firstTo, int64_t numTo) {
    collapse.push_back(llvm::to_vector<2>(llvm::seq(firstFrom, firstFrom + numFrom)));
    expand.push_back(llvm::to_vector<2>(llvm::seq(firstTo, firstTo + numTo)));
  }
};

bool isIdentity(ArrayRef<ReassociationIndices> groups) {
  return llvm::all_of(groups, [](const auto &group) { return group.size() == 1; });
}

/// tensor.collapse_shape then tensor.expand_shape: the tensor between them keeps each boundary of
/// dimensions that those on both sides have.
struct SplitReshapePair : OpRewritePattern<tensor::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    auto collapse = op.getSrc().getDefiningOp<tensor::CollapseShapeOp>();
    if (!collapse)
      return rewriter.notifyMatchFailure(op, "expands what was not collapsed");
    ArrayRef<int64_t> from = collapse.getSrcType().getShape();
    ArrayRef<int64_t> to = op.getResultType().getShape();
    if (llvm::is_contained(from, 0) || llvm::is_contained(to, 0))
      return rewriter.notifyMatchFailure(op, "has no elements");
    ReshapePair pair;
    for (auto [left, right] :
         llvm::zip_equal(collapse.getReassociationIndices(), op.getReassociationIndices()))
      pair.add(from.slice(left.front(), left.size()), to.slice(right.front(), right.size()),
               left.front(), right.front());
    if (pair.collapse.size() == op.getReassociationIndices().size())
      return rewriter.notifyMatchFailure(op, "shares no other boundary with the collapse before");
    Value value = collapse.getSrc();
    if (!isIdentity(pair.collapse))
      value = tensor::CollapseShapeOp::create(rewriter, collapse.getLoc(), value, pair.collapse);
    if (isIdentity(pair.expand))
      rewriter.replaceOp(op, value);
    else
      rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, op.getResultType(), value, pair.expand,
                                                         op.getMixedOutputShape());
    return success();
  }
};

struct SplitReshapes : tw::impl::SplitReshapesBase<SplitReshapes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitReshapePair>(&getContext());
    // Reshapes in a row become one, of which the pair sees all.
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
