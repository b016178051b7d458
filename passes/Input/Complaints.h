// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Everything that is wrong with a module, told at once.
#ifndef TILEWRIGHT_PASSES_INPUT_COMPLAINTS_H
#define TILEWRIGHT_PASSES_INPUT_COMPLAINTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"

namespace tw {

/// Collects what is wrong in words, and where; the same words in several places are one error.
class Complaints {
public:
  /// Nothing is wrong if the message is empty.
  void add(mlir::Operation *op, llvm::StringRef message);

  /// Emits one error for each message, with its number of places and the first few of them.
  /// Fails if there was any.
  mlir::LogicalResult report();

private:
  llvm::MapVector<mlir::StringAttr, llvm::SmallVector<mlir::Operation *>> places;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_INPUT_COMPLAINTS_H
