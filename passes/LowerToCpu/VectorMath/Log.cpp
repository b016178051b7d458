// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// log, log2, log10 and log1p: x = 2^e * (1 + f) with f in [-1/3, 1/3], then a polynomial in f. The
// interval is the one of this form that needs the lowest degree.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include <limits>

using namespace mlir;

namespace tw::vector_math {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
static constexpr double kLn2 = 0x1.62e430p-1;
static constexpr int64_t kTwoThirds = 0x3f2aaaab; // the bits of 2/3
static constexpr int64_t kExponentMask = 0xff800000;

// (log1p(f) - f + f^2/2) / f^3
static constexpr double kLog1pPolynomial[] = {0x1.555506p-2,  -0x1.fffefap-3, 0x1.99d056p-3,
                                              -0x1.559c4ap-3, 0x1.1ed4dap-3,  -0x1.f33784p-4,
                                              0x1.1e6fb6p-3,  -0x1.07b7b2p-3};

namespace {
/// x = 2^e * (1 + f).
struct Decomposition {
  Float fraction;
  Float exponent;
};
} // namespace

/// Of a positive finite x, subnormal ones included; of other values the result means nothing.
static Decomposition decompose(Float x) {
  Bool subnormal = x < 0x1p-126;
  Int scaled = bits(select(subnormal, x * 0x1p+23, x));
  Int shiftedExponent = (scaled - kTwoThirds) & kExponentMask;
  Float e = toFloat(shiftedExponent >> 23);
  return {fromBits(scaled - shiftedExponent) - 1.0, select(subnormal, e - 23.0, e)};
}

/// The logarithm of x < 0, 0, +inf and NaN, and `ofPositive` for all other x.
static Float withSpecialValues(Float x, Float ofPositive) {
  Float finite = select(x < kInfinity, ofPositive, x);
  return select(x > 0.0, finite, select(x == 0.0, x.like(-kInfinity), select(isNaN(x), x, kNaN)));
}

/// log(1 + f) for f in [-1/3, 1/3].
static Float logOfFraction(Float f) {
  return fma(f * f, fma(f, polynomial(f, kLog1pPolynomial), -0.5), f);
}

Float log(Float x) {
  auto [f, e] = decompose(x);
  return withSpecialValues(x, fma(e, kLn2, logOfFraction(f)));
}

namespace {
/// 1/ln(b) and log_b(2), each as the sum of two floats, and (log_b(1 + f) - f/ln(b)) / f^2.
struct Base {
  double inverseHi, inverseLo;
  double logOfTwoHi, logOfTwoLo;
  ArrayRef<double> polynomial;
};
} // namespace

/// The logarithm to a base. Only the leading parts enter the final sums: the rest is too small for
/// its rounding to show.
static Float logToBase(Float x, const Base &base) {
  auto [f, e] = decompose(x);
  Float small = f * fma(f, polynomial(f, base.polynomial), base.inverseLo);
  if (base.logOfTwoLo != 0)
    small = fma(e, base.logOfTwoLo, small);
  Float ofFraction = fma(f, base.inverseHi, small);
  return withSpecialValues(x, fma(e, base.logOfTwoHi, ofFraction));
}

Float log2(Float x) {
  static constexpr double kPolynomial[] = {-0x1.715476p-1, 0x1.ec7030p-2,  -0x1.7153e0p-2,
                                           0x1.279d70p-2,  -0x1.ecd0b6p-3, 0x1.9de5bap-3,
                                           -0x1.685292p-3, 0x1.9cddeep-3,  -0x1.7bcb64p-3};
  return logToBase(x, {0x1.715476p+0, 0x1.4ae0c0p-26, 1.0, 0.0, kPolynomial});
}

Float log10(Float x) {
  static constexpr double kPolynomial[] = {-0x1.bcb7b2p-3, 0x1.287a2ep-3,  -0x1.bcb66cp-4,
                                           0x1.63f6e2p-4,  -0x1.28c144p-4, 0x1.f225f8p-5,
                                           -0x1.b0e8f6p-5, 0x1.f226c0p-5,  -0x1.cc9088p-5};
  return logToBase(x,
                   {0x1.bcb7b2p-2, -0x1.5b235ep-27, 0x1.344136p-2, -0x1.ec10c0p-27, kPolynomial});
}

Float log1p(Float x) {
  // e comes from the rounded 1 + x, but f from x itself: 1 + f = 2^-e + 2^-e*x, where both terms
  // are exact. 2^-e alone may be subnormal, so it is formed times 4.
  Int shiftedExponent = (bits(x + 1.0) - kTwoThirds) & kExponentMask;
  Float fourOverPower = fromBits(Int(shiftedExponent.like(0x40800000)) - shiftedExponent);
  Float f = fromBits(bits(x) - shiftedExponent) + fma(fourOverPower, 0.25, -1.0);
  Float result = fma(toFloat(shiftedExponent >> 23), kLn2, logOfFraction(f));
  Float finite = select(x < kInfinity, result, x);
  Float special = select(x == -1.0, x.like(-kInfinity), select(isNaN(x), x, kNaN));
  // The sign only differs for -0, which must stay -0.
  return copySign(select(x > -1.0, finite, special), x);
}

} // namespace tw::vector_math
