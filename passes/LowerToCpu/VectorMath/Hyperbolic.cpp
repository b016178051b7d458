// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tanh, sinh, cosh and their inverses.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include <limits>

using namespace mlir;

namespace tw::vector_math {

Float tanh(Float x) {
  // With h = expm1(-2|x|)/2: -h/(1 + h). As many cycles as the usual rational function of x^2,
  // which is bound by its division too, but exact where tanh comes near 1.
  Float h = halfExpm1(abs(x) * -2.0);
  return copySign(h / (h + 1.0), x);
}

Float sinh(Float x) {
  // With h = expm1(|x|)/2: (e^a - e^-a)/2 = h + h/(2h + 1), which neither cancels near 0 nor
  // overflows before the result.
  Float h = halfExpm1(abs(x));
  Float tail = select(h > 0x1p+30, h.like(0.5), h / fma(h, 2.0, 1.0));
  return copySign(h + tail, x);
}

Float cosh(Float x) {
  Float h = halfExp(abs(x));
  return h + 0.25 / h;
}

Float asinh(Float x) {
  // log1p(a + a^2/(1 + sqrt(1 + a^2))); where the squares would overflow, log(2a).
  static constexpr double kLarge = 0x1p+60;
  static constexpr double kLn2 = 0x1.62e430p-1;
  Float a = abs(x);
  Float square = a * a;
  Float small = log1p(a + square / (sqrt(square + 1.0) + 1.0));
  return copySign(select(a > kLarge, log(a) + kLn2, small), x);
}

Float acosh(Float x) {
  // With t = x - 1, exact where it matters: log1p(t + sqrt(t*(t + 2))). Below 1, t*(t + 2) is
  // negative and the root NaN; below -1 it is not, hence the select.
  static constexpr double kLarge = 0x1p+60;
  static constexpr double kLn2 = 0x1.62e430p-1;
  Float t = x - 1.0;
  Float small = log1p(t + sqrt(fma(t, t, t * 2.0)));
  Float valid = select(x > kLarge, log(x) + kLn2, small);
  return select(x < 1.0, std::numeric_limits<double>::quiet_NaN(), valid);
}

Float atanh(Float x) {
  Float a = abs(x);
  return copySign(log1p(a * 2.0 / (1.0 - a)) * 0.5, x);
}

} // namespace tw::vector_math
