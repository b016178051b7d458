// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which values of @main are known once the weights are: what can be computed at load.
#ifndef TILEWRIGHT_PASSES_GRAPH_CONSTANTVALUES_H
#define TILEWRIGHT_PASSES_GRAPH_CONSTANTVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"

namespace tw {

/// The constant values of a function's entry block: `tw.weight` and `tw.prepared` arguments,
/// constants, and results of operations without effects (asserts in bodies aside) on constant
/// values. `linalg.unpack` is never constant: it is how @main reads packed weights.
///
/// It holds values as they were when it was made: an operation must not be erased while the object
/// is in use, because a new one could take its address.
class ConstantValues {
public:
  explicit ConstantValues(mlir::func::FuncOp function);

  bool contains(mlir::Value value) const { return values.contains(value); }

private:
  /// Takes the results of `op` in if it is constant work.
  void add(mlir::Operation *op);

  llvm::DenseSet<mlir::Value> values;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_GRAPH_CONSTANTVALUES_H
