// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The two bf16 of a word as f32.
#ifndef TILEWRIGHT_PASSES_NARROW_WORDHALVES_H
#define TILEWRIGHT_PASSES_NARROW_WORDHALVES_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace tw {

/// The f32 of the lower, or the upper, bf16 of a word, or of each word of a vector: a bf16 is the
/// upper half of the f32 of the same value, so it is shifted there, or is there.
mlir::Value widenLowerHalf(mlir::ImplicitLocOpBuilder &builder, mlir::Value words);
mlir::Value widenUpperHalf(mlir::ImplicitLocOpBuilder &builder, mlir::Value words);

} // namespace tw

#endif // TILEWRIGHT_PASSES_NARROW_WORDHALVES_H
