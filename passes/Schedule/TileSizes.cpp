// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/TileSizes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;

/// Tiles of fewer rows have more loops than work.
static constexpr int64_t kMinRows = 4;
/// Tiles that registers for fewer rows than this allow have none to spare.
static constexpr int64_t kFewRows = 8;

int64_t tw::countElements(ArrayRef<int64_t> shape) {
  int64_t result = 1;
  for (int64_t size : shape)
    result *= ShapedType::isDynamic(size) ? 64 : size;
  return result;
}

int64_t tw::chooseRows(int64_t size, int64_t max, int64_t busy) {
  if (ShapedType::isDynamic(size))
    return std::min<int64_t>(max, 8);
  if (size <= max)
    return size;
  busy = std::min(busy, max);
  // In quarters of a row. Each tile loads its panel and begins and ends a loop. Where registers
  // are few, the loads of a step are no longer hidden behind its multiply-adds: on AVX2, tiles of 6
  // rows are 7 % faster than those of 4.
  int64_t perTile = max < kFewRows ? 4 : 1;
  // The code of a shorter last tile is cold, and blocks of rows whose last one is shorter are two
  // parallel regions. On AVX-512, 128 rows in tiles of 8 are as fast as in tiles of 12 and a rest.
  constexpr int64_t kPerRemainder = 32;
  auto cost = [&](int64_t rows) { return 4 * std::max(rows, busy) + perTile; };
  int64_t best = max, bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t tile = max; tile >= std::min(kMinRows, max); --tile) {
    int64_t remainder = size % tile;
    int64_t total = size / tile * cost(tile) + (remainder ? cost(remainder) + kPerRemainder : 0);
    if (total < bestCost) {
      best = tile;
      bestCost = total;
    }
  }
  return best;
}

int64_t tw::chooseBlock(int64_t size, int64_t step, int64_t target) {
  target = std::max(step, target);
  for (int64_t block = target / step * step; 2 * block >= target; block -= step)
    if (size % block == 0)
      return block;
  int64_t blocks = llvm::divideCeil(size, target);
  return llvm::alignTo(llvm::divideCeil(size, blocks), step);
}

SmallVector<int64_t> tw::distributeElements(ArrayRef<int64_t> shape, int64_t inner,
                                            unsigned keepWhole, int64_t elements, int64_t step) {
  int64_t rank = shape.size();
  SmallVector<int64_t> distribute(rank, 0);
  if (tw::countElements(shape) * inner < kMinParallelWork)
    return distribute;
  int64_t budget = std::max<int64_t>(1, elements / std::max<int64_t>(1, inner));
  for (int64_t dim = rank - 1; dim >= 0; --dim) {
    if (dim >= rank - static_cast<int64_t>(keepWhole)) {
      budget = std::max<int64_t>(1, budget / std::max<int64_t>(1, tw::countElements(shape[dim])));
      continue;
    }
    if (!ShapedType::isDynamic(shape[dim]) && shape[dim] <= budget) {
      budget /= std::max<int64_t>(1, shape[dim]);
      continue;
    }
    int64_t whole = budget < step ? 1 : step;
    distribute[dim] = ShapedType::isDynamic(shape[dim])
                          ? budget / whole * whole
                          : tw::chooseBlock(shape[dim], whole, budget);
    budget = 1;
  }
  return distribute;
}
