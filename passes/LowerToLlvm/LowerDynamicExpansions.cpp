// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_LOWERDYNAMICEXPANSIONS
#include "passes/LowerToLlvm/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-lower-dynamic-expansions"

using namespace mlir;

namespace {

/// Replaces an expansion into two or more dynamic sizes by the same memory with those sizes, which
/// the operation names, and strides computed from them: within a group, the innermost dimension
/// keeps the stride of what it splits, and each further one skips all that is inside it.
struct ReinterpretExpansion : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = op.getResultType();
    auto isUnknown = [&](int64_t dim) { return type.isDynamicDim(dim); };
    if (llvm::none_of(op.getReassociationIndices(), [&](ArrayRef<int64_t> group) {
          return llvm::count_if(group, isUnknown) > 1;
        }))
      return rewriter.notifyMatchFailure(op, "no group has two dynamic sizes");

    Location loc = op.getLoc();
    auto source = memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getSrc());
    SmallVector<OpFoldResult> sourceStrides = source.getConstifiedMixedStrides();
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> strides(sizes.size());
    AffineExpr left = rewriter.getAffineSymbolExpr(0), right = rewriter.getAffineSymbolExpr(1);
    for (auto [group, sourceStride] :
         llvm::zip_equal(op.getReassociationIndices(), sourceStrides)) {
      OpFoldResult stride = sourceStride;
      for (int64_t dim : llvm::reverse(group)) {
        strides[dim] = stride;
        stride = affine::makeComposedFoldedAffineApply(rewriter, loc, left * right,
                                                       {stride, sizes[dim]});
      }
    }
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        op, type, source.getBaseBuffer(), source.getConstifiedMixedOffset(), sizes, strides);
    return success();
  }
};

struct LowerDynamicExpansions : tw::impl::LowerDynamicExpansionsBase<LowerDynamicExpansions> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReinterpretExpansion>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
