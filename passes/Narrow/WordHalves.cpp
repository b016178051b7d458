// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/WordHalves.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

/// A constant of the type of `words`.
static Value splat(ImplicitLocOpBuilder &b, Value words, int64_t number) {
  TypedAttr attribute = b.getI32IntegerAttr(static_cast<int32_t>(number));
  if (auto vector = dyn_cast<VectorType>(words.getType()))
    attribute = DenseElementsAttr::get(vector, attribute);
  return arith::ConstantOp::create(b, attribute);
}

static Value castToFloats(ImplicitLocOpBuilder &b, Value bits) {
  Type type = b.getF32Type();
  if (auto vector = dyn_cast<VectorType>(bits.getType()))
    type = vector.clone(type);
  return arith::BitcastOp::create(b, type, bits);
}

Value tw::widenLowerHalf(ImplicitLocOpBuilder &b, Value words) {
  return castToFloats(b, arith::ShLIOp::create(b, words, splat(b, words, 16)));
}

Value tw::widenUpperHalf(ImplicitLocOpBuilder &b, Value words) {
  return castToFloats(b, arith::AndIOp::create(b, words, splat(b, words, 0xffff0000)));
}
