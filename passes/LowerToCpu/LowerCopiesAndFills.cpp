// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/LowerToCpu/MemoryLoops.h"
#include "passes/Schedule/Heuristics.h"

namespace tw {
#define GEN_PASS_DEF_LOWERCOPIESANDFILLS
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-lower-copies-and-fills"

using namespace mlir;

namespace {

Value skipCasts(Value memory) {
  while (auto cast = memory.getDefiningOp<memref::CastOp>())
    memory = cast.getSource();
  return memory;
}

/// Two constants may be equal and written twice as well.
bool isSameNumber(Value first, Value second) {
  std::optional<int64_t> a = getConstantIntValue(first), b = getConstantIntValue(second);
  return first == second || (a && a == b);
}

/// Whether both are the same view of the same memory. Views that are equal but written twice come
/// from tensors that bufferization placed where they belong already.
bool isSameView(Value first, Value second) {
  first = skipCasts(first);
  second = skipCasts(second);
  if (first == second)
    return true;
  Operation *a = first.getDefiningOp(), *b = second.getDefiningOp();
  if (!isa_and_nonnull<ViewLikeOpInterface>(a) || !isa_and_nonnull<ViewLikeOpInterface>(b) ||
      cast<OpResult>(first).getResultNumber() != cast<OpResult>(second).getResultNumber())
    return false;
  return OperationEquivalence::isEquivalentTo(
      a, b,
      [](Value x, Value y) {
        bool memory = isa<BaseMemRefType>(x.getType()) && isa<BaseMemRefType>(y.getType());
        return success(memory ? isSameView(x, y) : isSameNumber(x, y));
      },
      /*markEquivalent=*/nullptr, OperationEquivalence::IgnoreLocations);
}

struct LowerCopiesAndFills : tw::impl::LowerCopiesAndFillsBase<LowerCopiesAndFills> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    SmallVector<std::pair<Operation *, tw::Transfer>> transfers;
    WalkResult walked = getOperation().walk([&](Operation *op) {
      tw::Transfer transfer = getTransfer(op);
      if (!transfer.target)
        return WalkResult::advance();
      for (Value memory : {transfer.target, transfer.source})
        if (memory && !isa<MemRefType>(memory.getType())) {
          op->emitOpError("on memory of unknown rank (")
              << memory.getType() << ") cannot be lowered; give it a rank by memref.cast";
          return WalkResult::interrupt();
        }
      transfers.emplace_back(op, transfer);
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    for (auto &[op, transfer] : transfers) {
      rewriter.setInsertionPoint(op);
      if (!movesNothing(transfer)) {
        bool parallel = !op->getParentOfType<scf::ForallOp>();
        tw::buildLoops(rewriter, op->getLoc(), tw::flatten(rewriter, op->getLoc(), transfer),
                       target.getVectorBits(), parallel);
      }
      rewriter.eraseOp(op);
    }
  }

  /// What `op` moves; no target if it is neither a copy nor a fill, or converts elements, which
  /// is left to the lowering of linalg.
  static tw::Transfer getTransfer(Operation *op) {
    if (auto copy = dyn_cast<memref::CopyOp>(op))
      return {copy.getTarget(), copy.getSource(), {}};
    if (!isa<linalg::CopyOp, linalg::FillOp>(op) ||
        !cast<linalg::LinalgOp>(op).hasPureBufferSemantics())
      return {};
    Value from = op->getOperand(0), target = op->getOperand(1);
    if (getElementTypeOrSelf(from) != getElementTypeOrSelf(target))
      return {};
    return isa<linalg::CopyOp>(op) ? tw::Transfer{target, from, {}}
                                   : tw::Transfer{target, {}, from};
  }

  static bool movesNothing(const tw::Transfer &transfer) {
    auto type = cast<MemRefType>(transfer.target.getType());
    if (transfer.source && isSameView(transfer.source, transfer.target))
      return true;
    return llvm::is_contained(type.getShape(), 0);
  }
};

} // namespace
