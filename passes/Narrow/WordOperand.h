// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tensors of bf16 as words of two numbers that follow one another along a dimension.
#ifndef TILEWRIGHT_PASSES_NARROW_WORDOPERAND_H
#define TILEWRIGHT_PASSES_NARROW_WORDOPERAND_H

#include "mlir/IR/Builders.h"

namespace tw {

/// The words of `tensor`, whose dimension `dim` has an even static size: a tensor of i32 with half
/// as many elements along it. A view where it is the last dimension; otherwise the rows are
/// interleaved.
mlir::Value toWords(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, int64_t dim);

/// `tensor`, followed by one zero along dimension `dim` if that has an odd static size.
mlir::Value padToEven(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor,
                      int64_t dim);

} // namespace tw

#endif // TILEWRIGHT_PASSES_NARROW_WORDOPERAND_H
