// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tw-deinterleave-sums looks for.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_SPLITTABLESUMS_H
#define TILEWRIGHT_PASSES_VECTORIZE_SPLITTABLESUMS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tw {

/// Whether `value` is a vector of f32 that was widened from bf16.
bool isWidenedFromBf16(mlir::Value value);

/// Whether `value` is a vector of the same number in all lanes.
bool isSplat(mlir::Value value);

/// Which vectors `loop` carries whose even and odd lanes can be computed apart, of widened bf16,
/// which then takes half the work. The halves fill registers of `lanes` f32.
llvm::SmallVector<unsigned> findSplittableSums(mlir::scf::ForOp loop, int64_t lanes);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_SPLITTABLESUMS_H
