// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The range of an integer, or of all elements of a tensor of integers.
#ifndef TILEWRIGHT_PASSES_INPUT_ELEMENTRANGES_H
#define TILEWRIGHT_PASSES_INPUT_ELEMENTRANGES_H

#include "mlir/IR/Value.h"
#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "llvm/ADT/DenseMap.h"

namespace tw {

/// Bounds integers by looking at how they are computed. Unlike upstream's integer range analysis
/// it follows values through tensors (into the bodies that computed their elements), which is
/// where position numbers and token ids live. Bounds hold for the IR as it was at the first
/// query: drop the object when values are erased.
class ElementRanges {
public:
  /// The bounds of `value`; the whole range of its type where nothing is known. `value` must be an
  /// integer, an index, or a tensor of such.
  mlir::ConstantIntRanges get(mlir::Value value) { return get(value, /*depth=*/0); }

private:
  mlir::ConstantIntRanges get(mlir::Value value, unsigned depth);
  mlir::ConstantIntRanges ofArgument(mlir::BlockArgument argument, unsigned depth);
  mlir::ConstantIntRanges ofResult(mlir::OpResult result, unsigned depth);

  llvm::DenseMap<mlir::Value, mlir::ConstantIntRanges> known;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_ELEMENTRANGES_H
