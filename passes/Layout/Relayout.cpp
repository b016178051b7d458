// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Relayout.h"

#include "dialects/Tw/Tw.h"
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
  if (source >= op->getNumOperands())
    return true;
  // Named operations of the dialect overwrite their destination.
  auto dps = dyn_cast<DestinationStyleOpInterface>(op);
  if (dps && isa<tw::TwDialect>(op->getDialect()))
    return !dps.isDpsInit(&op->getOpOperand(source));
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return !linalgOp || linalgOp.payloadUsesValueFromOperand(&op->getOpOperand(source));
}

FailureOr<tw::Relayout> tw::relayoutFromSource(Operation *op, unsigned source,
                                               ArrayRef<int64_t> perm) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return relayoutGenericFromSource(generic, source, perm);
  if (isa<tw::TwDialect>(op->getDialect())) {
    if (source != 0)
      return failure();
    return relayoutNamedOp(op, perm);
  }
  return relayoutTensorOpFromSource(op, source, perm);
}

FailureOr<tw::Relayout> tw::relayoutFromResult(Operation *op, ArrayRef<int64_t> perm) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return relayoutGenericFromResult(generic, perm);
  if (isa<tw::TwDialect>(op->getDialect()))
    return relayoutNamedOp(op, perm);
  return relayoutTensorOpFromResult(op, perm);
}

bool tw::followsLayout(Operation *op, Value source) {
  SmallVector<Value> sources = getSources(op);
  const auto *found = llvm::find(sources, source);
  // Any permutation tells; the identity fails for no other reason.
  int64_t rank = cast<RankedTensorType>(source.getType()).getRank();
  auto identity = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return found != sources.end() &&
         succeeded(relayoutFromSource(op, found - sources.begin(), identity));
}

Operation *tw::createRelayouted(OpBuilder &builder, Operation *op, const Relayout &relayout,
                                ArrayRef<Value> sources) {
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return createRelayoutedGeneric(builder, generic, relayout, sources);
  if (isa<tw::TwDialect>(op->getDialect()))
    return createRelayoutedNamedOp(builder, op, relayout, sources);
  return createRelayoutedTensorOp(builder, op, relayout, sources);
}
