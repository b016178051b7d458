// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "passes/Input/ConvolutionImage.h"
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

namespace tw {
#define GEN_PASS_DEF_RAISELAYERNORM
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-layer-norm"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

/// What a layer or RMS normalization is made of, read from its result.
struct NormReader {
  const ElementFrame &frame;
  Element input = {};
  std::optional<Element> gamma, beta;
  double epsilon = 0;
  bool centered = false;
  SmallVector<int64_t> dims = {};
  StringRef refusal = "not a product with the reciprocal of a root";

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  /// [[normalized * gamma] + beta], each part optional. The normalization is read first: only it
  /// says which dimensions a parameter must have.
  bool read(Element e) {
    bool isShifted = frame.matchCommutative<arith::AddFOp>(e, [&](Element scaled, Element shift) {
      if (!readScaled(scaled) || !frame.findTensor(shift, dims))
        return false;
      beta = shift;
      return true;
    });
    return isShifted || readScaled(e);
  }

  /// (c * root) * gamma, (c * gamma) * root, c * root, where root = rsqrt(mean(c * c) + epsilon).
  bool readScaled(Element e) {
    gamma = beta = std::nullopt;
    auto takeGamma = [&](Element factor) {
      if (!frame.findTensor(factor, dims))
        return false;
      gamma = factor;
      return true;
    };
    bool isScaled = frame.matchCommutative<arith::MulFOp>(e, [&](Element product, Element factor) {
      return readNormalized(
          product, [&](Element c, Element v) { return readParts(c, v) && takeGamma(factor); });
    });
    return isScaled || readNormalized(e, [&](Element c, Element v) {
             return readParts(c, v) ||
                    frame.matchCommutative<arith::MulFOp>(c, [&](Element inner, Element factor) {
                      return readParts(inner, v) && takeGamma(factor);
                    });
           });
  }

  /// c * rsqrt(v), c * (1 / sqrt(v)), c / sqrt(v), c * v^-0.5.
  bool readNormalized(Element e, function_ref<bool(Element, Element)> accept) {
    if (auto quotient = frame.match<arith::DivFOp>(e)) {
      auto root = frame.match<math::SqrtOp>((*quotient)[1]);
      return root && accept((*quotient)[0], (*root)[0]);
    }
    return frame.matchCommutative<arith::MulFOp>(e, [&](Element c, Element factor) {
      factor = frame.stripRounding(factor);
      if (auto root = frame.match<math::RsqrtOp>(factor))
        return accept(c, (*root)[0]);
      if (auto power = frame.match<math::PowFOp>(factor))
        return frame.constant((*power)[1]) == -0.5 && accept(c, (*power)[0]);
      auto reciprocal = frame.match<arith::DivFOp>(factor);
      auto root = reciprocal ? frame.match<math::SqrtOp>((*reciprocal)[1]) : std::nullopt;
      return root && frame.constant((*reciprocal)[0]) == 1.0 && accept(c, (*root)[0]);
    });
  }

  bool readParts(Element c, Element variancePlusEpsilon) {
    Element variance;
    if (!frame.matchCommutative<arith::AddFOp>(
            frame.stripRounding(variancePlusEpsilon), [&](Element v, Element constant) {
              std::optional<double> value = frame.constant(frame.stripRounding(constant));
              if (!value)
                return false;
              variance = v;
              epsilon = *value;
              return true;
            }))
      return refuse("no constant epsilon is added under the root");
    if (epsilon < 0)
      return refuse("the epsilon is negative");

    std::optional<Element> square = readMean(variance);
    if (!square)
      return false;
    std::optional<Element> root = readSquare(*square);
    if (!root)
      return refuse("what is averaged under the root is not a square");
    if (std::optional<Element> x = readCentered(c)) {
      std::optional<Element> varianceX = readCentered(*root);
      if (!varianceX || !frame.same(*x, *varianceX))
        return refuse("the variance is not that of the centered numerator");
      centered = true;
      input = *x;
      return true;
    }
    if (!frame.same(c, *root))
      return refuse("the mean square is not that of the numerator");
    centered = false;
    input = c;
    return true;
  }

  /// The y of mean(y), over the trailing dimensions of the frame. Sets `dims` or compares to it.
  std::optional<Element> readMean(Element e) {
    auto fail = [&](StringRef why) {
      refusal = why;
      return std::nullopt;
    };
    e = frame.stripRounding(e);
    std::optional<ElementFrame::Reduction> sum;
    std::optional<double> count;
    if (auto quotient = frame.match<arith::DivFOp>(e)) {
      sum = frame.reduction(frame.stripRounding((*quotient)[0]));
      count = frame.constant((*quotient)[1]);
    } else {
      frame.matchCommutative<arith::MulFOp>(e, [&](Element total, Element factor) {
        std::optional<double> inverse = frame.constant(factor);
        if (!inverse || *inverse <= 0)
          return false;
        sum = frame.reduction(frame.stripRounding(total));
        count = std::round(1 / *inverse);
        return sum && float(1 / *count) == float(*inverse);
      });
    }
    if (!sum || sum->combiner != ElementFrame::Combiner::Add || frame.constant(sum->init) != 0.0)
      return fail("not a sum divided by its length");
    int64_t length = 1;
    for (int64_t dim : sum->dims) {
      if (ShapedType::isDynamic(frame.getSizes()[dim]))
        return fail("the length of the normalized rows is not static");
      length *= frame.getSizes()[dim];
    }
    if (count != static_cast<double>(length))
      return fail("the sum is not divided by its length");
    if (sum->dims.empty() || frame.getDims().size() < sum->dims.size() ||
        ArrayRef(frame.getDims()).take_back(sum->dims.size()) != ArrayRef(sum->dims))
      return fail("the normalized dimensions are not the trailing ones");
    dims = sum->dims;
    return sum->input;
  }

