// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The remainder of a division, exact as C's fmod: x - trunc(x/y) * y in f64. All numbers here are
// multiples of f32 by powers of two, so that while a quotient is below 2^28 it is rounded (by 2^-25
// at most) to less than the next integer, which is 2^-24 away or more, and its product with y has
// no more than 52 bits.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cmath>

using namespace mlir;

namespace tw::vector_math {

static constexpr int kQuotientBits = 28;

static Float reduce(Float dividend, Float divisor) {
  return dividend - floor(dividend / divisor) * divisor;
}

Float remainder(Float x, Float y) {
  Float dividend = widen(abs(x)), divisor = widen(abs(y));
  // Larger quotients are rare, and take ten divisions.
  Bool far = dividend >= divisor * static_cast<double>(1 << kQuotientBits);
  ImplicitLocOpBuilder &b = *x.builder;
  auto branch = scf::IfOp::create(b, TypeRange{dividend.value.getType()}, any(far),
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&branch.getThenRegion().front());
    Float reduced = dividend;
    // From the largest number over the smallest, 2^277, down.
    for (int power = 9 * kQuotientBits; power > 0; power -= kQuotientBits)
      reduced = reduce(reduced, divisor * std::ldexp(1.0, power));
    scf::YieldOp::create(b, reduced.value);
    b.setInsertionPointToStart(&branch.getElseRegion().front());
    scf::YieldOp::create(b, dividend.value);
  }
  Float result = reduce({{&b, branch.getResult(0)}}, divisor);
  // An infinite divisor leaves what is finite.
  result = select(dividend < divisor, dividend, result);
  return copySign(narrow(result), x);
}

} // namespace tw::vector_math
