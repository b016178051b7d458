// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// erf, erfc and both forms of GELU.
#include "passes/LowerToCpu/VectorMath/Functions.h"

using namespace mlir;

namespace tw::vector_math {

Float erf(Float x) {
  // x/2 + x*p(x^2), p one polynomial around the middle of its interval so that the terms shrink:
  // some twenty instructions without division, where a rational function costs a division (as long
  // as those twenty) and two intervals cost both their polynomials. x/2, which is exact, keeps p
  // and with it its errors small. At kOne the expression is 1, and at no smaller float is it more;
  // erf itself rounds to 1 from 3.9192 on.
  static constexpr double kOne = 0x1.e9c96p+1;
  static constexpr double kMiddle = 8.0;
  static constexpr double kPolynomial[] = {
      -0x1.2bf7f0p-3,  -0x1.69a0ccp-6,  0x1.0dab5ap-9,   -0x1.b92f66p-13, 0x1.718bdap-16,
      -0x1.320666p-19, 0x1.e9c3e0p-23,  -0x1.77d3fcp-26, 0x1.126814p-29,  -0x1.6919bcp-33,
      0x1.b312c2p-37,  -0x1.38381ap-40, 0x1.a2843ap-44,  -0x1.886a9ap-49, 0x1.18a90ep-56,
      -0x1.46b59ep-55, 0x1.8945cap-59};
  Float bounded = boundAbove(boundBelow(x, -kOne), kOne);
  Float p = polynomial(fma(bounded, bounded, -kMiddle), kPolynomial);
  return fma(bounded, p, bounded * 0.5);
}

/// 2^-64 * Phi(-a) * exp(a^2/2) for a in [0, 14.5]: the tail of the normal distribution without its
/// decay, and scaled to meet that of decay().
static Float scaledNormalTail(Float a) {
  static constexpr double kNumerator[] = {0x1.000000p-65, 0x1.c01956p-66, 0x1.7626e2p-67,
                                          0x1.4b4d78p-69, 0x1.0bc200p-72};
  static constexpr double kDenominator[] = {1.0,           0x1.ac4edap+0, 0x1.3346fcp+0,
                                            0x1.df42cap-2, 0x1.9f40cep-4, 0x1.4f94a6p-7};
  // By parts, because then the rounding error of the square is in both and cancels.
  Float square = a * a;
  return polynomialOfParts(a, square, kNumerator) / polynomialOfParts(a, square, kDenominator);
}

/// exp(-factor * a^2) with the whole square in the exponent: the error of a rounded square would
/// grow with it, to 50 ulp where the result is smallest.
static Decay decayOfSquare(Float a, double factor) {
  Float square = a * a;
  return decay(square, fma(a, a, -square), factor);
}

Float erfc(Float x) {
  Float magnitude = boundAbove(abs(x), 10.25); // erfc(10.25) is 0
  auto [fraction, scale] = decayOfSquare(magnitude, 1.0);
  Float tail = scaledNormalTail(magnitude * 0x1.6a09e6p+0) * fraction * (scale * 2.0);
  return select(x < 0.0, 2.0 - tail, tail);
}

Float gelu(Float x) {
  // max(x, 0) - |x| * Phi(-|x|) is x*Phi(x) for either sign and cancels for neither, where
  // x/2 * (1 + erf(x/sqrt 2)) loses all of a negative x's digits.
  Float magnitude = boundAbove(abs(x), 14.5); // the product rounds to 0 there
  auto [fraction, scale] = decayOfSquare(magnitude, 0.5);
  return fma(-(scaledNormalTail(magnitude) * fraction), scale * magnitude, boundBelow(x, 0.0));
}

Float geluTanh(Float x) {
  // x * sigmoid(2u) with 2u = x * (c + d*x^2), by the exponential of -|2u|, which cannot overflow.
  static constexpr double kLinear = 0x1.988454p+0; // 2*sqrt(2/pi)
  static constexpr double kCubic = 0x1.2444f2p-4;  // 0.044715 times that
  Float slope = fma(x * x, kCubic, kLinear);
  Float argument = boundAbove(abs(x * slope), 110.0);
  auto [fraction, scale] = decay(argument, std::nullopt, 1.0);
  Float e = fraction * scale * 0x1p-64;
  // -inf times an e of 0 would be NaN.
  return boundBelow(x, -100.0) * select(x < 0.0, e, 1.0) / (e + 1.0);
}

} // namespace tw::vector_math
