// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LAYOUT_SLICEDIMENSION_H
#define TILEWRIGHT_PASSES_LAYOUT_SLICEDIMENSION_H

#include "mlir/IR/Builders.h"

namespace tw {

/// `count` positions of a tensor along one dimension, from `first` on and `stride` apart; of all
/// other dimensions everything.
mlir::Value sliceDimension(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                           int64_t dim, mlir::OpFoldResult first, mlir::OpFoldResult count,
                           int64_t stride = 1);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LAYOUT_SLICEDIMENSION_H
