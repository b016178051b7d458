// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Input/SingleReduction.h"

namespace tw {
#define GEN_PASS_DEF_RAISEARGSORT
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-argsort"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

/// Fewer elements are counted faster, all pairs at once in vectors, than sorted one by one.
constexpr int64_t kWorthSorting = 64;

/// The sum over j of (x[j] goes before x[i], or is equal to it and j < i): the rank of x[i].
struct Rank {
  linalg::LinalgOp op;
  ElementFrame frame;
  /// The loops over j and over i, and the dimension of the result that i walks.
  int64_t other = -1, own = -1, dimension = -1;
  SmallVector<int64_t> loops;
  /// x[i], behind all that only moves it, and as it is compared.
  Element input, compared;
  bool descending = false;
  StringRef refusal = "it does not count along one loop";

  explicit Rank(linalg::LinalgOp op) : op(op), frame(op.getStaticLoopRanges(), op->getContext()) {}

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  bool read() {
    std::optional<tw::SingleReduction> sum = tw::readSingleReduction(op, frame);
    if (!sum || !isa<arith::AddIOp>(sum->combine))
      return false;
    other = sum->loop;
    loops = sum->resultLoops;
    int64_t count = frame.getSizes()[other];
    if (!ShapedType::isDynamic(count) && count < kWorthSorting)
      return refuse("so few are counted faster than sorted");
    if (frame.constant(sum->init) != 0.0)
      return refuse("it does not count from 0");
    auto counted = frame.match<arith::ExtUIOp>(sum->element);
    if (!counted)
      return refuse("what it sums is not a condition");
    return frame.matchCommutative<arith::OrIOp>(
        counted->front(), [&](Element before, Element tied) {
          return readTied(tied) && readBefore(before) && readInput();
        });
  }

  /// x[j] == x[i] and j < i.
  bool readTied(Element e) {
    return frame.matchCommutative<arith::AndIOp>(e, [&](Element equal, Element earlier) {
      SmallVector<Element> sides;
      auto compare = dyn_cast_or_null<arith::CmpIOp>(frame.definition(earlier, sides));
      if (!compare || compare.getPredicate() != arith::CmpIPredicate::slt)
        return refuse("of equal elements not those that come earlier go first");
      std::optional<int64_t> j = frame.positionDim(sides[0]), i = frame.positionDim(sides[1]);
      if (j != other || !i || !llvm::is_contained(loops, *i))
        return refuse("of equal elements not those that come earlier go first");
      own = *i;
      dimension = llvm::find(loops, own) - loops.begin();
      return readEqual(equal) || refuse("it does not compare elements of one tensor");
    });
  }

  bool readEqual(Element e) {
    SmallVector<Element> sides;
    if (auto integers = dyn_cast_or_null<arith::CmpIOp>(frame.definition(e, sides)))
      return integers.getPredicate() == arith::CmpIPredicate::eq && readPair(sides);
    return frame.matchCommutative<arith::OrIOp>(e, [&](Element same, Element bothNan) {
      SmallVector<Element> sides;
      auto floats = dyn_cast_or_null<arith::CmpFOp>(frame.definition(same, sides));
      auto nans = frame.match<arith::AndIOp>(bothNan);
      return floats && floats.getPredicate() == arith::CmpFPredicate::OEQ && readPair(sides) &&
             nans &&
             ((isNan((*nans)[0], input) && isNan((*nans)[1], atOther(input))) ||
              (isNan((*nans)[1], input) && isNan((*nans)[0], atOther(input))));
    });
  }

  /// Takes the operands of a comparison, in either order, as x[j] and x[i].
  bool readPair(ArrayRef<Element> sides) {
    for (Element side : sides) {
      compared = side;
      input = frame.strip(side);
      if (frame.same(sides[0], atOther(input)) || frame.same(sides[1], atOther(input)))
        if (input.map.isFunctionOfDim(own) && !input.map.isFunctionOfDim(other))
          return true;
    }
    return false;
  }

  /// x[j] for x[i].
  Element atOther(Element e) const {
    return {e.value,
            e.map.replace(getAffineDimExpr(own, op->getContext()),
                          getAffineDimExpr(other, op->getContext()), e.map.getNumDims(), 0)};
  }

  bool isNan(Element e, Element of) const {
    SmallVector<Element> sides;
    auto compare = dyn_cast_or_null<arith::CmpFOp>(frame.definition(e, sides));
    return compare && compare.getPredicate() == arith::CmpFPredicate::UNE &&
           frame.same(sides[0], of) && frame.same(sides[1], of);
  }

