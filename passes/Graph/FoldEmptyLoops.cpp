// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_FOLDEMPTYLOOPS
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-empty-loops"

using namespace mlir;

namespace {

bool isEmpty(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped && shaped.hasRank() && llvm::is_contained(shaped.getShape(), 0);
}

/// Replaces an operation that computes nothing by its inits: all its results have no elements, or
/// it is a linalg operation one of whose loops runs zero times, so that no element of an init is
/// ever written. An operation that is not linalg (tw.softmax) with results to fill says itself what
/// they are, and stays.
struct ReplaceByInits : OpInterfaceRewritePattern<DestinationStyleOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(DestinationStyleOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "it works on memory");
    if (op->getNumResults() == 0 || op->getNumResults() != op.getDpsInits().size())
      return rewriter.notifyMatchFailure(op, "its results are not its inits");
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation());
    bool noIterations = linalgOp && llvm::is_contained(linalgOp.getStaticLoopRanges(), 0);
    if (!noIterations && !llvm::all_of(op->getResultTypes(), isEmpty))
      return rewriter.notifyMatchFailure(op, "some of its results have elements");
    rewriter.replaceOp(op, op.getDpsInits());
    return success();
  }
};

struct FoldEmptyLoops : tw::impl::FoldEmptyLoopsBase<FoldEmptyLoops> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReplaceByInits>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
