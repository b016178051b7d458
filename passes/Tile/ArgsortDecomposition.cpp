// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/ArgsortDecomposition.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace {

/// A merge sort from runs of one element upwards: no recursion, no branch that depends on what is
/// compared, and stable, since the left run goes first unless the right one has less.
struct ArgsortBuilder {
  OpBuilder &builder;
  tw::ArgsortOp op;
  Location loc = op.getLoc();
  int64_t rank = op.getResultType().getRank(), sorted = op.getDimension();
  Type position = op.getResultType().getElementType();
  OpFoldResult length = tensor::getMixedSize(builder, loc, op.getInit(), sorted);
  Value count = getValueOrCreateConstantIndexOp(builder, loc, length);
  Value zero = index(0), one = index(1);

  Value index(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value add(Value a, Value b) { return arith::AddIOp::create(builder, loc, a, b); }
  Value least(Value a, Value b) { return arith::MinUIOp::create(builder, loc, a, b); }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }

  /// A loop that carries tensors.
  using Body = function_ref<SmallVector<Value>(Value position, ValueRange carried)>;
  SmallVector<Value> loop(Value from, Value to, Value step, ValueRange inits, Body body) {
    return scf::ForOp::create(builder, loc, from, to, step, inits,
                              [&](OpBuilder &, Location, Value position, ValueRange carried) {
                                scf::YieldOp::create(builder, loc, body(position, carried));
                              })
        .getResults();
  }

  /// Loops over the dimensions from `dim` on that are not sorted.
  Value buildRows(int64_t dim, Value result, SmallVector<Value> &at) {
    if (dim == rank)
      return buildRow(result, at);
    if (dim == sorted)
      return buildRows(dim + 1, result, at);
    Value size = tensor::DimOp::create(builder, loc, op.getInit(), dim);
    return loop(zero, size, one, result, [&](Value position, ValueRange carried) {
      at[dim] = position;
      return SmallVector<Value>{buildRows(dim + 1, carried.front(), at)};
    })[0];
  }

  /// Elements with their positions, so that a comparison needs no look-up.
  SmallVector<Value> buildEmptyRow() {
    Type element = op.getInput().getType().getElementType();
    return {tensor::EmptyOp::create(builder, loc, {length}, element),
            tensor::EmptyOp::create(builder, loc, {length}, position)};
  }

  Value buildRow(Value result, SmallVector<Value> &at) {
    SmallVector<Value> row = buildEmptyRow(), other = buildEmptyRow();
    row = loop(zero, count, one, row, [&](Value place, ValueRange carried) {
      at[sorted] = place;
      Value element = tensor::ExtractOp::create(builder, loc, op.getInput(), at);
      Value number = arith::IndexCastOp::create(builder, loc, position, place);
      return SmallVector<Value>{tensor::InsertOp::create(builder, loc, element, carried[0], place),
                                tensor::InsertOp::create(builder, loc, number, carried[1], place)};
    });
    row = buildMerges(row, other);
    return loop(zero, count, one, result, [&](Value place, ValueRange carried) {
      Value number = tensor::ExtractOp::create(builder, loc, row[1], place);
      at[sorted] = place;
      return SmallVector<Value>{
          tensor::InsertOp::create(builder, loc, number, carried.front(), at)};
    })[0];
  }