  bool isNumber(Element e, Element of) const {
    auto negated = frame.match<arith::XOrIOp>(e);
    return negated && frame.constant((*negated)[1]) == 1.0 && isNan((*negated)[0], of);
  }

  /// x[j] < x[i] or, of descending order, >. NaN is greater than all numbers.
  bool readBefore(Element e) {
    SmallVector<Element> sides;
    if (auto integers = dyn_cast_or_null<arith::CmpIOp>(frame.definition(e, sides))) {
      descending = integers.getPredicate() == arith::CmpIPredicate::sgt;
      return (descending || integers.getPredicate() == arith::CmpIPredicate::slt) &&
             areOrdered(sides);
    }
    return frame.matchCommutative<arith::OrIOp>(e, [&](Element less, Element nan) {
      SmallVector<Element> sides;
      auto floats = dyn_cast_or_null<arith::CmpFOp>(frame.definition(less, sides));
      if (!floats || !areOrdered(sides))
        return false;
      descending = floats.getPredicate() == arith::CmpFPredicate::OGT;
      if (!descending && floats.getPredicate() != arith::CmpFPredicate::OLT)
        return false;
      Element greater = descending ? atOther(input) : input,
              smaller = descending ? input : atOther(input);
      return frame.matchCommutative<arith::AndIOp>(nan, [&](Element is, Element isNot) {
        return isNan(is, greater) && isNumber(isNot, smaller);
      });
    });
  }

  bool areOrdered(ArrayRef<Element> sides) const {
    return frame.same(sides[0], atOther(input)) && frame.same(sides[1], input);
  }

  bool readInput() {
    // Before it was transposed, its dimensions may be in another order.
    std::optional<Element> tensor = frame.findTensor(compared, loops);
    if (!tensor)
      return refuse("what it orders is not a tensor");
    input = *tensor;
    return true;
  }
};

/// Such a rank -> where the positions in sorted order say that each is.
struct RaiseRank : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    Rank rank(op);
    if (!rank.read())
      return rewriter.notifyMatchFailure(op, rank.refusal);
    Location loc = op.getLoc();
    Value init = op.getDpsInits().front();
    auto type = cast<RankedTensorType>(init.getType());
    if (type.getElementTypeBitWidth() < 32)
      return rewriter.notifyMatchFailure(op, "positions need 32 bits");
    Value input = rank.frame.reshape(rewriter, loc, rank.input, rank.loops);
    Value empty = tensor::EmptyOp::create(rewriter, loc, tensor::getMixedSizes(rewriter, loc, init),
                                          type.getElementType());
    Value order = tw::ArgsortOp::create(rewriter, loc, type, input, empty, rank.dimension,
                                        rank.descending, /*first=*/0);
    Value numbers = buildNumbers(rewriter, loc, init, rank.dimension);
    // Each place is named once: what is summed begins with 0.
    rewriter.replaceOpWithNewOp<tw::ScatterOp>(op, type, numbers, order, /*first=*/Value(), init,
                                               rank.dimension, tw::Combiner::add);
    return success();
  }

  /// 0, 1, 2, ... along one dimension of a tensor like `like`, 1 along the others.
  static Value buildNumbers(OpBuilder &builder, Location loc, Value like, int64_t dimension) {
    auto type = cast<RankedTensorType>(like.getType());
    SmallVector<OpFoldResult> sizes(type.getRank(), builder.getIndexAttr(1));
    sizes[dimension] = tensor::getMixedSize(builder, loc, like, dimension);
    Value empty = tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
    SmallVector<utils::IteratorType> iterators(type.getRank(), utils::IteratorType::parallel);
    return linalg::GenericOp::create(builder, loc, empty.getType(), ValueRange{}, empty,
                                     builder.getMultiDimIdentityMap(type.getRank()), iterators,
                                     [&](OpBuilder &b, Location l, ValueRange) {
                                       Value i = linalg::IndexOp::create(b, l, dimension);
                                       Value number = arith::IndexCastOp::create(
                                           b, l, type.getElementType(), i);
                                       linalg::YieldOp::create(b, l, number);
                                     })
        .getResult(0);
  }
};

struct RaiseArgsort : tw::impl::RaiseArgsortBase<RaiseArgsort> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseRank>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
