// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Layout/Transposes.h"

namespace tw {
#define GEN_PASS_DEF_FOLDUNITTRANSPOSES
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-unit-transposes"

using namespace mlir;

namespace {

/// The dimensions of `shape` in one group for each that is not 1. A run of 1s joins the dimension
/// before it, a leading run the one after it.
SmallVector<ReassociationIndices> groupUnitDims(ArrayRef<int64_t> shape) {
  SmallVector<ReassociationIndices> groups(llvm::count_if(shape, [](int64_t s) { return s != 1; }));
  int64_t group = -1;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    group += size != 1;
    if (!groups.empty())
      groups[std::max<int64_t>(group, 0)].push_back(dim);
  }
  return groups;
}

/// linalg.transpose that keeps the order of the dimensions that are not 1: becomes a reshape to
/// those dimensions and from them.
struct ReshapeInsteadOfTranspose : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "works on buffers");
    if (!tw::movesNoData(type, op.getPermutation()))
      return rewriter.notifyMatchFailure(op, "moves data");
    auto resultType = cast<RankedTensorType>(op.getInit().getType());
    SmallVector<int64_t> wide;
    llvm::copy_if(type.getShape(), std::back_inserter(wide), [](int64_t s) { return s != 1; });
    SmallVector<OpFoldResult> sizes = tw::getTensorSizes(rewriter, op.getLoc(), op.getInit());
    Value flat = tensor::CollapseShapeOp::create(rewriter, op.getLoc(),
                                                 RankedTensorType::get(wide, type.getElementType()),
                                                 op.getInput(), groupUnitDims(type.getShape()));
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, resultType, flat,
                                                       groupUnitDims(resultType.getShape()), sizes);
    return success();
  }
};

struct FoldUnitTransposes : tw::impl::FoldUnitTransposesBase<FoldUnitTransposes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReshapeInsteadOfTranspose>(&getContext());
    // The reshapes fold into those around them, and into slices and insertions.
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::populateReassociativeReshapeFoldingPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
