// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// sin, cos and tan: |x| = n*pi/2 + r with |r| <= pi/4, polynomials for sin r and cos r, and of the
// two the one, with the sign, that n modulo 4 says.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tw::vector_math {

static constexpr int64_t kSignBit = 0x80000000;

/// The angle of a magnitude, NaN for infinity and NaN.
static Angle reduce(Float magnitude) {
  // pi/2 in three parts of 24 bits (Cody and Waite). The first fma is exact and the others lose
  // nothing that shows. What bounds the arguments is the rounded 2/pi, by which n strays from the
  // nearest integer and r from the interval of the polynomials.
  static constexpr double kRound = 0x1.8p+23;
  static constexpr double kLargest = 0x1p+20;
  Float rounded = fma(magnitude, 0x1.45f306p-1, kRound);
  Float n = rounded - kRound;
  Float r = fma(n, -0x1.921fb6p+0, magnitude);
  r = fma(n, 0x1.777a5cp-25, r);
  r = fma(n, 0x1.ee59dap-50, r);
  Angle small{r, bits(rounded)};

  // Larger arguments are rare and cost several times as much, so they get a branch and not a
  // select.
  Bool large = magnitude > kLargest;
  ImplicitLocOpBuilder &b = *magnitude.builder;
  auto branch = scf::IfOp::create(
      b, TypeRange{small.remainder.value.getType(), small.quadrant.value.getType()}, any(large),
      /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Angle reduced = reduceLargeArgument(magnitude);
  scf::YieldOp::create(b, ValueRange{select(large, reduced.remainder, small.remainder).value,
                                     select(large, reduced.quadrant, small.quadrant).value});
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  scf::YieldOp::create(b, ValueRange{small.remainder.value, small.quadrant.value});
  return {{{&b, branch.getResult(0)}}, {{&b, branch.getResult(1)}}};
}

/// sin r for |r| <= pi/4.
static Float sinOfRemainder(Float r, Float square) {
  static constexpr double kPolynomial[] = {-0x1.555546p-3, 0x1.110778p-7, -0x1.995400p-13};
  return fma(square * r, polynomial(square, kPolynomial), r);
}

/// cos r for |r| <= pi/4.
static Float cosOfRemainder(Float square) {
  static constexpr double kPolynomial[] = {1.0, -0.5, 0x1.55554ap-5, -0x1.6c0c2ap-10,
                                           0x1.99e910p-16};
  return polynomial(square, kPolynomial);
}

/// Flips the sign of `magnitude` where the sign bit of `signs` is set.
static Float flipSign(Float magnitude, Int signs) {
  return fromBits(bits(magnitude) ^ (signs & kSignBit));
}

std::pair<Float, Float> sincos(Float x) {
  auto [r, quadrant] = reduce(abs(x));
  Float square = r * r;
  Float sinR = sinOfRemainder(r, square), cosR = cosOfRemainder(square);
  // Quadrants 0 to 3 have sines sin r, cos r, -sin r, -cos r and cosines cos r, -sin r, -cos r,
  // sin r.
  Bool odd = (quadrant & 1) != 0;
  Float sine = flipSign(select(odd, cosR, sinR), (quadrant << 30) ^ bits(x));
  Float cosine = flipSign(select(odd, sinR, cosR), (quadrant + 1) << 30);
  return {sine, cosine};
}

Float sin(Float x) { return sincos(x).first; }
Float cos(Float x) { return sincos(x).second; }

Float tan(Float x) {
  auto [sine, cosine] = sincos(x);
  return sine / cosine;
}

} // namespace tw::vector_math
