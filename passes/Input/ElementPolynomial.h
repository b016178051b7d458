// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_INPUT_ELEMENTPOLYNOMIAL_H
#define TILEWRIGHT_PASSES_INPUT_ELEMENTPOLYNOMIAL_H

#include "passes/Input/ElementFrame.h"
#include <array>

namespace tw {

/// A polynomial in x, up to x^3, and t, up to t^1, with constant coefficients. Comparing
/// polynomials instead of trees accepts a formula in any order, factored or multiplied out.
class ElementPolynomial {
public:
  /// Reads `e` as a polynomial in `x` and, if given, `t`: sums, differences, products, quotients by
  /// constants and powers of them.
  static std::optional<ElementPolynomial> read(const ElementFrame &frame, Element e, Element x,
                                               std::optional<Element> t = std::nullopt);

  /// The coefficient of x^i t^j.
  double &at(unsigned i, unsigned j = 0) { return coefficients[i][j]; }
  double at(unsigned i, unsigned j = 0) const { return coefficients[i][j]; }

  /// Whether each coefficient is within a relative `tolerance` of `wanted`'s.
  bool isNear(const ElementPolynomial &wanted, double tolerance) const;

private:
  static constexpr unsigned kDegree = 3;
  static std::optional<ElementPolynomial> multiply(const ElementPolynomial &a,
                                                   const ElementPolynomial &b);
  std::optional<double> asConstant() const;

  std::array<std::array<double, 2>, kDegree + 1> coefficients = {};
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ELEMENTPOLYNOMIAL_H
