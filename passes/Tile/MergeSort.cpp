// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/Tile/RowSort.h"

using namespace mlir;

namespace {

/// From runs of one element upwards, which needs no recursion. The left run goes first unless the
/// right one has less.
struct MergeSort : tw::RowSort {
  Value least(Value a, Value b) { return arith::MinUIOp::create(builder, loc, a, b); }

  /// Merges there and back, two steps at a time so that each tensor keeps its memory. The last may
  /// find one run only, which it copies.
  SmallVector<Value> build(ValueRange row, ValueRange other) {
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
    Value hasLeft = isLess(left, middle), hasRight = isLess(right, end);
    // The head of a run that is used up is read elsewhere, and not taken.
    Value leftHead = select(hasLeft, left, bounds[0]);
    Value rightHead = select(hasRight, right, bounds[0]);
    Value leftKey = read(from[0], leftHead), rightKey = read(from[0], rightHead);
    Value isLeftUsed = arith::XOrIOp::create(builder, loc, hasLeft,
                                             arith::ConstantIntOp::create(builder, loc, 1, 1));
    Value takesRight = arith::AndIOp::create(
        builder, loc, hasRight,
        arith::OrIOp::create(builder, loc, isLeftUsed, isLess(rightKey, leftKey)));
    Value key = select(takesRight, rightKey, leftKey);
    Value number = read(from[1], select(takesRight, rightHead, leftHead));
    return {write(key, state[0], place), write(number, state[1], place),
            select(takesRight, left, add(left, one)), select(takesRight, add(right, one), right)};
  }
};

} // namespace

SmallVector<Value> tw::buildMergeSort(RowSort sort, ValueRange row, ValueRange other) {
  return MergeSort{sort}.build(row, other);
}
