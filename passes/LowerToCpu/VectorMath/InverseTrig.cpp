// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// atan, atan2, asin and acos.
#include "passes/LowerToCpu/VectorMath/Functions.h"

using namespace mlir;

namespace tw::vector_math {

// In two parts, for differences with pi and pi/2 that round once.
static constexpr double kPiHi = 0x1.921fb6p+1, kPiLo = -0x1.777a5cp-24;
static constexpr double kHalfPiHi = 0x1.921fb6p+0, kHalfPiLo = -0x1.777a5cp-25;

/// atan t for t in [0, 1].
static Float atanOfRatio(Float t) {
  static constexpr double kPolynomial[] = {-0x1.55553ep-2, 0x1.9991e6p-3,  -0x1.2420b6p-3,
                                           0x1.c08f64p-4,  -0x1.58155cp-4, 0x1.da5ec0p-5,
                                           -0x1.fdfbd2p-6, 0x1.64c154p-7,  -0x1.d4971ap-10};
  Float square = t * t;
  return fma(square * t, polynomial(square, kPolynomial), t);
}

Float atan(Float x) {
  Float a = abs(x);
  Bool large = a > 1.0;
  Float angle = atanOfRatio(select(large, 1.0, a) / select(large, a, 1.0));
  return copySign(select(large, a.like(kHalfPiLo) - angle + kHalfPiHi, angle), x);
}

Float atan2(Float y, Float x) {
  Float a = abs(x), b = abs(y);
  Bool steep = b > a;
  Float smaller = select(steep, a, b), larger = select(steep, b, a);
  // 0/0 and inf/inf count as 0 and 1, which gives the angles that C and IEEE 754 ask for.
  Float ratio = select(larger == 0.0, larger, larger.like(1.0));
  ratio = select(smaller == larger, ratio, smaller / larger);
  Float angle = atanOfRatio(ratio);
  angle = select(steep, a.like(kHalfPiLo) - angle + kHalfPiHi, angle);
  Bool left = bits(x) < 0;
  angle = select(left, a.like(kPiLo) - angle + kPiHi, angle);
  return copySign(angle, y);
}

namespace {
/// asin of a magnitude, by halves: where |x| > 1/2, asin|x| = pi/2 - 2*angle, else angle.
struct HalfAngle {
  Float angle;
  Bool isLarge;
};
} // namespace

static HalfAngle reduceAsin(Float magnitude) {
  // (asin r - r) / r^3 as a polynomial in r^2, r <= 1/2
  static constexpr double kPolynomial[] = {0x1.5555c8p-3, 0x1.330204p-4, 0x1.747bb8p-5,
                                           0x1.8c3e50p-6, 0x1.595c60p-5};
  Bool large = magnitude > 0.5;
  Float square = select(large, fma(magnitude, -0.5, 0.5), magnitude * magnitude);
  Float r = select(large, sqrt(square), magnitude);
  return {fma(square * r, polynomial(square, kPolynomial), r), large};
}

Float asin(Float x) {
  auto [angle, large] = reduceAsin(abs(x));
  Float complement = fma(angle, -2.0, kHalfPiLo) + kHalfPiHi;
  return copySign(select(large, complement, angle), x);
}

Float acos(Float x) {
  auto [angle, large] = reduceAsin(abs(x));
  Float twice = angle * 2.0;
  Float ofLarge = select(x < 0.0, x.like(kPiLo) - twice + kPiHi, twice);
  Float ofSmall = x.like(kHalfPiLo) - copySign(angle, x) + kHalfPiHi;
  return select(large, ofLarge, ofSmall);
}

} // namespace tw::vector_math
