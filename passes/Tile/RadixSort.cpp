// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/RowSort.h"

using namespace mlir;

/// Bits of a digit: more would save passes, but what is written would spread over more lines than
/// the first-level cache has.
static constexpr int64_t kBits = 8, kValues = 1 << kBits;

namespace {

struct RadixSort : tw::RowSort {
  Type type; // of keys
  int64_t digits = llvm::divideCeil(type.getIntOrFloatBitWidth(), kBits);

  Value getDigit(Value key, Value number) {
    Value shift = arith::MulIOp::create(builder, loc, number, index(kBits));
    shift = arith::IndexCastOp::create(builder, loc, type, shift);
    Value low = arith::ShRUIOp::create(builder, loc, key, shift);
    Value mask = arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(type, APInt::getLowBitsSet(type.getIntOrFloatBitWidth(), kBits)));
    low = arith::AndIOp::create(builder, loc, low, mask);
    return arith::IndexCastUIOp::create(builder, loc, builder.getIndexType(), low);
  }

  /// Digits in pairs, there and back, so that each tensor keeps its memory.
  SmallVector<Value> build(ValueRange row, ValueRange other) {
    Value counts = buildCounts(row[0]);
    SmallVector<Value> state = {row[0], row[1], other[0], other[1], counts};
    if (digits == 1) {
      state = buildPass(zero, row, other, counts);
      state.resize(2);
      return state;
    }
    state = loop(zero, index(digits), index(2), state, [&](Value number, ValueRange carried) {
      ValueRange here = carried.take_front(2);
      SmallVector<Value> there = buildPass(number, here, carried.slice(2, 2), carried[4]);
      SmallVector<Value> back =
          buildPass(add(number, one), ValueRange(there).take_front(2), here, there[2]);
      return SmallVector<Value>{back[0], back[1], there[0], there[1], back[2]};
    });
    state.resize(2);
    return state;
  }

  /// How many keys have each value of each digit.
  Value buildCounts(Value keys) {
    Type index = builder.getIndexType();
    Value counts = tensor::EmptyOp::create(builder, loc, {digits, kValues}, index);
    counts = loop(zero, this->index(digits), one, counts, [&](Value digit, ValueRange carried) {
      return loop(zero, this->index(kValues), one, carried, [&](Value value, ValueRange carried) {
        return SmallVector<Value>{write(zero, carried[0], {digit, value})};
      });
    })[0];
    return loop(zero, count, one, counts, [&](Value place, ValueRange carried) {
      Value key = read(keys, place), result = carried[0];
      for (int64_t number = 0; number < digits; ++number) {
        Value digit = this->index(number), value = getDigit(key, digit);
        result = write(add(read(result, {digit, value}), one), result, {digit, value});
      }
      return SmallVector<Value>{result};
    })[0];
  }

  /// `from` in the order of one digit, in `to`, and the counts, of which those of this digit become
  /// the places behind the last key of each value. A digit that is the same in all keys, as the
  /// high ones of small numbers are, changes nothing.
  SmallVector<Value> buildPass(Value digit, ValueRange from, ValueRange to, Value counts) {
    Value same = read(counts, {digit, getDigit(read(from[0], zero), digit)});
    Value isSorted = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, same, count);
    return scf::IfOp::create(
               builder, loc, isSorted,
               [&](OpBuilder &, Location) {
                 SmallVector<Value> copied =
                     loop(zero, count, one, to, [&](Value place, ValueRange carried) {
                       return SmallVector<Value>{write(read(from[0], place), carried[0], place),
                                                 write(read(from[1], place), carried[1], place)};
                     });
                 copied.push_back(counts);
                 scf::YieldOp::create(builder, loc, copied);
               },
               [&](OpBuilder &, Location) {
                 scf::YieldOp::create(builder, loc, buildMoves(digit, from, to, counts));
               })
        .getResults();
  }

  SmallVector<Value> buildMoves(Value digit, ValueRange from, ValueRange to, Value counts) {
    SmallVector<Value> places =
        loop(zero, index(kValues), one, {counts, zero}, [&](Value value, ValueRange carried) {
          Value first = carried[1], number = read(carried[0], {digit, value});
          return SmallVector<Value>{write(first, carried[0], {digit, value}), add(first, number)};
        });
    return loop(zero, count, one, {to[0], to[1], places[0]}, [&](Value place, ValueRange carried) {
      Value key = read(from[0], place), value = getDigit(key, digit);
      Value target = read(carried[2], {digit, value});
      return SmallVector<Value>{write(key, carried[0], target),
                                write(read(from[1], place), carried[1], target),
                                write(add(target, one), carried[2], {digit, value})};
    });
  }
};

} // namespace

SmallVector<Value> tw::buildRadixSort(RowSort sort, ValueRange row, ValueRange other) {
  return RadixSort{sort, cast<RankedTensorType>(row[0].getType()).getElementType()}.build(row,
                                                                                          other);
}
