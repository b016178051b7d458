// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <limits>

namespace tw {
#define GEN_PASS_DEF_RAISESOFTMAX
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-softmax"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a softmax is made of, read from its result.
struct SoftmaxReader {
  const ElementFrame &frame;
  Element input = {};
  int64_t dimension = -1;
  bool zeroMaskedRows = false, logarithm = false;
  /// Why the last read failed, once the form was near enough to deserve a word.
  StringRef refusal = "not the quotient of an exponential and its sum";

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  /// softmax, its logarithm, or select(all(x == -inf), 0, softmax) as scaled_dot_product_attention
  /// has it.
  bool read(Element e) {
    auto select = frame.match<arith::SelectOp>(e);
    if (!select)
      return frame.match<arith::SubFOp>(e) ? readLogarithm(e) : readQuotient(e);
    if (!readQuotient((*select)[2]))
      return false;
    if (frame.constant((*select)[1]) != 0.0)
      return refuse("the value selected instead of the softmax is not 0");
    auto all = frame.reduction((*select)[0]);
    if (!all || all->combiner != ElementFrame::Combiner::And || all->dims != ArrayRef(dimension) ||
        frame.constant(all->init) != 1.0)
      return refuse("the rows set to 0 are not chosen by a test of the whole row");
    SmallVector<Element> compared;
    auto compare = dyn_cast_or_null<arith::CmpFOp>(frame.definition(all->input, compared));
    if (!compare || compare.getPredicate() != arith::CmpFPredicate::OEQ ||
        frame.constant(compared[1]) != -kInfinity || !frame.same(compared[0], input))
      return refuse("the rows set to 0 are not those that are -inf throughout");
    zeroMaskedRows = true;
    return true;
  }

  /// exp / sum, or exp * (1 / sum).
  bool readQuotient(Element e) {
    if (auto quotient = frame.match<arith::DivFOp>(e))
      return readParts((*quotient)[0], (*quotient)[1]);
    return frame.matchCommutative<arith::MulFOp>(e, [&](Element numerator, Element factor) {
      auto reciprocal = frame.match<arith::DivFOp>(factor);
      return reciprocal && frame.constant((*reciprocal)[0]) == 1.0 &&
             readParts(numerator, (*reciprocal)[1]);
    });
  }

  /// x - max(x) - log(sum).
  bool readLogarithm(Element e) {
    auto difference = frame.match<arith::SubFOp>(e);
    auto log = frame.match<math::LogOp>((*difference)[1]);
    auto sum = log ? frame.reduction((*log)[0]) : std::nullopt;
    if (!sum || sum->combiner != ElementFrame::Combiner::Add)
      return refuse("not the difference from the logarithm of a sum");
    if (!readSum(*sum))
      return false;
    std::optional<Element> summed = readShiftedExp(sum->input), x = readShifted((*difference)[0]);
    if (!summed || !x)
      return false;
    input = *x;
    logarithm = true;
    return frame.same(*summed, input) || refuse("the sum is not that of the exponentials");
  }

  bool readSum(const ElementFrame::Reduction &sum) {
    if (sum.dims.size() != 1)
      return refuse("the sum is not along one dimension");
    if (frame.constant(sum.init) != 0.0)
      return refuse("the sum does not begin with 0");
    dimension = sum.dims.front();
    return true;
  }

  bool readParts(Element numerator, Element denominator) {
    auto sum = frame.reduction(denominator);
    if (!sum || sum->combiner != ElementFrame::Combiner::Add ||
        !frame.match<math::ExpOp>(numerator))
      return false;
    if (!readSum(*sum))
      return false;
    std::optional<Element> x = readShiftedExp(numerator);
    if (!x)
      return false;
    input = *x;
    if (frame.same(sum->input, numerator))
      return true;
    std::optional<Element> summed = readShiftedExp(sum->input);
    return (summed && frame.same(*summed, input)) ||
           refuse("the sum is not that of the numerators");
  }

  /// The x of exp(x - max(x)).
  std::optional<Element> readShiftedExp(Element e) {
    if (auto exponential = frame.match<math::ExpOp>(e))
      return readShifted((*exponential)[0]);
    refusal = "not a sum of exponentials";
    return std::nullopt;
  }

  /// The x of x - max(x).
  std::optional<Element> readShifted(Element e) {
    auto fail = [&](StringRef why) {
      refusal = why;
      return std::nullopt;
    };
    auto difference = frame.match<arith::SubFOp>(e);
    if (!difference)
      return fail("the exponent is not shifted by the maximum of its row; raising it would change "
                  "where it overflows");
    auto max = frame.reduction((*difference)[1]);
    if (!max || max->combiner != ElementFrame::Combiner::Max || max->dims != ArrayRef(dimension))
      return fail("the exponent is not shifted by the maximum along the summed dimension");
    if (!frame.same(max->input, (*difference)[0]))
      return fail("the exponent is shifted by the maximum of something else");
    std::optional<double> init = frame.constant(max->init);
    if (!init || *init > -std::numeric_limits<float>::max())
      return fail("the maximum does not begin with the lowest number");
    return (*difference)[0];
  }
};

/// exp(x - max(x)) / sum(exp(x - max(x))) along one dimension, over any number of linalg
/// operations, with any unit-dimension reshapes between, or its logarithm -> tw.softmax.
struct RaiseSoftmaxPattern : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || !op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "not an operation with one tensor result");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    ElementFrame frame(type.getShape(), getContext());
    SoftmaxReader softmax{frame};
    if (!softmax.read(frame.element(op->getResult(0))))
      return rewriter.notifyMatchFailure(op, softmax.refusal);
    auto dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    std::optional<Element> input = frame.findTensor(softmax.input, dims);
    if (!input)
      return rewriter.notifyMatchFailure(op, "the input of the softmax is not a whole tensor");
    if (cast<RankedTensorType>(input->value.getType()).getElementType() != type.getElementType())
      return rewriter.notifyMatchFailure(op, "the softmax converts its input");

    Location loc = op.getLoc();
    Value x = frame.reshape(rewriter, loc, *input, dims);
    Value init = tensor::EmptyOp::create(rewriter, loc, tensor::getMixedSizes(rewriter, loc, x),
                                         type.getElementType());
    Value result = tw::SoftmaxOp::create(rewriter, loc, init.getType(), x, init, softmax.dimension,
                                         softmax.zeroMaskedRows, softmax.logarithm);
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct RaiseSoftmax : tw::impl::RaiseSoftmaxBase<RaiseSoftmax> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseSoftmaxPattern>(&getContext());
    // From the last operation up: a result is then raised before its parts are looked at, and
    // they are dead by then.
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(false);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
