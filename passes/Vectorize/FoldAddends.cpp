// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_FOLDADDENDS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-addends"

using namespace mlir;

/// A sum of more products than this begins with zero: to begin with a large addend, each step would
/// round to the places of that, and the addition that is saved is little among so many.
static constexpr int64_t kMostSteps = 32;

/// How many times the loop adds to what it carries in `position`, and does nothing else with it.
static std::optional<int64_t> countSteps(scf::ForOp loop, unsigned position);

/// How many additions make `value` of `start`; nothing if it is something else.
static std::optional<int64_t> countStepsFrom(Value value, Value start) {
  if (!value.hasOneUse())
    return std::nullopt;
  if (value == start)
    return 0;
  Operation *op = value.getDefiningOp();
  std::optional<int64_t> before, added = 1;
  if (auto fma = dyn_cast_or_null<math::FmaOp>(op)) {
    before = countStepsFrom(fma.getC(), start);
  } else if (auto dot = dyn_cast_or_null<tw::Bf16DotOp>(op)) {
    before = countStepsFrom(dot.getAccumulator(), start);
  } else if (auto add = dyn_cast_or_null<arith::AddFOp>(op)) {
    before = countStepsFrom(add.getLhs(), start);
    if (!before)
      before = countStepsFrom(add.getRhs(), start);
  } else if (auto loop = dyn_cast_or_null<scf::ForOp>(op)) {
    unsigned position = cast<OpResult>(value).getResultNumber();
    added = countSteps(loop, position);
    before = countStepsFrom(loop.getInitArgs()[position], start);
  }
  if (!before || !added)
    return std::nullopt;
  return *before + *added;
}

static std::optional<int64_t> countSteps(scf::ForOp loop, unsigned position) {
  std::optional<APInt> trips = loop.getStaticTripCount();
  std::optional<int64_t> steps =
      countStepsFrom(loop.getYieldedValues()[position], loop.getRegionIterArgs()[position]);
  if (!trips || !steps)
    return std::nullopt;
  return trips->getSExtValue() * *steps;
}

/// Whether `tensor` is carried by a loop: what is read from it may be a part of the sum, which is
/// kept apart from the next part for the sake of its rounding errors.
static bool isCarried(Value tensor) {
  while (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    tensor = slice.getSource();
  auto argument = dyn_cast<BlockArgument>(tensor);
  return argument && isa<scf::ForOp>(argument.getOwner()->getParentOp());
}

namespace {

struct FoldAddends : tw::impl::FoldAddendsBase<FoldAddends> {
  void runOnOperation() override {
    DominanceInfo dominance(getOperation());
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops)
      for (OpResult result : loop.getResults())
        fold(loop, result, dominance);
  }

  static void fold(scf::ForOp loop, OpResult result, DominanceInfo &dominance) {
    if (!isa<VectorType>(result.getType()) || !result.hasOneUse())
      return;
    auto sum = dyn_cast<arith::AddFOp>(*result.getUsers().begin());
    if (!sum || sum->getBlock() != loop->getBlock())
      return;
    unsigned position = result.getResultNumber();
    std::optional<int64_t> steps = countSteps(loop, position);
    if (!matchPattern(loop.getInitArgs()[position], m_AnyZeroFloat()) || !steps ||
        *steps > kMostSteps) {
      LDBG() << "no sum of a few products that begins with zero: " << loop.getLoc();
      return;
    }
    Value addend = sum.getLhs() == result ? sum.getRhs() : sum.getLhs();
    if (!isReadBefore(addend, loop, dominance)) {
      LDBG() << "not read from memory, or not before the loop: " << addend;
      return;
    }
    loop.getInitArgsMutable()[position].set(addend);
    sum.replaceAllUsesWith(result);
    sum.erase();
  }

  /// Whether `addend` is a vector that is read, and as such or widened is there before the loop.
  /// Moves the read there if need be.
  static bool isReadBefore(Value addend, scf::ForOp loop, DominanceInfo &dominance) {
    Operation *widened = addend.getDefiningOp<arith::ExtFOp>();
    auto read = (widened ? widened->getOperand(0) : addend).getDefiningOp<vector::TransferReadOp>();
    if (!read || !isa<TensorType>(read.getBase().getType()) || isCarried(read.getBase()))
      return false;
    if (dominance.properlyDominates(addend, loop))
      return true;
    for (Operation *op : {read.getOperation(), widened}) {
      if (!op || dominance.properlyDominates(op, loop))
        continue;
      auto isThere = [&](Value operand) { return dominance.properlyDominates(operand, loop); };
      if (op->getBlock() != loop->getBlock() || !llvm::all_of(op->getOperands(), isThere))
        return false;
      op->moveBefore(loop);
    }
    return true;
  }
};

} // namespace
