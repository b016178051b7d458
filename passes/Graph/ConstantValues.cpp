// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/ConstantValues.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace {

/// An assert on constants can be checked at load as well as in each call.
bool hasNoEffectButAsserts(Operation *op) {
  if (isMemoryEffectFree(op))
    return true;
  if (!isa<linalg::LinalgOp>(op))
    return false;
  return llvm::all_of(op->getRegion(0).getOps(), [](Operation &inner) {
    return isa<tw::AssertOp>(inner) || isMemoryEffectFree(&inner);
  });
}

} // namespace

tw::ConstantValues::ConstantValues(func::FuncOp function) {
  if (function.isExternal())
    return;
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttr(argument.getArgNumber(), kWeightAttr) ||
        function.getArgAttr(argument.getArgNumber(), kPreparedAttr))
      values.insert(argument);
  for (Operation &op : function.front())
    add(&op);
}

void tw::ConstantValues::add(Operation *op) {
  if (op->getNumResults() == 0 || isa<linalg::UnPackOp>(op) || !hasNoEffectButAsserts(op))
    return;
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  auto isConstant = [&](Value value) { return contains(value); };
  if (!llvm::all_of(op->getOperands(), isConstant) || !llvm::all_of(captured, isConstant))
    return;
  values.insert(op->result_begin(), op->result_end());
}
