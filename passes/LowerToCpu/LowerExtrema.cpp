// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/LowerExtrema.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace {

/// Replaces a maximum by LLVM's. Upstream's expansion compares twice, and waits for the accumulator
/// of a reduction with both; LLVM's own takes longer only for the sign of zero, which is waived.
template <typename Op, typename Intrinsic> struct LowerExtremum : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "computes on tensors; bufferize or vectorize first");
    auto flags = LLVM::FastmathFlagsAttr::get(rewriter.getContext(), LLVM::FastmathFlags::nsz);
    rewriter.replaceOpWithNewOp<Intrinsic>(op, op.getType(), op.getLhs(), op.getRhs(), flags);
    return success();
  }
};

/// The bounds are no NaN, so the comparisons alone keep one.
struct LowerClamp : OpRewritePattern<math::ClampFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ClampFOp op, PatternRewriter &rewriter) const override {
    if (isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "computes on tensors; bufferize or vectorize first");
    Location loc = op.getLoc();
    auto pick = [&](arith::CmpFPredicate predicate, Value bound, Value value) -> Value {
      Value beyond = arith::CmpFOp::create(rewriter, loc, predicate, bound, value);
      return arith::SelectOp::create(rewriter, loc, beyond, bound, value);
    };
    Value raised = pick(arith::CmpFPredicate::OGT, op.getMin(), op.getValue());
    rewriter.replaceOp(op, pick(arith::CmpFPredicate::OLT, op.getMax(), raised));
    return success();
  }
};

} // namespace

void tw::populateLowerExtremaPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerClamp, LowerExtremum<arith::MaximumFOp, LLVM::MaximumOp>,
               LowerExtremum<arith::MinimumFOp, LLVM::MinimumOp>>(patterns.getContext());
}
