// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The pass around VectorMath/: which operation is computed by which function, and on which types.
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/LowerToCpu/LowerExtrema.h"
#include "passes/LowerToCpu/VectorMath/Functions.h"

namespace tw {
#define GEN_PASS_DEF_LOWERVECTORMATH
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-lower-vector-math"

using namespace mlir;
using tw::vector_math::Float;
using tw::vector_math::Int;

namespace {

/// Why the operation is not computed here. Empty if it is: on scalars and vectors of fixed size, of
/// floats of at most `maxWidth` bits.
StringRef whyLeft(Operation *op, unsigned maxWidth = 32) {
  Type type = op->getResultTypes().front();
  if (isa<TensorType>(type))
    return "computes on tensors; bufferize or vectorize first";
  if (auto vector = dyn_cast<VectorType>(type); vector && vector.isScalable())
    return "scalable vectors are not supported";
  if (getElementTypeOrSelf(type).getIntOrFloatBitWidth() > maxWidth)
    return "wider than f32: left to the scalar functions of libm";
  return {};
}

/// The operand as f32, in which every narrower type is computed.
Float load(ImplicitLocOpBuilder &b, Value operand) {
  Float value{{&b, operand}};
  if (getElementTypeOrSelf(operand.getType()).getIntOrFloatBitWidth() >= 32)
    return value;
  return {{&b, arith::ExtFOp::create(b, value.shapedAs(b.getF32Type()), operand)}};
}

/// The result in the type that the operation has.
Value store(Float result, Type type) {
  if (result.value.getType() == type)
    return result.value;
  return arith::TruncFOp::create(*result.builder, type, result.value);
}

/// Replaces a function of one or two floats by `function` of them.
template <typename Op, auto function> struct LowerFunction : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    if constexpr (std::is_invocable_v<decltype(function), Float>)
      rewriter.replaceOp(op, store(function(load(b, op->getOperand(0))), op.getType()));
    else
      rewriter.replaceOp(op, store(function(load(b, op->getOperand(0)), load(b, op->getOperand(1))),
                                   op.getType()));
    return success();
  }
};

/// Replaces math.exp. With `afn` the numbers that nothing is added to are 0.
struct LowerExp : OpRewritePattern<math::ExpOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ExpOp op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    bool mayDrop = bitEnumContainsAll(op.getFastmath(), arith::FastMathFlags::afn);
    Float x = load(b, op.getOperand());
    rewriter.replaceOp(op, store(mayDrop ? expOrZero(x) : exp(x), op.getType()));
    return success();
  }
};

/// Replaces math.sincos: one argument reduction for both.
struct LowerSincos : OpRewritePattern<math::SincosOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::SincosOp op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto [sine, cosine] = tw::vector_math::sincos(load(b, op.getOperand()));
    Type type = op.getResultTypes().front();
    rewriter.replaceOp(op, {store(sine, type), store(cosine, type)});
    return success();
  }
};

/// The number that every lane of a value is, where that is known. Looks through broadcasts, which
/// vectorization leaves around the constants of a loop's body.
std::optional<double> splatConstant(Value value) {
  while (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getValue().getSExtValue();
  return std::nullopt;
}

/// Replaces math.powf and math.fpowi by a constant that takes only products, divisions and square
/// roots, on f64 too.
template <typename Op> struct LowerConstantPower : OpRewritePattern<Op> {
  LowerConstantPower(MLIRContext *context) : OpRewritePattern<Op>(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op, /*maxWidth=*/64); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    std::optional<double> exponent = splatConstant(op.getRhs());
    if (!exponent || !tw::vector_math::isSimplePower(*exponent))
      return rewriter.notifyMatchFailure(op, "the exponent is not one of the simple constants");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, store(simplePower(load(b, op.getLhs()), *exponent), op.getType()));
    return success();
  }
};

/// Replaces math.fpowi. On f64 it becomes math.powf, since LLVM's own lowering of it calls a
/// function of compiler-rt, which an artefact may not need.
struct LowerPowi : OpRewritePattern<math::FPowIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FPowIOp op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op, /*maxWidth=*/64); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Int power{{&b, op.getRhs()}};
    if (getElementTypeOrSelf(op.getRhs().getType()).isIndex())
      power.value = arith::IndexCastOp::create(b, power.shapedAs(b.getI64Type()), power.value);
    Float base = load(b, op.getLhs());
    if (base.isDouble())
      rewriter.replaceOpWithNewOp<math::PowFOp>(op, base.value, toDouble(power).value);
    else
      rewriter.replaceOp(op, store(powi(base, power), op.getType()));
    return success();
  }
};

