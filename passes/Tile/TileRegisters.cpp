// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Tile/SplitRemainder.h"

namespace tw {
#define GEN_PASS_DEF_TILEREGISTERS
#include "passes/Tile/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-tile-registers"

using namespace mlir;

namespace {

/// Producers that belong to the scheduled operation: structured, in its block, and without a
/// schedule of their own. Unpacks are views of packed weights and are folded elsewhere.
bool isFusible(Operation *producer, Block *block) {
  return producer->getBlock() == block && isa<TilingInterface>(producer) &&
         !producer->hasAttr(tw::kScheduleAttr) && !isa<linalg::UnPackOp, linalg::PackOp>(producer);
}

/// The tile size of an iteration that may be the last: `min(step, upper bound - iv)`.
bool isBoundedTileSize(affine::AffineMinOp min, scf::ForOp loop, int64_t step) {
  return llvm::is_contained(min.getOperands(), loop.getInductionVar()) &&
         llvm::any_of(min.getMap().getResults(), [&](AffineExpr expr) {
           auto constant = dyn_cast<AffineConstantExpr>(expr);
           return constant && constant.getValue() == step;
         });
}

SmallVector<affine::AffineMinOp> getBoundedTileSizes(scf::ForOp loop, int64_t step) {
  SmallVector<affine::AffineMinOp> sizes;
  loop.getBody()->walk([&](affine::AffineMinOp min) {
    if (isBoundedTileSize(min, loop, step))
      sizes.push_back(min);
  });
  return sizes;
}

/// Every tile of `loop` is a whole one.
void setTileSize(IRRewriter &rewriter, scf::ForOp loop, int64_t step, int64_t size) {
  for (affine::AffineMinOp min : getBoundedTileSizes(loop, step)) {
    rewriter.setInsertionPoint(min);
    rewriter.replaceOpWithNewOp<arith::ConstantIndexOp>(min, size);
  }
}

/// Tiles of `loop` are smaller from now on; the last may still be smaller than the others.
void boundTileSize(IRRewriter &rewriter, scf::ForOp loop, int64_t step, int64_t size) {
  for (affine::AffineMinOp min : getBoundedTileSizes(loop, step)) {
    rewriter.setInsertionPoint(min);
    AffineMap map = min.getMap();
    SmallVector<AffineExpr> bounds;
    for (AffineExpr bound : map.getResults())
      bounds.push_back(bound == rewriter.getAffineConstantExpr(step)
                           ? rewriter.getAffineConstantExpr(size)
                           : bound);
    map = AffineMap::get(map.getNumDims(), map.getNumSymbols(), bounds, map.getContext());
    rewriter.replaceOpWithNewOp<affine::AffineMinOp>(min, map, min.getMapOperands());
  }
}

/// Leaves `loop` with its whole tiles and adds a loop behind it that does the remaining elements
/// by tiles of `restStep`, so that tiles of both have a static size (those of the latter only if
/// `restStep` is 1). Rejected: peeling one iteration of a dynamic size
/// (scf::peelForLoopAndSimplifyBounds), which has no vector form. Gives the new loop, or nothing
/// when the loop has whole tiles only.
scf::ForOp splitOffRemainder(IRRewriter &rewriter, scf::ForOp loop, int64_t restStep) {
  int64_t step = *getConstantIntValue(loop.getStep());
  Location loc = loop.getLoc();
  rewriter.setInsertionPoint(loop);
  AffineExpr lower, upper;
  bindSymbols(rewriter.getContext(), lower, upper);
  Value whole = affine::AffineApplyOp::create(
      rewriter, loc, AffineMap::get(0, 2, lower + (upper - lower).floorDiv(step) * step),
      {loop.getLowerBound(), loop.getUpperBound()});
  rewriter.setInsertionPointAfter(loop);
  auto rest = cast<scf::ForOp>(rewriter.clone(*loop));
  for (unsigned i = 0; i < loop.getNumResults(); ++i)
    rewriter.replaceAllUsesExcept(loop.getResult(i), rest.getResult(i), rest);
  rewriter.modifyOpInPlace(rest, [&] {
    rest.getInitArgsMutable().assign(loop.getResults());
    rest.getLowerBoundMutable().assign(whole);
    rewriter.setInsertionPoint(rest);
    rest.getStepMutable().assign(arith::ConstantIndexOp::create(rewriter, loc, restStep));
  });
  rewriter.modifyOpInPlace(loop, [&] { loop.getUpperBoundMutable().assign(whole); });
  setTileSize(rewriter, loop, step, step);
  if (restStep == 1)
    setTileSize(rewriter, rest, step, 1);
  else
    boundTileSize(rewriter, rest, step, restStep);
  return rest;
}

/// The step of a loop whose last tile may be smaller than the others.
std::optional<int64_t> getBoundedStep(scf::ForOp loop) {
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  if (!step || *step == 1 || getBoundedTileSizes(loop, *step).empty())
    return std::nullopt;
  return step;
}

struct TileRegisters : tw::impl::TileRegistersBase<TileRegisters> {
  void runOnOperation() override {
    SmallVector<TilingInterface> scheduled;
    getOperation().walk([&](TilingInterface op) {
      auto schedule = op->getAttrOfType<tw::ScheduleAttr>(tw::kScheduleAttr);
      if (schedule && !schedule.getRegisters().empty())
        scheduled.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (TilingInterface op : scheduled) {
      auto schedule = op->getAttrOfType<tw::ScheduleAttr>(tw::kScheduleAttr);
      if (failed(tile(rewriter, op, tw::getLoopTiles(op, schedule.getRegisters()))))
        return signalPassFailure();
    }
    // Not before: an operation that is one tile as it is (a value for each of a few rows) keeps its
    // place, and would be computed anew in each tile of what comes behind.
    getOperation().walk([](TilingInterface op) { op->removeAttr(tw::kScheduleAttr); });
  }

  LogicalResult tile(IRRewriter &rewriter, TilingInterface op, ArrayRef<int64_t> tiles) {
    Block *block = op->getBlock();
    FailureOr<SmallVector<tw::SplitPart>> parts = tw::splitRemainders(
        rewriter, op, tiles, [&](Operation *producer) { return isFusible(producer, block); });
    if (failed(parts))
      return failure();
    for (tw::SplitPart &part : *parts)
      if (failed(tilePart(rewriter, part)))
        return failure();
    return success();
  }

  LogicalResult tilePart(IRRewriter &rewriter, tw::SplitPart &part) {
    if (llvm::all_of(part.tiles, [](int64_t size) { return size == 0; }))
      return success();
    Block *block = part.op->getBlock();
    scf::SCFTilingOptions tiling;
    tiling.setTileSizes(getAsIndexOpFoldResult(&getContext(), part.tiles));
    scf::SCFTileAndFuseOptions options;
    options.setTilingOptions(tiling);
    options.setFusionControlFn(
        [&](tensor::ExtractSliceOp, OpResult producer,
            bool) -> std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> {
          if (!isFusible(producer.getOwner(), block))
            return std::nullopt;
          return scf::SCFTileAndFuseOptions::ControlFnResult{};
        });
    rewriter.setInsertionPoint(part.op);
    FailureOr<scf::SCFTileAndFuseResult> tiled =
        scf::tileConsumerAndFuseProducersUsingSCF(rewriter, part.op, options);
    if (failed(tiled))
      return part.op->emitError("cannot be tiled by register tiles of ") << part.tiles;
    for (OpResult result : part.op->getResults())
      if (Value replacement = tiled->replacements.lookup(result))
        rewriter.replaceAllUsesWith(result, replacement);
    rewriter.eraseOp(part.op);
    splitDynamicLoops(rewriter, tiled->loops);
    return success();
  }

  /// Loops of a dynamic size, the outermost first: an inner one is copied with its outer one. What
  /// a contraction leaves of its outermost such loop is done by halves, each of which reads the
  /// panel once for all its rows. Other loops go on one by one, or the code would grow with the
  /// product of their numbers of halves.
  void splitDynamicLoops(IRRewriter &rewriter, ArrayRef<LoopLikeOpInterface> loops) {
    SmallVector<scf::ForOp> worklist;
    for (LoopLikeOpInterface loop : llvm::reverse(loops))
      if (auto forOp = dyn_cast<scf::ForOp>(loop.getOperation()))
        worklist.push_back(forOp);
    bool contracts = false;
    if (!worklist.empty())
      worklist.back().walk(
          [&](linalg::LinalgOp op) { contracts |= op.getNumReductionLoops() > 0; });
    DenseSet<Operation *> halved;
    while (!worklist.empty()) {
      scf::ForOp loop = worklist.pop_back_val();
      std::optional<int64_t> step = getBoundedStep(loop);
      if (!step)
        continue;
      bool halve = (contracts && std::exchange(contracts, false)) || halved.contains(loop);
      scf::ForOp rest = splitOffRemainder(rewriter, loop, halve ? *step / 2 : 1);
      rest.getBody()->walk([&](scf::ForOp inner) { worklist.push_back(inner); });
      if (!halve)
        continue;
      halved.insert(rest);
      worklist.push_back(rest);
    }
  }
};

} // namespace
