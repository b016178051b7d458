// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The elementary functions of f32 values, as expressions without branches. Their accuracy is
// stated with the pass (passes/LowerToCpu/Passes.td); their polynomials come from
// tools/scripts/fit_minimax.py.
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_FUNCTIONS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_FUNCTIONS_H

#include "passes/LowerToCpu/VectorMath/Expression.h"

#include <optional>

namespace tw::vector_math {

// Exp.cpp
Float exp(Float x);
/// exp where what is below kNegligible may be 0.
Float expOrZero(Float x);
Float exp2(Float x);
Float expm1(Float x);
/// exp(x)/2 and expm1(x)/2: finite wherever the hyperbolic functions are. (The latter of -0 is 0.)
Float halfExp(Float x);
Float halfExpm1(Float x);
/// e^(-factor*(hi + lo)) = fraction * scale * 2^-64, in parts that are never subnormal, so that a
/// product with them can round only once.
struct Decay {
  Float fraction;
  Float scale;
};
/// For hi >= 0 with factor*hi <= 110, |lo| no more than the rounding error of hi, and a factor that
/// is a power of two.
Decay decay(Float hi, std::optional<Float> lo, double factor);

// Scale.cpp
/// Adding 1.5*2^23 rounds a small float to an integer, which then is in the low bits of the sum.
inline constexpr double kPowerOffset = 0x1.8p+23;
/// The exponent of what no float is near to, and of what is no part of a sum with 1 in it: products
/// with more than 2^-26 of the rest are not subnormal either.
inline constexpr int kUnderflow = -150;
inline constexpr int kNegligible = -100;
/// p * 2^n from `power` = n + kPowerOffset, for p in [0.25, 2] and n in [-152, 130]. Rounds once,
/// also where the result is subnormal. Of n below `lowest` it is 0.
Float scaleByPowerOfTwo(Float p, Float power, int lowest = kUnderflow);

// Log.cpp
Float log(Float x);
Float log2(Float x);
Float log10(Float x);
Float log1p(Float x);

// Hyperbolic.cpp
Float tanh(Float x);
Float sinh(Float x);
Float cosh(Float x);
Float asinh(Float x);
Float acosh(Float x);
Float atanh(Float x);

// Erf.cpp
Float erf(Float x);
Float erfc(Float x);
/// x * Phi(x), where Phi is the normal distribution function.
Float gelu(Float x);
/// x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
Float geluTanh(Float x);

// Trig.cpp
Float sin(Float x);
Float cos(Float x);
Float tan(Float x);
std::pair<Float, Float> sincos(Float x);

// LargeArgument.cpp
/// |x| less the nearest multiple of pi/2, and that multiple modulo 4.
struct Angle {
  Float remainder;
  Int quadrant;
};
/// The angle of a magnitude of 1 or more, by Payne and Hanek's method. In lanes below 1 the result
/// means nothing.
Angle reduceLargeArgument(Float magnitude);

// InverseTrig.cpp
Float atan(Float x);
Float atan2(Float y, Float x);
Float asin(Float x);
Float acos(Float x);

// Pow.cpp
Float pow(Float x, Float y);
/// x to an integer power, of any integer type.
Float powi(Float x, Int n);
/// Whether x^y takes only products, a division and a square root, and that power, of f32 or f64.
bool isSimplePower(double y);
Float simplePower(Float x, double y);
Float cbrt(Float x);
/// 1/sqrt(x).
Float rsqrt(Float x);

// Remainder.cpp
/// x - n*y for the whole number n that is nearest to x/y on the side of zero: exact.
Float remainder(Float x, Float y);

} // namespace tw::vector_math

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_VECTORMATH_FUNCTIONS_H
