// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Iterators.h"
#include "passes/Schedule/Heuristics.h"

namespace tw {
#define GEN_PASS_DEF_SELECTSCHEDULE
#include "passes/Schedule/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-select-schedule"

using namespace mlir;

namespace {

/// The operation that decides the loops: the last that is not elementwise.
Operation *findRoot(tw::GroupOp group, Operation *last) {
  for (Operation &op : llvm::reverse(group.getBody().front())) {
    if (!isa<TilingInterface>(op) || isa<linalg::FillOp>(op))
      continue;
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp || linalgOp.getNumReductionLoops() > 0)
      return &op;
  }
  return last;
}

struct SelectSchedule : tw::impl::SelectScheduleBase<SelectSchedule> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    getOperation().walk([&](tw::GroupOp group) {
      if (group.getSchedule())
        return;
      Operation *last = group.getYield().getValues().front().getDefiningOp();
      group.setScheduleAttr(tw::chooseSchedule(findRoot(group, last), last, target));
    });
    scheduleLeftovers(target);
  }

  /// Operations outside groups, and what named operations became on their tile. Producers that
  /// register tiling will fuse into an operation with a schedule get none of their own.
  void scheduleLeftovers(tw::TargetAttr target) {
    SmallVector<Operation *> operations;
    DenseSet<Operation *> claimed;
    getOperation().walk<WalkOrder::PostOrder, mlir::ReverseIterator>([&](Operation *op) {
      if (!isa<linalg::LinalgOp, tw::WinogradInputOp, tw::WinogradOutputOp>(op) ||
          op->getParentOfType<tw::GroupOp>() || isa<linalg::FillOp>(op) || op->getNumResults() == 0)
        return;
      if (op->hasAttr(tw::kScheduleAttr) || isClaimed(op, claimed))
        claimed.insert(op);
      else
        operations.push_back(op);
    });
    for (Operation *op : operations) {
      tw::ScheduleAttr full = tw::chooseSchedule(op, op, target);
      op->setAttr(tw::kScheduleAttr, tw::ScheduleAttr::get(&getContext(), {}, full.getRegisters(),
                                                           full.getReduction(), full.getLanes()));
    }
  }

  /// True if the only user of `op`, in the same block, was scheduled before or is claimed itself;
  /// users have been visited when this is asked. What is used there more than once is not: each
  /// register tile would compute it again, a whole row where it is a sum.
  static bool isClaimed(Operation *op, const DenseSet<Operation *> &claimed) {
    if (!op->hasOneUse())
      return false;
    OpOperand &use = *op->use_begin();
    Operation *user = use.getOwner();
    // The products of a register tile of pixels would need more registers than there are.
    if (user->getBlock() != op->getBlock() || !claimed.contains(user) ||
        isa<tw::WinogradOutputOp>(user))
      return false;
    auto linalgUser = dyn_cast<linalg::LinalgOp>(user);
    return !linalgUser || linalgUser.getMatchingIndexingMap(&use).isPermutation();
  }
};

} // namespace
