// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Relayout.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

SmallVector<Value> tw::getSources(Operation *op) {
  SmallVector<Value> sources(op->getOperands());
  if (!isa<linalg::GenericOp>(op))
    return sources;
  llvm::SetVector<Value> read;
  op->walk([&](tensor::ExtractOp extract) {
    if (extract.getTensor().getParentRegion() != &op->getRegion(0))
      read.insert(extract.getTensor());
  });
  llvm::append_range(sources, read);
  return sources;
}

bool tw::readsSource(Operation *op, unsigned source) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || source >= op->getNumOperands())
    return true;
  return linalgOp.payloadUsesValueFromOperand(&op->getOpOperand(source));
}

FailureOr<tw::Relayout> tw::relayoutFromSource(Operation *op, unsigned source,
                                               ArrayRef<int64_t> perm) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return relayoutGenericFromSource(generic, source, perm);
  return relayoutTensorOpFromSource(op, source, perm);
}

FailureOr<tw::Relayout> tw::relayoutFromResult(Operation *op, ArrayRef<int64_t> perm) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return relayoutGenericFromResult(generic, perm);
  return relayoutTensorOpFromResult(op, perm);
}

Operation *tw::createRelayouted(OpBuilder &builder, Operation *op, const Relayout &relayout,
                                ArrayRef<Value> sources) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return createRelayoutedGeneric(builder, generic, relayout, sources);
  return createRelayoutedTensorOp(builder, op, relayout, sources);
}
