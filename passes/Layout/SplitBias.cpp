// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Layout/Transposes.h"
#include "passes/Layout/WindowDims.h"

namespace tw {
#define GEN_PASS_DEF_SPLITBIAS
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-split-bias"

using namespace mlir;

namespace {

/// Contraction or convolution whose result is `init + sum`, `init` being no fill: sums from zero
/// instead, and adds `init` in an elementwise operation after.
struct SplitBiasOff : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "works on buffers");
    if (!linalg::isaContractionOpInterface(op) && failed(tw::inferWindowDims(op)))
      return rewriter.notifyMatchFailure(op, "neither a contraction nor a windowed operation");
    OpOperand &init = *op.getDpsInitOperand(0);
    if (isa_and_nonnull<linalg::FillOp, tensor::EmptyOp, arith::ConstantOp>(
            init.get().getDefiningOp()))
      return rewriter.notifyMatchFailure(op, "sums from a constant already");
    if (!op.getMatchingIndexingMap(&init).isProjectedPermutation())
      return rewriter.notifyMatchFailure(op, "does not write its result element by element");
    Block *body = op.getBlock();
    Value accumulator = op.getMatchingBlockArgument(&init);
    Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
    if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add) || !accumulator.hasOneUse() ||
        !llvm::is_contained(add->getOperands(), accumulator))
      return rewriter.notifyMatchFailure(op, "does not add to its init");

    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(init.get().getType());
    Value empty = tw::createEmptyLike(rewriter, loc, init.get(), type.getElementType());
    Value zero =
        arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
    Value fill = linalg::FillOp::create(rewriter, loc, zero, empty).getResult(0);
    Value bias = init.get();
    auto sum = cast<linalg::LinalgOp>(rewriter.clone(*op));
    sum.getDpsInitOperand(0)->set(fill);
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    rewriter.replaceOpWithNewOp<linalg::GenericOp>(
        op, type, ValueRange{sum->getResult(0), bias}, empty,
        ArrayRef{identity, identity, identity}, iterators,
        [&](OpBuilder &builder, Location loc, ValueRange args) {
          Operation *result = builder.clone(*add);
          result->setOperands(args.take_front(2));
          linalg::YieldOp::create(builder, loc, result->getResults());
        });
    return success();
  }
};

struct SplitBias : tw::impl::SplitBiasBase<SplitBias> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitBiasOff>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
