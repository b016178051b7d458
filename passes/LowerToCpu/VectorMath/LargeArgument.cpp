// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The argument reduction of Payne and Hanek: of x * 2/pi, with x = m * 2^e and m an integer, only
// the bits of 2/pi that meet m above 2^-62 and below 2^2 change the angle, whatever e is.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include <limits>

using namespace mlir;

namespace tw::vector_math {

// 2/pi in words of 32 bits, after one of zeros: word w has the bits worth 2^31 to 2^0, times
// 2^(-32*w).
static constexpr int64_t kTwoOverPi[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                         0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
// A window starts in one of the first five words and spans four.
static constexpr int64_t kFirstWords = 5;

/// Word `index + offset` of 2/pi, as an i64.
static Int wordOfTwoOverPi(Int index, int64_t offset) {
  Int word = index.like(kTwoOverPi[offset]);
  for (int64_t first = 1; first < kFirstWords; ++first)
    word = select(index == first, index.like(kTwoOverPi[first + offset]), word);
  return extendUnsigned(word);
}

Angle reduceLargeArgument(Float magnitude) {
  Int pattern = bits(magnitude);
  Int mantissa = extendUnsigned((pattern & 0x7fffff) | 0x800000);
  // m * 2^e = m * 2^(biased - 150); its bit worth 2 meets the bit of 2/pi worth 2^(1-e), which is
  // the one at position e + 30 from the first word's top.
  Int position = (pattern >> 23) - 120;
  Int index = position >> 5;
  Int shift = extendUnsigned(position & 31);

  Int words[] = {wordOfTwoOverPi(index, 0), wordOfTwoOverPi(index, 1), wordOfTwoOverPi(index, 2),
                 wordOfTwoOverPi(index, 3)};
  auto windowWord = [&](int k) {
    return shiftRightUnsigned(((words[k] << 32) | words[k + 1]) << shift, shift.like(32));
  };
  // m times a window of 96 bits, modulo 2^96; of it the upper 64, where the top two are the
  // quadrant. Multiples of 4 fall off the top.
  Int product = ((mantissa * windowWord(0)) << 32) + mantissa * windowWord(1) +
                shiftRightUnsigned(mantissa * windowWord(2), mantissa.like(32));

  // To the nearest quadrant; what is left, as a signed number, counts pi/2 * 2^-62.
  Int quadrant = shiftRightUnsigned(product + (int64_t(1) << 61), product.like(62));
  Float left = toDouble(product - (quadrant << 62));
  Float remainder = narrow(left * 0x1.921fb54442d18p-62);
  Bool infinite = magnitude == std::numeric_limits<double>::infinity();
  return {select(infinite, std::numeric_limits<double>::quiet_NaN(), remainder), lowWord(quadrant)};
}

} // namespace tw::vector_math
