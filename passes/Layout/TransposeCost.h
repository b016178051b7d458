// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a transpose costs at run time, for passes that decide where to have one.
#ifndef TILEWRIGHT_PASSES_LAYOUT_TRANSPOSECOST_H
#define TILEWRIGHT_PASSES_LAYOUT_TRANSPOSECOST_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"

namespace tw {

/// Bytes of a ranked tensor; sizes that are not known are guessed.
int64_t getTransposedBytes(mlir::Value tensor);

/// Bytes moved at run time by having `value` transposed by `perm` (empty: not at all). Free are
/// the transposes of fills and of what is computed from weights alone, those that only move
/// dimensions of size 1, that undo or join another transpose, and that exist already.
int64_t getTransposeCost(mlir::Value value, llvm::ArrayRef<int64_t> perm);

/// Whether `value` reaches a transpose, through operations that can be computed in another layout.
bool reachesTranspose(mlir::Value value);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LAYOUT_TRANSPOSECOST_H
