// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, exp2 and expm1: x = n*ln2 + r with n an integer and |r| <= ln2/2, then 2^n * e^r, e^r from a
// polynomial and 2^n from the bits of the exponent.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include <cmath>

using namespace mlir;

namespace tw::vector_math {

static constexpr double kLog2E = 0x1.715476p+0;
// ln2 in two parts. n*kLn2Hi is exact inside an fma and x - n*kLn2Hi is a float, so the reduction
// errs only by the rounding of its last step.
static constexpr double kLn2Hi = 0x1.62e430p-1;
static constexpr double kLn2Lo = -0x1.05c610p-29;
// Beyond these, exp is 0 or infinity. Bounded so, n stays where scaleByPowerOfTwo wants it; at the
// lower one it is -151, for which that function has a short way.
static constexpr double kExpLow = -105.0;
static constexpr double kExpHigh = 89.0;

static constexpr double kExpPolynomial[] = {
    1.0, 1.0, 0x1.fffffcp-2, 0x1.555492p-3, 0x1.5558b4p-5, 0x1.1239a0p-7, 0x1.6a495cp-10};
// (expm1(r) - r) / r^2
static constexpr double kExpm1Polynomial[] = {0x1.fffffep-2, 0x1.5554b4p-3, 0x1.5556f2p-5,
                                              0x1.122560p-7, 0x1.6b9caap-10};
static constexpr double kExp2Polynomial[] = {1.0,           0x1.62e430p-1, 0x1.ebfbdcp-3,
                                             0x1.c6af7ap-5, 0x1.3b2ddap-7, 0x1.5f0976p-10,
                                             0x1.417284p-13};

namespace {
/// x = n*ln2 + r, with n + kPowerOffset.
struct Reduction {
  Float remainder;
  Float power;
};
} // namespace

static Reduction reduce(Float x) {
  Float rounded = fma(x, kLog2E, kPowerOffset);
  Float n = rounded - kPowerOffset;
  Float r = fma(n, -kLn2Hi, x);
  return {fma(n, -kLn2Lo, r), rounded};
}

static Float expAbove(Float x, int lowest) {
  Reduction reduced = reduce(boundAbove(boundBelow(x, kExpLow), kExpHigh));
  return scaleByPowerOfTwo(polynomial(reduced.remainder, kExpPolynomial), reduced.power, lowest);
}

Float exp(Float x) { return expAbove(x, kUnderflow); }

Float expOrZero(Float x) { return expAbove(x, kNegligible); }

Decay decay(Float hi, std::optional<Float> lo, double factor) {
  // In units of 1/factor: hi + lo = -n*ln2/factor + r, where e^(-factor*r) is the polynomial with
  // coefficients times powers of -factor. So the argument itself is never multiplied.
  Float rounded = fma(hi, -factor * kLog2E, kPowerOffset);
  Float n = rounded - kPowerOffset;
  Float r = fma(n, kLn2Hi / factor, hi);
  r = fma(n, kLn2Lo / factor, r);
  if (lo)
    r = r + *lo;
  SmallVector<double> coefficients(std::begin(kExpPolynomial), std::end(kExpPolynomial));
  for (auto [k, coefficient] : llvm::enumerate(coefficients))
    coefficient *= std::pow(-factor, k);
  return {polynomial(r, coefficients), fromBits((bits(rounded) << 23) + ((127 + 64) << 23))};
}

Float halfExp(Float x) {
  Reduction reduced = reduce(boundAbove(boundBelow(x, kExpLow), kExpHigh + 1));
  return scaleByPowerOfTwo(polynomial(reduced.remainder, kExpPolynomial) * 0.5, reduced.power);
}

Float exp2(Float x) {
  Float bounded = boundAbove(boundBelow(x, -151.0), 129.0);
  Float rounded = bounded + kPowerOffset;
  Float r = bounded - (rounded - kPowerOffset);
  return scaleByPowerOfTwo(polynomial(r, kExp2Polynomial), rounded);
}

Float halfExpm1(Float x) {
  // Below -20 the result rounds to -1/2; at 89.5 it is infinite.
  Reduction reduced = reduce(boundAbove(boundBelow(x, -20.0), 89.5));
  Float r = reduced.remainder;
  Float p = fma(r * r, polynomial(r, kExpm1Polynomial), r);
  // 2^n*(p + 1) - 1 without the cancellation: (2^n - 1) is exact where it matters. All divided by
  // 4, since n goes up to 129.
  Float power = fromBits((bits(reduced.power) << 23) + (125 << 23));
  return fma(p, power, power - 0.25) * 2.0;
}

Float expm1(Float x) {
  // The sign only differs for -0, which must stay -0.
  return copySign(halfExpm1(x) * 2.0, x);
}

} // namespace tw::vector_math
