// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "passes/Input/ElementFrame.h"
#include "passes/Input/ElementPolynomial.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace tw {
#define GEN_PASS_DEF_RAISEGELU
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-gelu"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;
using tw::ElementPolynomial;

namespace {

/// Deepest nesting of arithmetic that is searched, in operations: the formulas have at most six.
constexpr unsigned kDepth = 10;

/// GELU as 0.5 * x + 0.5 * x * t, where t is erf or tanh of a polynomial in x.
struct GeluReader {
  const ElementFrame &frame;
  /// Relative error allowed in a constant: it may be the product of several rounded ones.
  double tolerance;
  Element input = {};
  tw::GeluApproximation approximation = tw::GeluApproximation::none;
  StringRef refusal = "not half a value times one plus erf or tanh";

  bool read(Element e) {
    std::optional<Element> gate = findGate(e, kDepth);
    return gate && (readGate(*gate) && isGelu(e, *gate));
  }

  /// The first erf or tanh in sums and products of `e`.
  std::optional<Element> findGate(Element e, unsigned depth) const {
    SmallVector<Element> operands;
    Operation *op = depth ? frame.definition(e, operands) : nullptr;
    if (!op)
      return std::nullopt;
    if (isa<math::ErfOp, math::TanhOp>(op))
      return Element{op->getResult(0), operands[0].map};
    if (isa<arith::MulFOp, arith::AddFOp, arith::DivFOp>(op))
      for (Element operand : operands)
        if (std::optional<Element> gate = findGate(operand, depth - 1))
          return gate;
    return std::nullopt;
  }

  /// Finds x in the argument of erf or tanh: the outermost value that makes it the wanted
  /// polynomial. It may itself be computed by sums and products, so each is tried.
  bool readGate(Element gate) {
    SmallVector<Element> operands;
    bool isErf = isa<math::ErfOp>(frame.definition(gate, operands));
    approximation = isErf ? tw::GeluApproximation::none : tw::GeluApproximation::tanh;
    constexpr double kRootOfHalf = 0.70710678118654752, kRootOfTwoOverPi = 0.79788456080286536;
    ElementPolynomial wanted;
    wanted.at(1) = isErf ? kRootOfHalf : kRootOfTwoOverPi;
    wanted.at(3) = isErf ? 0 : kRootOfTwoOverPi * 0.044715;
    return tryInputs(operands[0], operands[0], wanted, kDepth) ||
           refuse(isErf ? "the argument of erf is not x / sqrt(2)"
                        : "the argument of tanh is not sqrt(2 / pi) * (x + 0.044715 * x^3)");
  }

  bool tryInputs(Element argument, Element candidate, const ElementPolynomial &wanted,
                 unsigned depth) {
    if (!depth)
      return false;
    auto polynomial = ElementPolynomial::read(frame, argument, candidate);
    if (polynomial && polynomial->isNear(wanted, tolerance)) {
      input = candidate;
      return true;
    }
    SmallVector<Element> operands;
    Operation *op = frame.definition(candidate, operands);
    if (!op || !isa<arith::MulFOp, arith::AddFOp, arith::DivFOp, math::PowFOp, math::FPowIOp>(op))
      return false;
    return llvm::any_of(
        operands, [&](Element operand) { return tryInputs(argument, operand, wanted, depth - 1); });
  }

  bool isGelu(Element e, Element gate) {
    ElementPolynomial wanted;
    wanted.at(1, 0) = wanted.at(1, 1) = 0.5;
    auto polynomial = ElementPolynomial::read(frame, e, input, gate);
    return (polynomial && polynomial->isNear(wanted, tolerance)) ||
           refuse("the factor of erf or tanh is not x / 2");
  }

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }
};

/// 0.5 * x * (1 + erf(x / sqrt(2))) -> tw.gelu, and the tanh formula -> tw.gelu approximate = tanh,
/// however factored and over however many operations; x may be computed in the body or be a
/// tensor.
template <typename OpTy> struct RaiseGeluPattern : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy root, PatternRewriter &rewriter) const override {
    auto generic = dyn_cast<linalg::GenericOp>(root->getParentOp());
    auto type = dyn_cast<FloatType>(root.getType());
    if (!generic || !generic.hasPureTensorSemantics() || !type)
      return rewriter.notifyMatchFailure(root, "not a float in the body of a linalg.generic");
    ElementFrame frame(generic.getStaticLoopRanges(), this->getContext());
    double ulp = std::ldexp(1.0, 1 - int(type.getFPMantissaWidth()));
    GeluReader gelu{frame, 8 * ulp};
    if (!gelu.read(frame.element(root)))
      return rewriter.notifyMatchFailure(root, gelu.refusal);

    Value x = gelu.input.value;
    if (x.getParentBlock() != generic.getBody()) {
      auto dims = llvm::to_vector(llvm::seq<int64_t>(0, generic.getNumLoops()));
      std::optional<Element> tensor = frame.findTensor(gelu.input, dims, /*allowBroadcast=*/true);
      if (!tensor)
        return rewriter.notifyMatchFailure(root, "the input of GELU is not a tensor");
      x = addInput(rewriter, generic, *tensor);
    }
    if (x.getType() != type)
      return rewriter.notifyMatchFailure(root, "GELU converts its input");
    rewriter.setInsertionPoint(root);
    rewriter.replaceOpWithNewOp<tw::GeluOp>(root, x, gelu.approximation);
    return success();
  }

  /// Makes `tensor` an input of `generic` and returns its argument in the body.
  static Value addInput(PatternRewriter &rewriter, linalg::GenericOp &generic, Element tensor) {
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    SmallVector<Value> inputs = generic.getInputs();
    unsigned position = inputs.size();
    maps.insert(maps.begin() + position, tensor.map);
    inputs.push_back(tensor.value);
    rewriter.setInsertionPoint(generic);
    auto extended = linalg::GenericOp::create(
        rewriter, generic.getLoc(), generic.getResultTypes(), inputs, generic.getOutputs(),
        rewriter.getAffineMapArrayAttr(maps), generic.getIteratorTypes(), generic.getDocAttr(),
        generic.getLibraryCallAttr());
    rewriter.inlineRegionBefore(generic.getRegion(), extended.getRegion(),
                                extended.getRegion().begin());
    Value argument = extended.getBody()->insertArgument(
        position, cast<RankedTensorType>(tensor.value.getType()).getElementType(),
        generic.getLoc());
    rewriter.replaceOp(generic, extended.getResults());
    generic = extended;
    return argument;
  }
};

struct RaiseGelu : tw::impl::RaiseGeluBase<RaiseGelu> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseGeluPattern<arith::MulFOp>, RaiseGeluPattern<arith::AddFOp>>(&getContext());
    // The operands through which the formula came are unused afterwards.
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(false);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
