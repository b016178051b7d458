// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Narrow/WordHalves.h"
#include "passes/Schedule/Heuristics.h"

namespace tw {
#define GEN_PASS_DEF_LOWERDOTS
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-lower-dots"

using namespace mlir;

namespace {

/// Two multiply-adds in f32.
Value multiplyHalves(ImplicitLocOpBuilder &b, tw::Bf16DotOp op) {
  // One by one: C++ does not say in which order the arguments of a call are made.
  Value lhs = tw::widenLowerHalf(b, op.getLhs()), rhs = tw::widenLowerHalf(b, op.getRhs());
  Value sum = math::FmaOp::create(b, lhs, rhs, op.getAccumulator());
  lhs = tw::widenUpperHalf(b, op.getLhs());
  rhs = tw::widenUpperHalf(b, op.getRhs());
  return math::FmaOp::create(b, lhs, rhs, sum);
}

struct WidenHalves : OpRewritePattern<tw::Bf16DotOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::Bf16DotOp op, PatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, multiplyHalves(b, op));
    return success();
  }
};

/// AVX512-BF16 has the instruction for 4, 8 and 16 lanes. Fewer than 4 get more, of any numbers.
struct UseInstruction : OpRewritePattern<tw::Bf16DotOp> {
  UseInstruction(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(tw::Bf16DotOp op, PatternRewriter &rewriter) const override {
    auto type = dyn_cast<VectorType>(op.getType());
    if (!type || type.getRank() != 1 || type.isScalable())
      return rewriter.notifyMatchFailure(op, "no vector of one dimension");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    int64_t lanes = type.getNumElements();
    int64_t width = lanes % 16 == 0 ? 16 : lanes % 8 == 0 ? 8 : 4;
    Value result = op.getAccumulator();
    for (int64_t offset = 0; offset < lanes; offset += width) {
      int64_t count = std::min(width, lanes - offset);
      auto slice = [&](Value value) { return extractLanes(b, value, offset, count); };
      Value lhs = slice(op.getLhs()), rhs = slice(op.getRhs()), total = slice(op.getAccumulator());
      Value sum = multiply(b, lhs, rhs, total);
      if (count < width)
        sum = vector::ExtractStridedSliceOp::create(b, sum, 0, count, 1);
      result = count == lanes
                   ? sum
                   : vector::InsertStridedSliceOp::create(b, sum, result, offset, 1).getResult();
    }
    rewriter.replaceOp(op, result);
    return success();
  }

  /// `count` lanes of `value`, in a vector of at least 4.
  static Value extractLanes(ImplicitLocOpBuilder &b, Value value, int64_t offset, int64_t count) {
    auto type = cast<VectorType>(value.getType());
    if (count < type.getNumElements())
      value = vector::ExtractStridedSliceOp::create(b, value, offset, count, 1);
    if (count >= 4)
      return value;
    Value rest = ub::PoisonOp::create(b, VectorType::get({4}, type.getElementType()));
    return vector::InsertStridedSliceOp::create(b, value, rest, 0, 1);
  }

  static Value multiply(ImplicitLocOpBuilder &b, Value lhs, Value rhs, Value accumulator) {
    auto type = cast<VectorType>(accumulator.getType());
    auto numbers = VectorType::get({2 * type.getNumElements()}, b.getBF16Type());
    auto name =
        b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps." + Twine(32 * type.getNumElements()));
    lhs = vector::BitCastOp::create(b, numbers, lhs);
    rhs = vector::BitCastOp::create(b, numbers, rhs);
    return LLVM::CallIntrinsicOp::create(b, TypeRange{type}, name,
                                         ValueRange{accumulator, lhs, rhs},
                                         LLVM::FastmathFlagsAttr{})
        .getResult(0);
  }
};

struct LowerDots : tw::impl::LowerDotsBase<LowerDots> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<WidenHalves>(&getContext());
    if (target.getBf16Dot() == "vdpbf16ps")
      patterns.add<UseInstruction>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
