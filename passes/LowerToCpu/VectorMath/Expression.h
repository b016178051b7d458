// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// C++ expressions that build arith operations: `fma(x, y, z) * 0.5` creates a math.fma, a splat
// constant and an arith.mulf. The same expression serves scalars and vectors of any shape.
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_EXPRESSION_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_EXPRESSION_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <type_traits>

namespace tw::vector_math {

/// What Float, Int and Bool share: a value, and the builder that continues the expression.
struct Expression {
  mlir::ImplicitLocOpBuilder *builder;
  mlir::Value value;

  /// `element`, in the shape of this value.
  mlir::Type shapedAs(mlir::Type element) const;
};

struct Bool : Expression {};

/// A signless integer. Arithmetic wraps around.
struct Int : Expression {
  Int like(int64_t constant) const;
  Int like(Int other) const { return other; }
  unsigned getWidth() const;
};

/// f32 or f64. Every operation rounds once, to nearest even; nothing is reordered.
struct Float : Expression {
  Float like(double constant) const;
  Float like(Float other) const { return other; }
  bool isDouble() const;
};

template <typename T>
constexpr bool isFloatOperand = std::is_same_v<T, Float> || std::is_arithmetic_v<T>;
template <typename T> constexpr bool isIntOperand = std::is_same_v<T, Int> || std::is_integral_v<T>;

// --- Floating point ------------------------------------------------------------------------------
Float add(Float a, Float b);
Float subtract(Float a, Float b);
Float multiply(Float a, Float b);
Float divide(Float a, Float b);
Float negate(Float a);
Float abs(Float a);
Float sqrt(Float a);
Float floor(Float a);
/// The magnitude of `magnitude` with the sign of `sign`.
Float copySign(Float magnitude, Float sign);
Float multiplyAdd(Float a, Float b, Float c);
Bool compare(mlir::arith::CmpFPredicate predicate, Float a, Float b);

template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Float operator+(Float a, B b) {
  return add(a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Float operator-(Float a, B b) {
  return subtract(a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Float operator*(Float a, B b) {
  return multiply(a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Float operator/(Float a, B b) {
  return divide(a, a.like(b));
}
inline Float operator-(double a, Float b) { return subtract(b.like(a), b); }
inline Float operator/(double a, Float b) { return divide(b.like(a), b); }
inline Float operator-(Float a) { return negate(a); }

/// a*b + c, rounded once.
template <typename B, typename C,
          typename = std::enable_if_t<isFloatOperand<B> && isFloatOperand<C>>>
Float fma(Float a, B b, C c) {
  return multiplyAdd(a, a.like(b), a.like(c));
}

// The comparisons are ordered: false when an operand is NaN.
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>> Bool operator<(Float a, B b) {
  return compare(mlir::arith::CmpFPredicate::OLT, a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>> Bool operator>(Float a, B b) {
  return compare(mlir::arith::CmpFPredicate::OGT, a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Bool operator>=(Float a, B b) {
  return compare(mlir::arith::CmpFPredicate::OGE, a, a.like(b));
}
template <typename B, typename = std::enable_if_t<isFloatOperand<B>>>
Bool operator==(Float a, B b) {
  return compare(mlir::arith::CmpFPredicate::OEQ, a, a.like(b));
}
Bool isNaN(Float a);

/// The larger of a bound and x, and x itself when it is NaN: one instruction of x86, which
/// llvm.maximum is not.
Float boundBelow(Float x, double bound);
/// The smaller of a bound and x, and x itself when it is NaN.
Float boundAbove(Float x, double bound);

/// c[0] + c[1]*x + c[2]*x^2 + ..., by Horner's scheme: the least work, and the most exact. Its
/// steps wait for each other, and a core only looks so far ahead for others to do meanwhile; so a
/// polynomial of more coefficients than this is computed by parts.
inline constexpr size_t kLongestChain = 7;
Float polynomial(Float x, llvm::ArrayRef<double> c);
/// The same as two independent chains, of even and of odd powers, given x*x.
Float polynomialOfParts(Float x, Float square, llvm::ArrayRef<double> c);

// --- Integers ------------------------------------------------------------------------------------
Int add(Int a, Int b);
Int subtract(Int a, Int b);
Int multiply(Int a, Int b);
Int bitAnd(Int a, Int b);
Int bitOr(Int a, Int b);
Int bitXor(Int a, Int b);
Int shiftLeft(Int a, Int b);
Int shiftRight(Int a, Int b);
Int shiftRightUnsigned(Int a, Int b);
Bool compare(mlir::arith::CmpIPredicate predicate, Int a, Int b);

#define TW_INT_OPERATOR(symbol, function, Result)                                                  \
  template <typename B, typename = std::enable_if_t<isIntOperand<B>>>                              \
  Result operator symbol(Int a, B b) {                                                             \
    return function(a, a.like(b));                                                                 \
  }
TW_INT_OPERATOR(+, add, Int)
TW_INT_OPERATOR(-, subtract, Int)
TW_INT_OPERATOR(*, multiply, Int)
TW_INT_OPERATOR(&, bitAnd, Int)
TW_INT_OPERATOR(|, bitOr, Int)
TW_INT_OPERATOR(^, bitXor, Int)
TW_INT_OPERATOR(<<, shiftLeft, Int)
TW_INT_OPERATOR(>>, shiftRight, Int) // copies the sign
#undef TW_INT_OPERATOR
inline Bool operator==(Int a, int64_t b) {
  return compare(mlir::arith::CmpIPredicate::eq, a, a.like(b));
}
inline Bool operator!=(Int a, int64_t b) {
  return compare(mlir::arith::CmpIPredicate::ne, a, a.like(b));
}
/// As signed integers.
inline Bool operator<(Int a, int64_t b) {
  return compare(mlir::arith::CmpIPredicate::slt, a, a.like(b));
}

// --- Conversions ---------------------------------------------------------------------------------
/// The bits of an f32 as an i32, and back.
Int bits(Float a);
Float fromBits(Int a);
/// The value of an integer, rounded to f32 or f64.
Float toFloat(Int a);
Float toDouble(Int a);
/// The exact f64 of an f32; the f32 nearest to an f64.
Float widen(Float a);
Float narrow(Float a);
/// The i64 of the unsigned value of an i32; the low 32 bits of an i64.
Int extendUnsigned(Int a);
Int lowWord(Int a);

// --- Booleans ------------------------------------------------------------------------------------
Bool operator&(Bool a, Bool b);
Bool operator|(Bool a, Bool b);
/// Lane by lane, `a` where the condition holds and `b` elsewhere.
Float select(Bool condition, Float a, Float b);
Int select(Bool condition, Int a, Int b);
/// Whether the condition holds in any lane: an i1, for a branch.
mlir::Value any(Bool condition);
inline Float select(Bool condition, double a, Float b) { return select(condition, b.like(a), b); }
inline Float select(Bool condition, Float a, double b) { return select(condition, a, a.like(b)); }

} // namespace tw::vector_math

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_EXPRESSION_H
