// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_DROPUNITRESULTS
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-drop-unit-results"

using namespace mlir;

namespace {

/// Reassociation that puts each unit dimension with the kept dimension before it, and leading
/// ones with the first that is kept.
SmallVector<ReassociationIndices> groupUnitDims(ArrayRef<bool> isUnit) {
  SmallVector<ReassociationIndices> groups;
  bool hasKept = false;
  for (auto [dim, unit] : llvm::enumerate(isUnit)) {
    if (groups.empty() || (!unit && hasKept))
      groups.push_back({});
    groups.back().push_back(dim);
    hasKept |= !unit;
  }
  return hasKept ? groups : SmallVector<ReassociationIndices>{};
}

/// A generic with one result some of whose indices are the constant 0 -> the same generic on a
/// result without those dimensions, expanded.
struct DropUnitResult : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (op.getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "not on one tensor result");
    OpOperand *init = op.getDpsInitOperand(0);
    AffineMap map = op.getMatchingIndexingMap(init);
    auto type = cast<RankedTensorType>(op.getResult(0).getType());
    SmallVector<bool> isUnit;
    SmallVector<AffineExpr> kept;
    SmallVector<int64_t> shape;
    for (auto [expr, size] : llvm::zip_equal(map.getResults(), type.getShape())) {
      auto constant = dyn_cast<AffineConstantExpr>(expr);
      if (constant && size != 1)
        return rewriter.notifyMatchFailure(op, "a constant index into a dimension that is not 1");
      isUnit.push_back(constant != nullptr);
      if (!constant) {
        kept.push_back(expr);
        shape.push_back(size);
      }
    }
    if (!llvm::is_contained(isUnit, true))
      return rewriter.notifyMatchFailure(op, "no dimension of the result has a constant index");
    Location loc = op.getLoc();
    SmallVector<ReassociationIndices> groups = groupUnitDims(isUnit);
    auto small = RankedTensorType::get(shape, type.getElementType());
    Value smallInit = tensor::CollapseShapeOp::create(rewriter, loc, small, init->get(), groups);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    maps.back() = AffineMap::get(map.getNumDims(), 0, kept, rewriter.getContext());
    auto smallOp = linalg::GenericOp::create(rewriter, loc, small, op.getInputs(), smallInit, maps,
                                             op.getIteratorTypesArray());
    rewriter.inlineRegionBefore(op.getRegion(), smallOp.getRegion(), smallOp.getRegion().begin());
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, init->get());
    rewriter.replaceOpWithNewOp<tensor::ExpandShapeOp>(op, type, smallOp.getResult(0), groups,
                                                       sizes);
    return success();
  }
};

struct DropUnitResults : tw::impl::DropUnitResultsBase<DropUnitResults> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DropUnitResult>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
