// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Input/SingleReduction.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

namespace tw {
#define GEN_PASS_DEF_RAISESCATTER
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-scatter"

using namespace mlir;
using tw::Combiner;
using tw::Element;
using tw::ElementFrame;

namespace {

/// How `op` combines, if a scatter can.
std::optional<Combiner> getCombiner(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<Combiner>>(op)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return Combiner::add; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return Combiner::mul; })
      .Case<arith::MaximumFOp, arith::MaxSIOp>([](auto) { return Combiner::max; })
      .Case<arith::MinimumFOp, arith::MinSIOp>([](auto) { return Combiner::min; })
      .Default([](Operation *) { return std::nullopt; });
}

/// Whether combining with `value` changes nothing.
bool isNeutral(const ElementFrame &frame, Combiner combiner, Element value) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  bool isMax = combiner == Combiner::max, isMin = combiner == Combiner::min;
  // Not as a double, which rounds what is close to the limits.
  if (APInt limit;
      (isMax || isMin) && matchPattern(frame.strip(value).value, m_ConstantInt(&limit)))
    return isMax ? limit.isMinSignedValue() : limit.isMaxSignedValue();
  std::optional<double> constant = frame.constant(value);
  if (isMax || isMin)
    return constant == (isMax ? -kInfinity : kInfinity);
  return constant == (combiner == Combiner::add ? 0.0 : 1.0);
}

/// combine over n of select(p == indices[n], source[n], neutral), where p is the position along a
/// dimension of the result.
struct Scatter {
  linalg::LinalgOp op;
  ElementFrame frame;
  Combiner combiner = Combiner::add;
  /// The loop over what is written, and the dimension of the result that has the places.
  int64_t written = -1, dimension = -1;
  /// For each dimension of the result its loop, with that over what is written for the places.
  SmallVector<int64_t> loops;
  Element indices, source, init;
  /// What the places that nothing is written to take part with, if it is not neutral.
  std::optional<double> missing;
  StringRef refusal = "it does not reduce along one loop";

  explicit Scatter(linalg::LinalgOp op)
      : op(op), frame(op.getStaticLoopRanges(), op->getContext()) {}

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  bool read() {
    std::optional<tw::SingleReduction> reduction = tw::readSingleReduction(op, frame);
    if (!reduction)
      return false;
    written = reduction->loop;
    loops = reduction->resultLoops;
    std::optional<Combiner> found = getCombiner(reduction->combine);
    if (!found)
      return refuse("a scatter does not combine like that");
    combiner = *found;
    init = reduction->init;
    return readSelection(reduction->element);
  }

  bool readSelection(Element e) {
    auto select = frame.match<arith::SelectOp>(e);
    if (!select)
      return refuse("what it combines is not selected");
    SmallVector<Element> sides;
    auto compare = dyn_cast_or_null<arith::CmpIOp>(frame.definition((*select)[0], sides));
    using arith::CmpIPredicate;
    if (!compare || (compare.getPredicate() != CmpIPredicate::eq &&
                     compare.getPredicate() != CmpIPredicate::ne))
      return refuse("it does not select where a position is equal to an index");
    bool isEqual = compare.getPredicate() == CmpIPredicate::eq;
    return (readPlaces(sides[0], sides[1]) || readPlaces(sides[1], sides[0])) &&
           readSource((*select)[isEqual ? 1 : 2], (*select)[isEqual ? 2 : 1]);
  }

  bool readPlaces(Element position, Element index) {
    std::optional<int64_t> loop = frame.positionDim(position);
    if (!loop || !llvm::is_contained(loops, *loop))
      return refuse("what the indices are compared with is not a position in the result");
    // Positions are compared in 64 bits, whatever the indices are.
    while (auto narrow = frame.match<arith::ExtSIOp>(index))
      index = narrow->front();
    int64_t found = llvm::find(loops, *loop) - loops.begin();
    SmallVector<int64_t> order = loops;
    order[found] = written;
    std::optional<Element> tensor = frame.findTensor(index, order, /*allowBroadcast=*/true);
    if (!tensor || !tensor->map.isFunctionOfDim(written))
      return refuse("the indices are not a tensor along what is reduced");
    auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(tensor->value.getType()));
    if (!type || !type.isSignless() || type.getWidth() == 1)
      return refuse("the indices are not integers");
    dimension = found;
    loops = order;
    indices = *tensor;
    return true;
  }

  bool readSource(Element e, Element otherwise) {
    std::optional<Element> tensor = frame.findTensor(e, loops, /*allowBroadcast=*/true);
    Type type = getElementTypeOrSelf(op->getResult(0).getType());
    if (!tensor || getElementTypeOrSelf(tensor->value.getType()) != type)
      return refuse("what is written is not a tensor of the result's type");
    source = *tensor;
    if (isNeutral(frame, combiner, otherwise))
      return true;
    std::optional<double> constant = frame.constant(otherwise);
    // The number of the last that names a place, or -1: how a plain scatter arrives.
    if (constant && *constant <= 0 && combiner == Combiner::max && frame.positionDim(e)) {
      std::optional<double> start = frame.constant(init);
      missing = constant;
      return (start && *start <= *constant) || refuse("it begins with more than a number");
    }
    return refuse("what takes part where nothing is written is not neutral");
  }
};

/// Such a selection -> tw.scatter, which looks at what is written once, not once for each place.
struct RaiseScatterPattern : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    Scatter scatter(op);
    if (!scatter.read())
      return rewriter.notifyMatchFailure(op, scatter.refusal);
    Location loc = op.getLoc();
    const ElementFrame &frame = scatter.frame;
    Value init = scatter.init.value;
    auto type = cast<RankedTensorType>(init.getType());
    if (scatter.missing) {
      auto value =
          rewriter.getIntegerAttr(type.getElementType(), static_cast<int64_t>(*scatter.missing));
      Value empty = tensor::EmptyOp::create(
          rewriter, loc, tensor::getMixedSizes(rewriter, loc, init), type.getElementType());
      Value number = arith::ConstantOp::create(rewriter, loc, value);
      init = linalg::FillOp::create(rewriter, loc, number, empty).getResult(0);
    }
    Value source = frame.reshape(rewriter, loc, scatter.source, scatter.loops);
    Value indices = frame.reshape(rewriter, loc, scatter.indices, scatter.loops);
    rewriter.replaceOpWithNewOp<tw::ScatterOp>(op, type, source, indices, /*first=*/Value(), init,
                                               scatter.dimension, scatter.combiner);
    return success();
  }
};

struct RaiseScatter : tw::impl::RaiseScatterBase<RaiseScatter> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseScatterPattern>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
