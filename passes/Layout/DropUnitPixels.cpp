// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Layout/WindowDims.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_DROPUNITPIXELS
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-drop-unit-pixels"

using namespace mlir;

namespace {

/// Output pixels and windows that are one pixel each along the same dimension of the input.
SmallVector<unsigned> findUnitPixels(linalg::GenericOp op) {
  FailureOr<tw::WindowDims> dims = tw::inferWindowDims(op);
  if (failed(dims))
    return {};
  SmallVector<unsigned> loops;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (AffineExpr expr : op.getIndexingMapsArray()[0].getResults()) {
    auto reads = [&](unsigned loop) { return expr.isFunctionOfDim(loop); };
    const auto *image = llvm::find_if(dims->image, reads);
    const auto *window = llvm::find_if(dims->window, reads);
    if (image != dims->image.end() && window != dims->window.end() && ranges[*image] == 1 &&
        ranges[*window] == 1)
      loops.append({*image, *window});
  }
  return loops;
}

struct DropUnitPixels : tw::impl::DropUnitPixelsBase<DropUnitPixels> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> generics;
    getOperation().walk([&](linalg::GenericOp op) { generics.push_back(op); });
    // A walk, as upstream's transformation may leave dead operations where it gives up, and a
    // greedy driver would try again for ever.
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : generics) {
      SmallVector<unsigned> loops = findUnitPixels(op);
      if (loops.empty() || !op.hasPureTensorSemantics())
        continue;
      linalg::ControlDropUnitDims control;
      control.controlFn = [&](Operation *) { return loops; };
      rewriter.setInsertionPoint(op);
      FailureOr<linalg::DropUnitDimsResult> dropped = linalg::dropUnitDims(rewriter, op, control);
      if (failed(dropped)) {
        LDBG() << "its operands cannot be reshaped: " << op;
        continue;
      }
      rewriter.replaceOp(op, dropped->replacements);
    }
    // The reshape of an init that is a fill: a fill, for those who look for one.
    RewritePatternSet patterns(&getContext());
    linalg::FillOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
