// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/ElementPolynomial.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using tw::Element;
using tw::ElementPolynomial;

std::optional<ElementPolynomial> ElementPolynomial::read(const ElementFrame &frame, Element e,
                                                         Element x, std::optional<Element> t) {
  ElementPolynomial result;
  if (frame.same(e, x)) {
    result.at(1) = 1;
    return result;
  }
  if (t && frame.same(e, *t)) {
    result.at(0, 1) = 1;
    return result;
  }
  if (std::optional<double> value = frame.constant(e)) {
    result.at(0) = *value;
    return result;
  }
  SmallVector<Element> operands;
  Operation *op = frame.definition(e, operands);
  // `same` sees values, not the bodies that compute them: the op itself may be t.
  if (op && t && op == t->value.getDefiningOp()) {
    result.at(0, 1) = 1;
    return result;
  }
  if (!op || !isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::NegFOp,
                  math::PowFOp, math::FPowIOp>(op))
    return std::nullopt;
  std::optional<ElementPolynomial> a = read(frame, operands[0], x, t);
  if (!a)
    return std::nullopt;
  ElementPolynomial minusOne;
  minusOne.at(0) = -1;
  if (isa<arith::NegFOp>(op))
    return multiply(*a, minusOne);
  std::optional<ElementPolynomial> b = read(frame, operands[1], x, t);
  if (!b)
    return std::nullopt;
  if (isa<arith::SubFOp>(op))
    b = multiply(*b, minusOne);
  if (isa<arith::AddFOp, arith::SubFOp>(op)) {
    for (unsigned i = 0; i <= kDegree; ++i)
      for (unsigned j : {0u, 1u})
        result.at(i, j) = a->at(i, j) + b->at(i, j);
    return result;
  }
  if (isa<arith::MulFOp>(op))
    return multiply(*a, *b);
  std::optional<double> constant = b->asConstant();
  if (!constant)
    return std::nullopt;
  if (isa<arith::DivFOp>(op)) {
    ElementPolynomial inverse;
    inverse.at(0) = 1 / *constant;
    return multiply(*a, inverse);
  }
  if (*constant != 2 && *constant != 3)
    return std::nullopt;
  std::optional<ElementPolynomial> power = multiply(*a, *a);
  return power && *constant == 3 ? multiply(*power, *a) : power;
}

std::optional<ElementPolynomial> ElementPolynomial::multiply(const ElementPolynomial &a,
                                                             const ElementPolynomial &b) {
  ElementPolynomial product;
  for (unsigned i = 0; i <= kDegree; ++i)
    for (unsigned j : {0u, 1u})
      for (unsigned k = 0; k <= kDegree; ++k)
        for (unsigned l : {0u, 1u}) {
          double term = a.at(i, j) * b.at(k, l);
          if (term == 0)
            continue;
          if (i + k > kDegree || j + l > 1)
            return std::nullopt;
          product.at(i + k, j + l) += term;
        }
  return product;
}

std::optional<double> ElementPolynomial::asConstant() const {
  for (unsigned i = 0; i <= kDegree; ++i)
    for (unsigned j : {0u, 1u})
      if ((i || j) && at(i, j) != 0)
        return std::nullopt;
  return at(0);
}

bool ElementPolynomial::isNear(const ElementPolynomial &wanted, double tolerance) const {
  for (unsigned i = 0; i <= kDegree; ++i)
    for (unsigned j : {0u, 1u})
      if (!(std::abs(at(i, j) - wanted.at(i, j)) <= tolerance * std::abs(wanted.at(i, j))))
        return false;
  return true;
}
