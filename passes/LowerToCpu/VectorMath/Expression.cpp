// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/VectorMath/Expression.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace tw::vector_math {

template <typename Op, typename Result, typename... Operands>
static Result build(const Expression &context, Operands... operands) {
  return {{context.builder, Op::create(*context.builder, operands...).getResult()}};
}

template <typename Op, typename Result> static Result convert(const Expression &a, Type element) {
  return build<Op, Result>(a, a.shapedAs(element), a.value);
}

Type Expression::shapedAs(Type element) const {
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    return vector.clone(element);
  return element;
}

static Value constant(const Expression &context, TypedAttr element) {
  Type type = context.shapedAs(element.getType());
  if (auto vector = dyn_cast<VectorType>(type))
    element = DenseElementsAttr::get(vector, element);
  return arith::ConstantOp::create(*context.builder, element);
}

Int Int::like(int64_t literal) const {
  Type type = getElementTypeOrSelf(value.getType());
  // Masks such as 0xff800000 are written unsigned.
  APInt bits(getWidth(), literal, /*isSigned=*/literal < 0, /*implicitTrunc=*/true);
  return {{builder, constant(*this, builder->getIntegerAttr(type, bits))}};
}

unsigned Int::getWidth() const {
  return getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
}

Float Float::like(double literal) const {
  Type type = getElementTypeOrSelf(value.getType());
  return {{builder, constant(*this, builder->getFloatAttr(type, literal))}};
}

bool Float::isDouble() const { return getElementTypeOrSelf(value.getType()).isF64(); }

Float add(Float a, Float b) { return build<arith::AddFOp, Float>(a, a.value, b.value); }
Float subtract(Float a, Float b) { return build<arith::SubFOp, Float>(a, a.value, b.value); }
Float multiply(Float a, Float b) { return build<arith::MulFOp, Float>(a, a.value, b.value); }
Float divide(Float a, Float b) { return build<arith::DivFOp, Float>(a, a.value, b.value); }
Float negate(Float a) { return build<arith::NegFOp, Float>(a, a.value); }
Float abs(Float a) { return build<math::AbsFOp, Float>(a, a.value); }
Float sqrt(Float a) { return build<math::SqrtOp, Float>(a, a.value); }
Float floor(Float a) { return build<math::FloorOp, Float>(a, a.value); }
Float copySign(Float magnitude, Float sign) {
  return build<math::CopySignOp, Float>(magnitude, magnitude.value, sign.value);
}
Float multiplyAdd(Float a, Float b, Float c) {
  return build<math::FmaOp, Float>(a, a.value, b.value, c.value);
}
Bool compare(arith::CmpFPredicate predicate, Float a, Float b) {
  return build<arith::CmpFOp, Bool>(a, predicate, a.value, b.value);
}
Bool isNaN(Float a) { return compare(arith::CmpFPredicate::UNO, a, a); }

Float boundBelow(Float x, double bound) { return select(x.like(bound) > x, bound, x); }
Float boundAbove(Float x, double bound) { return select(x.like(bound) < x, bound, x); }

/// Horner's scheme over every `step`-th coefficient, where x is already raised to that power.
static Float horner(Float x, ArrayRef<double> c, size_t first, size_t step) {
  size_t last = first + (c.size() - 1 - first) / step * step;
  Float sum = x.like(c[last]);
  for (size_t k = last; k > first; k -= step)
    sum = fma(sum, x, c[k - step]);
  return sum;
}

Float polynomialOfParts(Float x, Float square, ArrayRef<double> c) {
  return fma(horner(square, c, 1, 2), x, horner(square, c, 0, 2));
}

Float polynomial(Float x, ArrayRef<double> c) {
  if (c.size() <= kLongestChain)
    return horner(x, c, 0, 1);
  return polynomialOfParts(x, x * x, c);
}

Int add(Int a, Int b) { return build<arith::AddIOp, Int>(a, a.value, b.value); }
Int subtract(Int a, Int b) { return build<arith::SubIOp, Int>(a, a.value, b.value); }
Int multiply(Int a, Int b) { return build<arith::MulIOp, Int>(a, a.value, b.value); }
Int bitAnd(Int a, Int b) { return build<arith::AndIOp, Int>(a, a.value, b.value); }
Int bitOr(Int a, Int b) { return build<arith::OrIOp, Int>(a, a.value, b.value); }
Int bitXor(Int a, Int b) { return build<arith::XOrIOp, Int>(a, a.value, b.value); }
Int shiftLeft(Int a, Int b) { return build<arith::ShLIOp, Int>(a, a.value, b.value); }
Int shiftRight(Int a, Int b) { return build<arith::ShRSIOp, Int>(a, a.value, b.value); }
Int shiftRightUnsigned(Int a, Int b) { return build<arith::ShRUIOp, Int>(a, a.value, b.value); }
Bool compare(arith::CmpIPredicate predicate, Int a, Int b) {
  return build<arith::CmpIOp, Bool>(a, predicate, a.value, b.value);
}

Int bits(Float a) { return convert<arith::BitcastOp, Int>(a, a.builder->getI32Type()); }
Float fromBits(Int a) { return convert<arith::BitcastOp, Float>(a, a.builder->getF32Type()); }
Float toFloat(Int a) { return convert<arith::SIToFPOp, Float>(a, a.builder->getF32Type()); }
Float toDouble(Int a) { return convert<arith::SIToFPOp, Float>(a, a.builder->getF64Type()); }
Float widen(Float a) { return convert<arith::ExtFOp, Float>(a, a.builder->getF64Type()); }
Float narrow(Float a) { return convert<arith::TruncFOp, Float>(a, a.builder->getF32Type()); }
Int extendUnsigned(Int a) { return convert<arith::ExtUIOp, Int>(a, a.builder->getI64Type()); }
Int lowWord(Int a) { return convert<arith::TruncIOp, Int>(a, a.builder->getI32Type()); }

Bool operator&(Bool a, Bool b) { return build<arith::AndIOp, Bool>(a, a.value, b.value); }
Bool operator|(Bool a, Bool b) { return build<arith::OrIOp, Bool>(a, a.value, b.value); }
Float select(Bool condition, Float a, Float b) {
  return build<arith::SelectOp, Float>(a, condition.value, a.value, b.value);
}
Int select(Bool condition, Int a, Int b) {
  return build<arith::SelectOp, Int>(a, condition.value, a.value, b.value);
}

Value any(Bool condition) {
  ImplicitLocOpBuilder &b = *condition.builder;
  auto type = dyn_cast<VectorType>(condition.value.getType());
  if (!type)
    return condition.value;
  auto flat = VectorType::get({type.getNumElements()}, type.getElementType());
  Value lanes = condition.value;
  if (type != flat)
    lanes = vector::ShapeCastOp::create(b, flat, lanes);
  return vector::ReductionOp::create(b, vector::CombiningKind::OR, lanes);
}

} // namespace tw::vector_math