/// Replaces math.rsqrt, on f64 too: the machine has both of its steps.
struct LowerRsqrt : OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RsqrtOp op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op, /*maxWidth=*/64); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, store(rsqrt(load(b, op.getOperand())), op.getType()));
    return success();
  }
};

/// Replaces tw.gelu. On f64 by its formula, in a form that does not cancel.
struct LowerGelu : OpRewritePattern<tw::GeluOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::GeluOp op, PatternRewriter &rewriter) const override {
    if (StringRef why = whyLeft(op, /*maxWidth=*/64); !why.empty())
      return rewriter.notifyMatchFailure(op, why);
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Float x = load(b, op.getOperand());
    bool isTanh = op.getApproximate() == tw::GeluApproximation::tanh;
    if (!x.isDouble()) {
      Float result = isTanh ? geluTanh(x) : gelu(x);
      rewriter.replaceOp(op, store(result, op.getType()));
    } else if (isTanh) {
      Float twice = x * fma(x * x, 0.07135481627260025, 1.5957691216057308);
      Float decay{{&b, math::ExpOp::create(b, (-twice).value)}};
      rewriter.replaceOp(op, (x / (decay + 1.0)).value);
    } else {
      Float tail{{&b, math::ErfcOp::create(b, (x * -0.7071067811865476).value)}};
      rewriter.replaceOp(op, (x * 0.5 * tail).value);
    }
    return success();
  }
};

struct LowerVectorMath : tw::impl::LowerVectorMathBase<LowerVectorMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    tw::populateLowerVectorMathPatterns(patterns);
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return signalPassFailure();
    getOperation()->walk([](Operation *op) {
      // The functions that are left; what a processor has as an instruction is no function.
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) || op->getNumResults() == 0 ||
          isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp, math::FmaOp,
              math::RoundEvenOp, math::RoundOp, math::SqrtOp, math::TruncOp>(op))
        return;
      auto type = dyn_cast<VectorType>(op->getResult(0).getType());
      if (type && isa<FloatType>(type.getElementType()))
        op->emitRemark() << "'" << op->getName() << "' on " << type
                         << " is computed lane by lane by libm; only f32 and narrower types have "
                            "a vector form";
    });
  }
};

} // namespace

void tw::populateLowerVectorMathPatterns(RewritePatternSet &patterns) {
  namespace vm = tw::vector_math;
  patterns.add<LowerFunction<math::AcosOp, vm::acos>, LowerFunction<math::AcoshOp, vm::acosh>,
               LowerFunction<math::AsinOp, vm::asin>, LowerFunction<math::AsinhOp, vm::asinh>,
               LowerFunction<math::Atan2Op, vm::atan2>, LowerFunction<math::AtanOp, vm::atan>,
               LowerFunction<math::AtanhOp, vm::atanh>, LowerFunction<math::CbrtOp, vm::cbrt>,
               LowerFunction<math::CosOp, vm::cos>, LowerFunction<math::CoshOp, vm::cosh>,
               LowerFunction<math::ErfOp, vm::erf>, LowerFunction<math::ErfcOp, vm::erfc>,
               LowerFunction<math::Exp2Op, vm::exp2>, LowerFunction<math::ExpM1Op, vm::expm1>,
               LowerExp, LowerFunction<math::Log10Op, vm::log10>,
               LowerFunction<math::Log1pOp, vm::log1p>, LowerFunction<math::Log2Op, vm::log2>,
               LowerFunction<math::LogOp, vm::log>, LowerFunction<math::PowFOp, vm::pow>,
               LowerFunction<math::SinOp, vm::sin>, LowerFunction<math::SinhOp, vm::sinh>,
               LowerFunction<math::TanOp, vm::tan>, LowerFunction<math::TanhOp, vm::tanh>,
               LowerFunction<arith::RemFOp, vm::remainder>, LowerConstantPower<math::FPowIOp>,
               LowerConstantPower<math::PowFOp>, LowerGelu, LowerPowi, LowerRsqrt, LowerSincos>(
      patterns.getContext());
  tw::populateLowerExtremaPatterns(patterns);
}
