// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which multiples an index is known to take.
#ifndef TILEWRIGHT_DIALECTS_TW_KNOWNDIVISOR_H
#define TILEWRIGHT_DIALECTS_TW_KNOWNDIVISOR_H

#include "mlir/IR/OpDefinition.h"

namespace tw {

/// The largest divisor of `number` that is known to divide `index` too: `number` itself when the
/// index is a multiple of it, 1 when nothing is known. Looks through constants, induction
/// variables, affine.apply and sums and products of arith.
int64_t getKnownDivisor(mlir::OpFoldResult index, int64_t number);

} // namespace tw

#endif // TILEWRIGHT_DIALECTS_TW_KNOWNDIVISOR_H
