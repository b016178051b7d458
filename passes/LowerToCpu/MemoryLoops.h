// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops that move or set memory.
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_MEMORYLOOPS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_MEMORYLOOPS_H

#include "mlir/IR/Builders.h"

namespace tw {

/// A copy from `source`, a memref of the shape of `target`, or, where that is null, a fill with
/// the scalar `value`.
struct Transfer {
  mlir::Value target, source, value;
};

/// The same transfer between memory of fewer dimensions: static sizes known of either side are
/// known of both, dimensions of one element are gone, and dimensions that are contiguous on both
/// sides are one.
Transfer flatten(mlir::OpBuilder &builder, mlir::Location loc, Transfer transfer);

/// Loops for a flattened transfer, with vectors of `vectorBits` where the last dimension is
/// contiguous on both sides. One of 256 KiB or more is spread over the threads if `parallel`; where
/// sizes are dynamic that is decided when it runs.
void buildLoops(mlir::OpBuilder &builder, mlir::Location loc, Transfer transfer, int64_t vectorBits,
                bool parallel);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_MEMORYLOOPS_H