  /// Merges there and back, two steps at a time so that each tensor keeps its memory. The last may
  /// find one run only, which it copies.
  SmallVector<Value> buildMerges(ValueRange row, ValueRange other) {
    // ceil(log4(count)), from the leading zeros of count - 1.
    Value last = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                            arith::SubIOp::create(builder, loc, count, one));
    Value zeros = arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                             math::CountLeadingZerosOp::create(builder, loc, last));
    Value bits = arith::SubIOp::create(builder, loc, index(64), zeros);
    Value steps = arith::ShRUIOp::create(builder, loc, add(bits, one), one);
    SmallVector<Value> both = {row[0], row[1], other[0], other[1]};
    both = loop(zero, steps, one, both, [&](Value step, ValueRange carried) {
      Value width = arith::ShLIOp::create(builder, loc, one, add(step, step));
      ValueRange here = carried.take_front(2);
      SmallVector<Value> there = buildStep(here, carried.drop_front(2), width);
      SmallVector<Value> back = buildStep(there, here, add(width, width));
      back.append(there);
      return back;
    });
    both.resize(2);
    return both;
  }

  /// Runs of `width` elements in `from` become runs of twice as many in `to`.
  SmallVector<Value> buildStep(ValueRange from, ValueRange to, Value width) {
    return loop(zero, count, add(width, width), to, [&](Value first, ValueRange carried) {
      Value middle = least(add(first, width), count);
      Value end = least(add(middle, width), count);
      SmallVector<Value> state = {carried[0], carried[1], first, middle};
      state = loop(first, end, one, state, [&](Value place, ValueRange carried) {
        return buildChoice(from, carried, place, {first, middle, end});
      });
      state.resize(2);
      return state;
    });
  }

  /// Writes the lesser of the heads of two runs to `place`, and moves on in its run.
  SmallVector<Value> buildChoice(ValueRange from, ValueRange state, Value place,
                                 ArrayRef<Value> bounds) {
    Value left = state[2], right = state[3], middle = bounds[1], end = bounds[2];
    auto isBefore = [&](Value a, Value b) {
      return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, a, b);
    };
    Value hasLeft = isBefore(left, middle), hasRight = isBefore(right, end);
    // The head of a run that is used up is read elsewhere, and not taken.
    Value leftHead = select(hasLeft, left, bounds[0]);
    Value rightHead = select(hasRight, right, bounds[0]);
    Value leftElement = tensor::ExtractOp::create(builder, loc, from[0], leftHead);
    Value rightElement = tensor::ExtractOp::create(builder, loc, from[0], rightHead);
    Value isLess = compare(rightElement, leftElement);
    Value isLeftUsed = arith::XOrIOp::create(builder, loc, hasLeft,
                                             arith::ConstantIntOp::create(builder, loc, 1, 1));
    Value takesRight = arith::AndIOp::create(
        builder, loc, hasRight, arith::OrIOp::create(builder, loc, isLeftUsed, isLess));
    Value element = select(takesRight, rightElement, leftElement);
    Value number =
        tensor::ExtractOp::create(builder, loc, from[1], select(takesRight, rightHead, leftHead));
    return {tensor::InsertOp::create(builder, loc, element, state[0], place),
            tensor::InsertOp::create(builder, loc, number, state[1], place),
            select(takesRight, left, add(left, one)), select(takesRight, add(right, one), right)};
  }

  /// Whether `a` goes before `b`, and is not equal to it.
  Value compare(Value a, Value b) {
    if (op.getDescending())
      std::swap(a, b);
    if (isa<IntegerType>(a.getType())) {
      // A boolean has no sign.
      auto less = a.getType().isInteger(1) ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
      return arith::CmpIOp::create(builder, loc, less, a, b);
    }
    // b may be NaN, a not.
    Value less = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ULT, a, b);
    Value isNumber = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ORD, a, a);
    return arith::AndIOp::create(builder, loc, less, isNumber);
  }
};

struct DecomposeArgsort : OpRewritePattern<tw::ArgsortOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::ArgsortOp op, PatternRewriter &rewriter) const override {
    ArgsortBuilder sort{rewriter, op};
    SmallVector<Value> at(sort.rank);
    rewriter.replaceOp(op, sort.buildRows(0, op.getInit(), at));
    return success();
  }
};

} // namespace

void tw::populateArgsortDecomposition(RewritePatternSet &patterns) {
  patterns.add<DecomposeArgsort>(patterns.getContext());
}
