// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/ArgsortDecomposition.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/RowSort.h"

using namespace mlir;

/// Rows of this many elements and more are sorted by digits: shorter ones are merged before the
/// counts of all values of the digits are walked. By digits 64 f32 take 0.6 of the time and as many
/// i64 the same, 50 257 f32 a twelfth.
static constexpr int64_t kMinRadixElements = 64;

/// Of rows this long only those elements are sorted whose places are asked for: in shorter ones it
/// takes as long to count the groups of elements as to sort. Of 512 the middle one takes 0.8 of the
/// time of the sort, and the first hundred 1.6.
static constexpr int64_t kMinSelectElements = 600;

namespace {

struct ArgsortBuilder : tw::RowSort {
  ArgsortBuilder(OpBuilder &builder, tw::ArgsortOp op)
      : RowSort(builder, op.getLoc(),
                getValueOrCreateConstantIndexOp(
                    builder, op.getLoc(),
                    tensor::getMixedSize(builder, op.getLoc(), op.getInput(), op.getDimension()))),
        op(op), length(getAsOpFoldResult(count)),
        places(getValueOrCreateConstantIndexOp(
            builder, loc, tensor::getMixedSize(builder, loc, op.getInit(), op.getDimension()))) {}

  /// Loops over the dimensions from `dim` on that are not sorted.
  Value buildRows(int64_t dim, Value result, SmallVector<Value> &at) {
    if (dim == op.getResultType().getRank())
      return buildRow(result, at);
    if (dim == static_cast<int64_t>(op.getDimension()))
      return buildRows(dim + 1, result, at);
    Value size = tensor::DimOp::create(builder, loc, op.getInit(), dim);
    return loop(zero, size, one, result, [&](Value position, ValueRange carried) {
      at[dim] = position;
      return SmallVector<Value>{buildRows(dim + 1, carried.front(), at)};
    })[0];
  }

private:
  /// Keys with the positions of their elements, so that a comparison needs no look-up.
  SmallVector<Value> buildEmptyRow() {
    Type key = getKeyType(), position = op.getResultType().getElementType();
    return {tensor::EmptyOp::create(builder, loc, {length}, key),
            tensor::EmptyOp::create(builder, loc, {length}, position)};
  }

  Value buildRow(Value result, SmallVector<Value> &at) {
    SmallVector<Value> row = buildEmptyRow(), other = buildEmptyRow();
    Type position = op.getResultType().getElementType();
    row = loop(zero, count, one, row, [&](Value place, ValueRange carried) {
      at[op.getDimension()] = place;
      Value number = arith::IndexCastOp::create(builder, loc, position, place);
      return SmallVector<Value>{write(buildKey(read(op.getInput(), at)), carried[0], place),
                                write(number, carried[1], place)};
    });
    Value offset = index(op.getFirst()), positions;
    if (isWorthSelecting()) {
      Value last = arith::SubIOp::create(builder, loc, add(offset, places), one);
      tw::SelectedPlaces selected = tw::buildSelection(*this, row, other, offset, last);
      positions = buildOrder(RowSort(builder, loc, selected.count), selected.row, buildEmptyRow());
      offset = arith::SubIOp::create(builder, loc, offset, selected.before);
    } else {
      positions = buildOrder(*this, row, other);
    }
    return loop(zero, places, one, result, [&](Value place, ValueRange carried) {
      Value number = read(positions, add(place, offset));
      at[op.getDimension()] = place;
      return SmallVector<Value>{write(number, carried.front(), at)};
    })[0];
  }

  /// Not where most places are asked for, or their number is not known.
  bool isWorthSelecting() const {
    std::optional<int64_t> asked = getConstantIntValue(places), known = getConstantIntValue(length);
    return asked && *asked > 0 &&
           (!known || (*known >= kMinSelectElements && 2 * *asked <= *known));
  }

  Value buildOrder(tw::RowSort sort, ValueRange row, ValueRange other) {
    if (std::optional<int64_t> known = getConstantIntValue(sort.count))
      return (*known < kMinRadixElements ? tw::buildMergeSort(sort, row, other)
                                         : tw::buildRadixSort(sort, row, other))[1];
    auto yield = [&](ValueRange sorted) { scf::YieldOp::create(builder, loc, sorted[1]); };
    return scf::IfOp::create(
               builder, loc, isLess(sort.count, index(kMinRadixElements)),
               [&](OpBuilder &, Location) { yield(tw::buildMergeSort(sort, row, other)); },
               [&](OpBuilder &, Location) { yield(tw::buildRadixSort(sort, row, other)); })
        .getResult(0);
  }

  Type getKeyType() {
    unsigned bits = op.getInput().getType().getElementType().getIntOrFloatBitWidth();
    return builder.getIntegerType(std::max(bits, 8u));
  }

  /// An unsigned number whose order is that of the elements: of those that are equal to sorting the
  /// keys are equal as well.
  Value buildKey(Value element) {
    Type type = getKeyType();
    int64_t bits = type.getIntOrFloatBitWidth();
    auto constant = [&](const APInt &value) -> Value {
      return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, value));
    };
    auto flip = [&](Value value, Value mask) -> Value {
      return arith::XOrIOp::create(builder, loc, value, mask);
    };
    Value sign = constant(APInt::getSignMask(bits)), all = constant(APInt::getAllOnes(bits)), key;
    if (isa<FloatType>(element.getType())) {
      Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element.getType()));
      auto compare = [&](arith::CmpFPredicate predicate, Value other) -> Value {
        return arith::CmpFOp::create(builder, loc, predicate, element, other);
      };
      // -0 is 0.
      Value number = select(compare(arith::CmpFPredicate::OEQ, zero), zero, element);
      Value word = arith::BitcastOp::create(builder, loc, type, number);
      // Less numbers below zero have greater words.
      Value negative = arith::ShRSIOp::create(builder, loc, word, constant(APInt(bits, bits - 1)));
      key = flip(word, arith::OrIOp::create(builder, loc, negative, sign));
      key = select(compare(arith::CmpFPredicate::UNO, element), all, key);
    } else if (element.getType().isInteger(1)) {
      key = arith::ExtUIOp::create(builder, loc, type, element);
    } else {
      if (element.getType() != type)
        element = arith::ExtSIOp::create(builder, loc, type, element);
      key = flip(element, sign);
    }
    return op.getDescending() ? flip(key, all) : key;
  }

  tw::ArgsortOp op;
  OpFoldResult length; // of a row
  Value places;        // of its order that are asked for
};

struct DecomposeArgsort : OpRewritePattern<tw::ArgsortOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::ArgsortOp op, PatternRewriter &rewriter) const override {
    SmallVector<Value> at(op.getResultType().getRank());
    rewriter.replaceOp(op, ArgsortBuilder(rewriter, op).buildRows(0, op.getInit(), at));
    return success();
  }
};

} // namespace

void tw::populateArgsortDecomposition(RewritePatternSet &patterns) {
  patterns.add<DecomposeArgsort>(patterns.getContext());
}
