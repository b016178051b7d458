// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Input/AttentionRewrites.h"
#include "passes/Input/AttentionScores.h"
#include "passes/Input/ContractionOperand.h"

namespace tw {
#define GEN_PASS_DEF_RAISEATTENTION
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-attention"

using namespace mlir;
using tw::BatchShape;
using tw::ContractionOperand;
using tw::Element;
using tw::ElementFrame;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The softmax behind `weights`, which then has its dimensions; null if there is none.
tw::SoftmaxOp findSoftmax(ContractionOperand &weights) {
  while (true) {
    if (auto softmax = weights.value.getDefiningOp<tw::SoftmaxOp>())
      return softmax.getLogarithm() ? tw::SoftmaxOp() : softmax;
    if (!tw::peel(weights, nullptr) && !tw::peelRounding(weights.value))
      return {};
  }
}

/// What an attention is made of, read from its last product.
struct AttentionReader {
  tw::BatchedContraction product = {};
  /// The softmax and the factor that it is, in the dimensions of the softmax.
  tw::SoftmaxOp softmax = {};
  ContractionOperand weights = {};
  std::optional<ElementFrame> frame = std::nullopt;
  std::optional<tw::AttentionScores> scores = std::nullopt;
  StringRef refusal = "not a batched product that begins with zeros";

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  bool read(linalg::LinalgOp op) {
    std::optional<tw::BatchedContraction> contraction = tw::BatchedContraction::read(op);
    if (!contraction)
      return false;
    product = *contraction;
    weights = product.lhs;
    softmax = findSoftmax(weights);
    if (!softmax) {
      product.transpose();
      weights = product.lhs;
      softmax = findSoftmax(weights);
    }
    if (!softmax)
      return refuse("neither factor is a softmax");
    if (!softmax->hasOneUse())
      return refuse("its weights are used elsewhere");
    RankedTensorType type = typeOf(softmax.getInput());
    int64_t rank = type.getRank();
    if (weights.row != rank - 2 || weights.column != rank - 1 ||
        static_cast<int64_t>(softmax.getDimension()) != rank - 1 ||
        !tw::addUnitDims(weights.batch, type.getShape().drop_back(2)))
      return refuse("the weights are not in the order batch, row, column, with the softmax along "
                    "the columns");
    frame.emplace(type.getShape(), op.getContext());
    scores.emplace(*frame);
    if (!scores->read(frame->element(softmax.getInput())))
      return refuse(scores->refusal);
    Type element = typeOf(product.rhs.value).getElementType();
    for (const ContractionOperand *operand : {&scores->product.lhs, &scores->product.rhs})
      if (typeOf(operand->value).getElementType() != element)
        return refuse("queries, keys and values differ in type");
    return true;
  }
};

/// softmax(scale * Q K^T + mask) V -> tw.attention, with the operands as they were before they
/// were scaled, transposed and their batch dimensions merged.
struct RaiseAttentionPattern : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    AttentionReader attention;
    if (!attention.read(op))
      return rewriter.notifyMatchFailure(op, attention.refusal);
    rewriter.replaceOp(op, build(rewriter, op.getLoc(), attention.product, attention.softmax,
                                 attention.weights, *attention.scores));
    return success();
  }

  static Value build(PatternRewriter &rewriter, Location loc, tw::BatchedContraction &product,
                     tw::SoftmaxOp softmax, const ContractionOperand &weights,
                     tw::AttentionScores &scores) {
    BatchShape scoresShape{softmax.getInput(), scores.batchGroups};
    BatchShape resultShape{softmax.getInput(), weights.batch};
    ContractionOperand queries = scores.product.lhs, keys = scores.product.rhs,
                       values = product.rhs;
    tw::peelToShape(queries, scoresShape, &scores.scale);
    tw::peelToShape(keys, scoresShape, &scores.scale);
    tw::peelToShape(values, resultShape, nullptr);
    Value query = tw::buildOperand(rewriter, loc, queries, scoresShape, /*transposed=*/false);
    Value key = tw::buildOperand(rewriter, loc, keys, scoresShape, /*transposed=*/true);
    Value value = tw::buildOperand(rewriter, loc, values, resultShape, /*transposed=*/false);

    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, query);
    sizes.back() = tensor::getMixedSizes(rewriter, loc, value).back();
    Value init = tensor::EmptyOp::create(rewriter, loc, sizes,
                                         typeOf(product.result.value).getElementType());
    Value offset = scores.causalOffset
                       ? arith::ConstantIndexOp::create(rewriter, loc, *scores.causalOffset)
                       : Value();
    std::optional<double> fill = scores.getFiniteFill();
    Value attention = tw::AttentionOp::create(
        rewriter, loc, init.getType(), query, key, value, scores.buildMask(rewriter, loc), offset,
        init, rewriter.getF64FloatAttr(scores.scale),
        fill ? rewriter.getF64FloatAttr(*fill) : FloatAttr(), softmax.getZeroMaskedRowsAttr());
    return tw::buildResult(rewriter, loc, attention, product.result, resultShape);
  }
};

struct RaiseAttention : tw::impl::RaiseAttentionBase<RaiseAttention> {
  void runOnOperation() override {
    RewritePatternSet split(&getContext()), raise(&getContext()), heads(&getContext()),
        prefix(&getContext());
    tw::populateSplitSoftmax(split);
    raise.add<RaiseAttentionPattern>(&getContext());
    tw::populateFoldMaskedRows(raise);
    // Last: the dimension that it splits off stands between the attention and what follows.
    tw::populateFoldRepeatedHeads(heads);
    tw::populateSharedPrefix(prefix);
    if (failed(applyPatternsGreedily(getOperation(), std::move(split))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(raise))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(heads))) ||
        failed(applyPatternsGreedily(getOperation(), std::move(prefix))))
      return signalPassFailure();
    // Scores and weights of a whole attention pass through memory where it stays in pieces.
    getOperation()->walk([](linalg::LinalgOp op) {
      if (AttentionReader attention; !attention.read(op) && attention.softmax)
        op.emitRemark("attention is computed in pieces: ") << attention.refusal;
    });
  }
};

} // namespace
