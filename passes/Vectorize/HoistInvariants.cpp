// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_HOISTINVARIANTS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-hoist-invariants"

using namespace mlir;

namespace {

/// Whether the body runs at least once.
bool surelyRuns(scf::ForOp loop) {
  std::optional<int64_t> lower = getConstantIntValue(loop.getLowerBound());
  std::optional<int64_t> upper = getConstantIntValue(loop.getUpperBound());
  return lower && upper && *lower < *upper;
}

struct HoistInvariants : tw::impl::HoistInvariantsBase<HoistInvariants> {
  void runOnOperation() override {
    // Inner loops first: what leaves one may leave the next.
    getOperation().walk([](scf::ForOp loop) {
      if (surelyRuns(loop))
        moveLoopInvariantCode(cast<LoopLikeOpInterface>(loop.getOperation()));
      else
        LDBG() << "left alone, may not run at all: " << loop.getLoc();
    });
  }
};

} // namespace