  /// The y of y * y, y^2.
  std::optional<Element> readSquare(Element e) {
    if (auto product = frame.match<arith::MulFOp>(e))
      return frame.same((*product)[0], (*product)[1]) ? std::optional((*product)[0]) : std::nullopt;
    auto power = frame.match<math::PowFOp, math::FPowIOp>(e);
    return power && frame.constant((*power)[1]) == 2.0 ? std::optional((*power)[0]) : std::nullopt;
  }

  /// The y of y - mean(y), along the dimensions already found.
  std::optional<Element> readCentered(Element e) {
    auto difference = frame.match<arith::SubFOp>(e);
    if (!difference)
      return std::nullopt;
    SmallVector<int64_t> varianceDims = dims;
    std::optional<Element> mean = readMean((*difference)[1]);
    bool matches = mean && dims == varianceDims && frame.same(*mean, (*difference)[0]);
    dims = varianceDims;
    return matches ? std::optional((*difference)[0]) : std::nullopt;
  }
};

/// (x - mean(x)) * rsqrt(mean((x - mean(x))^2) + epsilon) [* gamma] [+ beta] over trailing
/// dimensions -> tw.layer_norm; the same without the means of x -> tw.rms_norm. Statistics may be
/// taken in a wider type, as torch.var is; the raised operation computes them in two passes, which
/// keeps float32 as accurate as that.
struct RaiseNormPattern : OpInterfaceRewritePattern<linalg::LinalgOp> {
  RaiseNormPattern(MLIRContext *context, bool choosesLayout)
      : OpInterfaceRewritePattern(context), choosesLayout(choosesLayout) {}

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || !op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "not an operation with one tensor result");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    ElementFrame frame(type.getShape(), getContext());
    NormReader norm{frame};
    if (!norm.read(frame.element(op->getResult(0))))
      return rewriter.notifyMatchFailure(op, norm.refusal);

    auto all = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    std::optional<Element> input = frame.findTensor(norm.input, all);
    if (!input)
      return rewriter.notifyMatchFailure(op, "the input of the norm is not a whole tensor");
    if (cast<RankedTensorType>(input->value.getType()).getElementType() != type.getElementType())
      return rewriter.notifyMatchFailure(op, "the norm converts its input");
    if (choosesLayout && norm.centered && norm.dims.front() == 2 &&
        (tw::comesFromConvolution(input->value) || tw::goesToConvolution(op->getResult(0))))
      return rewriter.notifyMatchFailure(op, "its rows are the channels of a convolution's image");
    // Unit dimensions among the trailing ones belong to the row: gamma may have them.
    int64_t axis = norm.dims.front();
    auto normalized = ArrayRef(all).drop_front(axis);
    Location loc = op.getLoc();
    auto parameter = [&](std::optional<Element> element) -> Value {
      return element
                 ? frame.reshape(rewriter, loc, *frame.findTensor(*element, normalized), normalized)
                 : Value();
    };
    Value x = frame.reshape(rewriter, loc, *input, all);
    Value gamma = parameter(norm.gamma), beta = parameter(norm.beta);
    Value init = tensor::EmptyOp::create(rewriter, loc, tensor::getMixedSizes(rewriter, loc, x),
                                         type.getElementType());
    FloatAttr epsilon = rewriter.getF64FloatAttr(norm.epsilon);
    Value result = norm.centered
                       ? tw::LayerNormOp::create(rewriter, loc, init.getType(), x, gamma, beta,
                                                 init, rewriter.getI64IntegerAttr(axis), epsilon)
                             .getResult()
                       : tw::RmsNormOp::create(rewriter, loc, init.getType(), x, gamma, beta, init,
                                               rewriter.getI64IntegerAttr(axis), epsilon)
                             .getResult();
    if (result.getType() != type)
      result = tensor::CastOp::create(rewriter, loc, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }

  /// Convolutions have their channels where they want them.
  bool choosesLayout;
};

struct RaiseLayerNorm : tw::impl::RaiseLayerNormBase<RaiseLayerNorm> {
  void runOnOperation() override {
    auto target =
        getOperation()->getParentOfType<ModuleOp>()->getAttrOfType<tw::TargetAttr>(tw::kTargetAttr);
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseNormPattern>(&getContext(), !target || target.getKind() == "cpu");
    // From the last operation up, so that gamma and beta are found before the bare norm.
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(false);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
