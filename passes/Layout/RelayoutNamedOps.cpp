// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Named operations of the tw dialect in another layout.
#include "passes/Layout/Relayout.h"

#include "dialects/Tw/Tw.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using tw::Permutation;
using tw::Relayout;

/// `perm` for all tensors of the result's shape (input and destination), nothing for the others.
static Relayout permuteInputAndInit(Operation *op, ArrayRef<int64_t> perm) {
  Relayout relayout;
  for (OpOperand &operand : op->getOpOperands()) {
    bool permuted = operand.getOperandNumber() == 0 ||
                    cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
    relayout.sources.emplace_back(permuted ? perm : ArrayRef<int64_t>());
  }
  relayout.results.emplace_back(perm);
  return relayout;
}

/// A normalization is over the trailing dimensions, which have to stay where they are.
static bool keepsTrailing(ArrayRef<int64_t> perm, int64_t axis) {
  for (int64_t dim = axis, rank = perm.size(); dim < rank; ++dim)
    if (perm[dim] != dim)
      return false;
  return true;
}

FailureOr<Relayout> tw::relayoutNamedOp(Operation *op, ArrayRef<int64_t> perm) {
  return llvm::TypeSwitch<Operation *, FailureOr<Relayout>>(op)
      .Case<tw::SoftmaxOp>([&](auto) { return permuteInputAndInit(op, perm); })
      .Case<tw::LayerNormOp, tw::RmsNormOp>([&](auto norm) -> FailureOr<Relayout> {
        if (!keepsTrailing(perm, norm.getAxis()))
          return failure();
        return permuteInputAndInit(op, perm);
      })
      .Default([](Operation *) { return failure(); });
}

Operation *tw::createRelayoutedNamedOp(OpBuilder &builder, Operation *op, const Relayout &relayout,
                                       ArrayRef<Value> sources) {
  Operation *moved = builder.clone(*op);
  moved->setOperands(sources);
  ArrayRef<int64_t> perm = relayout.results[0];
  moved->getResult(0).setType(permuteType(cast<RankedTensorType>(op->getResultTypes()[0]), perm));
  if (auto softmax = dyn_cast<tw::SoftmaxOp>(moved))
    softmax.setDimension(llvm::find(perm, softmax.getDimension()) - perm.begin());
  return moved;
}
