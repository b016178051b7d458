// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/Schedule/Heuristics.h"

namespace tw {
#define GEN_PASS_DEF_SELECTSCHEDULE
#include "passes/Schedule/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-select-schedule"

using namespace mlir;

namespace {

/// The operation that decides the loops: the first that is not elementwise.
Operation *findRoot(tw::GroupOp group, Operation *last) {
  for (Operation &op : group.getBody().front()) {
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
    tw::TargetAttr target = tw::getTarget(getOperation());
    if (!target) {
      getOperation().emitError("needs a module with a 'tw.target' attribute; run "
                               "tw-attach-target or the input phase first");
      return signalPassFailure();
    }
    getOperation().walk([&](tw::GroupOp group) {
      if (group.getSchedule())
        return;
      Operation *last = group.getYield().getValues().front().getDefiningOp();
      group.setScheduleAttr(tw::chooseSchedule(findRoot(group, last), last, target));
    });
    // What named operations became on their tile.
    getOperation().walk([&](linalg::LinalgOp op) {
      if (op->getParentOfType<tw::GroupOp>() || !op->getParentOfType<scf::ForallOp>() ||
          op->hasAttr(tw::kScheduleAttr) || isa<linalg::FillOp>(op) || op->getNumResults() == 0)
        return;
      tw::ScheduleAttr full = tw::chooseSchedule(op, op, target);
      op->setAttr(tw::kScheduleAttr,
                  tw::ScheduleAttr::get(&getContext(), {}, {}, full.getRegisters(),
                                        full.getReduction(), full.getLanes()));
    });
  }
};

} // namespace
