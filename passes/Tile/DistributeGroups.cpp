// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/Passes.h"

#include "dialects/Tw/GroupLocation.h"
#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/SplitRemainder.h"

namespace tw {
#define GEN_PASS_DEF_DISTRIBUTEGROUPS
#include "passes/Tile/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-distribute-groups"

using namespace mlir;

namespace {

/// Number of the group that a loop was. Nobody reads it, but common-subexpression elimination
/// hashes attributes and not bodies: without it, the loops of a deep model that have bounds and
/// result in common are all compared with each other.
constexpr llvm::StringLiteral kGroupNumberAttr = "tw.group_number";

/// Tells the operations of the group that is being dissolved, and what they were rewritten to,
/// from everything around them.
struct MemberTracker : RewriterBase::Listener {
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    members.insert(op);
  }
  void notifyOperationErased(Operation *op) override { members.erase(op); }
  DenseSet<Operation *> members;
};

/// Moves the body in front of the group and gives the last operation the register-level part of
/// the schedule.
Operation *dissolve(IRRewriter &rewriter, tw::GroupOp group, MemberTracker &tracker) {
  tw::YieldOp yield = group.getYield();
  Operation *last = yield.getValues().front().getDefiningOp();
  if (tw::ScheduleAttr schedule = group.getScheduleAttr();
      schedule && !schedule.getRegisters().empty())
    last->setAttr(tw::kScheduleAttr,
                  tw::ScheduleAttr::get(group.getContext(), {}, schedule.getRegisters(),
                                        schedule.getReduction(), schedule.getLanes()));
  for (Operation &op : llvm::make_early_inc_range(group.getBody().front())) {
    if (&op == yield)
      continue;
    rewriter.moveOpBefore(&op, group);
    tracker.members.insert(&op);
  }
  rewriter.replaceOp(group, yield.getValues());
  return last;
}

struct DistributeGroups : tw::impl::DistributeGroupsBase<DistributeGroups> {
  void runOnOperation() override {
    SmallVector<tw::GroupOp> groups;
    getOperation().walk([&](tw::GroupOp group) { groups.push_back(group); });
    for (auto [number, group] : llvm::enumerate(groups))
      if (failed(distribute(group, number)))
        return signalPassFailure();
  }

  LogicalResult distribute(tw::GroupOp group, int64_t number) {
    tw::ScheduleAttr schedule = group.getScheduleAttr();
    if (!schedule)
      return group.emitError("group without a schedule; run tw-select-schedule first");
    if (!group.getYield().getValues().front().getDefiningOp<TilingInterface>())
      return group.emitError("the last operation of a group must be tileable");
    MemberTracker tracker;
    IRRewriter rewriter(&getContext(), &tracker);
    auto last = cast<TilingInterface>(dissolve(rewriter, group, tracker));
    if (llvm::all_of(schedule.getDistribute(), [](int64_t size) { return size == 0; }))
      return success();
    auto isMember = [&](Operation *op) { return tracker.members.contains(op); };
    FailureOr<SmallVector<tw::SplitPart>> parts = tw::splitRemainders(
        rewriter, last, tw::getLoopTiles(last, schedule.getDistribute()), isMember);
    if (failed(parts))
      return failure();
    for (tw::SplitPart &part : *parts)
      if (failed(tileParallel(rewriter, part, schedule, number, tracker)))
        return failure();
    return success();
  }

  LogicalResult tileParallel(IRRewriter &rewriter, tw::SplitPart &part, tw::ScheduleAttr schedule,
                             int64_t number, MemberTracker &tracker) {
    if (llvm::all_of(part.tiles, [](int64_t size) { return size == 0; }))
      return success();
    scf::SCFTilingOptions tiling;
    tiling.setLoopType(scf::SCFTilingOptions::LoopType::ForallOp);
    tiling.setTileSizes(getAsIndexOpFoldResult(&getContext(), part.tiles));
    scf::SCFTileAndFuseOptions options;
    options.setTilingOptions(tiling);
    options.setFusionControlFn(
        [&](tensor::ExtractSliceOp, OpResult producer,
            bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
          if (!tracker.members.contains(producer.getOwner()))
            return std::nullopt;
          return scf::SCFTileAndFuseOptions::ControlFnResult{};
        });
    rewriter.setInsertionPoint(part.op);
    FailureOr<scf::SCFTileAndFuseResult> tiled =
        scf::tileConsumerAndFuseProducersUsingSCF(rewriter, part.op, options);
    if (failed(tiled))
      return part.op->emitError("cannot be distributed by tiles of ") << part.tiles;
    for (LoopLikeOpInterface loop : tiled->loops) {
      loop->setAttr(tw::kScheduleAttr, schedule);
      loop->setAttr(kGroupNumberAttr, rewriter.getI64IntegerAttr(number));
      loop->setLoc(tw::markGroup(loop.getLoc(), number));
    }
    for (OpResult result : part.op->getResults())
      if (Value replacement = tiled->replacements.lookup(result))
        rewriter.replaceAllUsesWith(result, replacement);
    eraseTiled(rewriter, part.op, tiled->fusedProducers);
    return success();
  }

  /// Erases what is now computed in the tasks: left to the canonicalizer, a lookup that asserts its
  /// index would be computed a second time, as assertions are effects.
  static void eraseTiled(IRRewriter &rewriter, Operation *consumer,
                         const SetVector<Operation *> &producers) {
    SmallVector<Operation *> tiled = {consumer};
    llvm::append_range(tiled, producers);
    // Round by round, users first. Not in the order of the block: each group that is dissolved
    // makes it unknown, and all operations of the model would be numbered anew for each.
    auto eraseUnused = [&](Operation *op) {
      if (!op->use_empty())
        return false;
      rewriter.eraseOp(op);
      return true;
    };
    size_t left;
    do {
      left = tiled.size();
      llvm::erase_if(tiled, eraseUnused);
    } while (tiled.size() < left);
  }
};

} // namespace
