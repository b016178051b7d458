// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Powers: x^y = 2^(y * log2 x). An error of the exponent's product is multiplied by up to 104 in
// the result, so logarithm and product are computed in f64: simpler, more exact and no slower than
// pairs of f32, which need a division.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace tw::vector_math {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
static constexpr int64_t kTwoThirds = 0x3f2aaaab; // the bits of 2/3
static constexpr int64_t kExponentMask = 0xff800000;

/// log2 of a magnitude, as f64 with 35 bits; exact for powers of two, and for 0 and infinity.
static Float preciseLog2(Float magnitude) {
  // log2(1 + f) / f
  static constexpr double kPolynomial[] = {
      0x1.71547652bbe34p+0, -0x1.7154764b33a8dp-1, 0x1.ec709d9013777p-2, -0x1.715484faad131p-2,
      0x1.2776e225b4caap-2, -0x1.ec687ba3c89adp-3, 0x1.a60b29881f5cfp-3, -0x1.724a72f9dc2f8p-3,
      0x1.49814c2eea238p-3, -0x1.1985362c028f3p-3, 0x1.fa1db8b8084eap-4, -0x1.542efc5038562p-3,
      0x1.42a41f8ac56b4p-3};
  Bool subnormal = magnitude < 0x1p-126;
  Int scaled = bits(select(subnormal, magnitude * 0x1p+23, magnitude));
  Int shiftedExponent = (scaled - kTwoThirds) & kExponentMask;
  Int exponent = shiftedExponent >> 23;
  Float e = toDouble(select(subnormal, exponent - 23, exponent));
  Float f = widen(fromBits(scaled - shiftedExponent) - 1.0);
  Float finite = fma(f, polynomial(f, kPolynomial), e);
  Float positive = select(magnitude < kInfinity, finite, widen(magnitude));
  return select(magnitude == 0.0, -kInfinity, positive);
}

/// 2^p of an f64, as f32.
static Float exp2OfDouble(Float p) {
  static constexpr double kRound = 0x1.8p+52; // adding it rounds to an integer
  static constexpr double kPolynomial[] = {1.0,           0x1.62e430p-1, 0x1.ebfbdcp-3,
                                           0x1.c6af7ap-5, 0x1.3b2ddap-7, 0x1.5f0976p-10,
                                           0x1.417284p-13};
  Float bounded = boundAbove(boundBelow(p, -151.0), 129.0);
  Float n = (bounded + kRound) - kRound;
  Float r = narrow(bounded - n);
  return scaleByPowerOfTwo(polynomial(r, kPolynomial), narrow(n) + kPowerOffset);
}

/// |x|^y for an f64 y. The product of log2 0 or log2 inf and y = 0 is NaN: for the caller to mend.
static Float powerOfMagnitude(Float x, Float y) { return exp2OfDouble(preciseLog2(abs(x)) * y); }

Float pow(Float x, Float y) {
  // An infinite y, bounded, still gives 0 or infinity for all |x| but 1, for which it gives 1.
  Float exponent = widen(boundAbove(boundBelow(y, -0x1p+120), 0x1p+120));
  Float magnitude = powerOfMagnitude(x, exponent);
  // NaN and infinity count as even integers here; the magnitude says the rest.
  Float half = y * 0.5;
  Bool isOdd = (floor(half) < half) & (floor(y) == y);
  Bool isFraction = floor(y) < y;
  Float withSign = select(isOdd, copySign(magnitude, x), magnitude);
  Bool undefined = (x < 0.0) & (x > -kInfinity) & isFraction;
  return select((y == 0.0) | (x == 1.0), 1.0, select(undefined, kNaN, withSign));
}

Float powi(Float x, Int n) {
  Float magnitude = powerOfMagnitude(x, toDouble(n));
  Float withSign = select((n & 1) != 0, copySign(magnitude, x), magnitude);
  return select(n == 0, 1.0, withSign);
}

bool isSimplePower(double y) {
  // Below -2 the products would lose more than pow does.
  return std::abs(y) == 0.5 || (y >= -2 && y <= 4 && y == std::floor(y));
}

Float simplePower(Float x, double y) {
  if (y == 0)
    return x.like(1.0);
  if (y == 0.5)
    return sqrt(x);
  if (y == -0.5)
    return rsqrt(x);
  // The reciprocal of a power would overflow before the power of a reciprocal underflows.
  Float base = y < 0 ? 1.0 / x : x;
  int64_t n = std::abs(y);
  if (n == 1)
    return base;
  Float square = base * base;
  return n == 2 ? square : n == 3 ? square * base : square * square;
}

Float cbrt(Float x) { return copySign(powerOfMagnitude(x, widen(x).like(1.0 / 3.0)), x); }

Float rsqrt(Float x) { return 1.0 / sqrt(x); }

} // namespace tw::vector_math
