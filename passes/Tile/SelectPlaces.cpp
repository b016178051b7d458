// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/RowSort.h"

using namespace mlir;

/// Leading bits of a key that say how it is counted: sign, exponent and two bits of the mantissa of
/// an f32, so that numbers of like size are in several groups. The counts of all are a third of the
/// first-level cache.
static constexpr int64_t kBits = 11;

namespace {

struct PlaceSelector : tw::RowSort {
  Type type; // of keys
  int64_t bits = std::min<int64_t>(kBits, type.getIntOrFloatBitWidth());

  /// The leading bits of a key.
  Value getGroup(Value key) {
    int64_t low = type.getIntOrFloatBitWidth() - bits;
    Value shift = arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, low));
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(),
                                        arith::ShRUIOp::create(builder, loc, key, shift));
  }

  Value buildCounts(Value keys) {
    Value groups = index(1 << bits);
    Value counts =
        tensor::EmptyOp::create(builder, loc, {int64_t(1) << bits}, builder.getIndexType());
    counts = loop(zero, groups, one, counts, [&](Value group, ValueRange carried) {
      return SmallVector<Value>{write(zero, carried[0], group)};
    })[0];
    return loop(zero, count, one, counts, [&](Value place, ValueRange carried) {
      Value group = getGroup(read(keys, place));
      return SmallVector<Value>{write(add(read(carried[0], group), one), carried[0], group)};
    })[0];
  }

  /// The groups that the places `first` and `last` are in, and how many keys are in groups before
  /// that of `first`.
  SmallVector<Value> findGroups(Value counts, Value first, Value last) {
    SmallVector<Value> state =
        loop(zero, index(1 << bits), one, {zero, zero, zero, zero},
             [&](Value group, ValueRange carried) {
               Value sum = carried[3], next = add(sum, read(counts, group));
               // Of the groups that are not empty the last that begins no later than a place has
               // it.
               Value isFilled = isLess(sum, next);
               auto begins = [&](Value place) -> Value {
                 return arith::AndIOp::create(
                     builder, loc, isFilled,
                     arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, sum, place));
               };
               Value hasFirst = begins(first), hasLast = begins(last);
               return SmallVector<Value>{select(hasFirst, group, carried[0]),
                                         select(hasLast, group, carried[1]),
                                         select(hasFirst, sum, carried[2]), next};
             });
    state.pop_back();
    return state;
  }

  /// Moves the keys of the groups from `low` to `high`, with their positions, to the front of `to`.
  SmallVector<Value> buildMoves(ValueRange from, ValueRange to, Value low, Value high) {
    Value range = arith::SubIOp::create(builder, loc, high, low);
    return loop(zero, count, one, {to[0], to[1], zero}, [&](Value place, ValueRange carried) {
      Value key = read(from[0], place), number = carried[2];
      Value above = arith::SubIOp::create(builder, loc, getGroup(key), low);
      Value isIn = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ule, above, range);
      // What is not in one of the groups is overwritten by the next that is.
      return SmallVector<Value>{write(key, carried[0], number),
                                write(read(from[1], place), carried[1], number),
                                select(isIn, add(number, one), number)};
    });
  }
};

} // namespace

tw::SelectedPlaces tw::buildSelection(RowSort sort, ValueRange row, ValueRange other, Value first,
                                      Value last) {
  PlaceSelector selector{sort, cast<RankedTensorType>(row[0].getType()).getElementType()};
  SmallVector<Value> found = selector.findGroups(selector.buildCounts(row[0]), first, last);
  SmallVector<Value> moved = selector.buildMoves(row, other, found[0], found[1]);
  return {{moved[0], moved[1]}, /*count=*/moved[2], /*before=*/found[2]};
}
