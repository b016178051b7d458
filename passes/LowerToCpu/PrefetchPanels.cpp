// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/LowerToCpu/PanelWalks.h"
#include "passes/Schedule/Heuristics.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_PREFETCHPANELS
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-prefetch-panels"

using namespace mlir;

namespace {

constexpr int64_t kLineBytes = 64;
/// Smaller ones come in the shadow of what is computed anyway.
constexpr int64_t kMinPanelBytes = 8 << 10;
/// How far ahead a panel is fetched that is read once: what memory needs to answer, with the loads
/// of several rows in between. Measured on 8 rows of f32: 70 % of the bandwidth without, 79 % with
/// 2 KiB, 90 % with 4, 94 % with 8 and with 16.
constexpr int64_t kAheadBytes = 8 << 10;
/// Lines that a step fetches at most: more would hold up what it reads itself.
constexpr int64_t kMaxLines = 16;
/// Rows that a vector of the panel is multiplied with: with fewer, the processor itself looks far
/// enough ahead (4 rows of bf16 take 1.04 of the time with fetching, 5 take 0.95, 8 take 0.84).
constexpr int64_t kMinSums = 5;

struct PrefetchPanels : tw::impl::PrefetchPanelsBase<PrefetchPanels> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](scf::ForallOp tasks) {
      for (auto view : llvm::to_vector(tasks.getBody()->getOps<memref::SubViewOp>())) {
        StringRef reason;
        std::optional<tw::Panel> panel = tw::matchPanel(view, tasks, reason);
        if (panel && panel->bytes < kMinPanelBytes)
          reason = "too small to matter";
        if (!reason.empty())
          LDBG() << "not prefetched: " << reason << ": " << view;
        else
          prefetch(rewriter, tasks, *panel, target.getL2Bytes());
      }
    });
  }

  void prefetch(IRRewriter &rewriter, scf::ForallOp tasks, tw::Panel panel, int64_t cacheBytes) {
    SmallVector<tw::PanelWalk> walks = tw::findWalks(tasks, panel);
    if (walks.empty())
      return;
    if (fetchNextBlocks(rewriter, tasks, panel, walks))
      return;
    int64_t tiles = 0;
    for (tw::PanelWalk &walk : walks)
      tiles = std::max(tiles, walk.before + walk.tiles);
    int64_t elementBytes = panel.bytes / panel.elements;
    bool staysInCache = panel.bytes <= cacheBytes * 3 / 4;
    StringRef reason;
    if (tiles >= 2 && staysInCache) {
      int64_t lines =
          llvm::divideCeil(walks.front().getStepElements() * elementBytes, tiles * kLineBytes);
      if (lines <= kMaxLines)
        return fetchNextPanel(rewriter, tasks, panel, walks, tiles, lines);
      reason = "too few row tiles to fetch the next panel";
    } else if (walks.front().loop.getNumRegionIterArgs() < kMinSums) {
      reason = "a stream with little work in between";
    } else if (panel.view.getSourceType().getNumElements() * elementBytes <= cacheBytes) {
      reason = "in the cache after the first call";
    } else {
      return fetchAhead(rewriter, tasks, panel, walks);
    }
    LDBG() << "not prefetched: " << reason << ": " << panel.view;
  }

  /// The tensor of the panels as one row.
  static Value flatten(IRRewriter &rewriter, scf::ForallOp tasks, tw::Panel panel) {
    rewriter.setInsertionPoint(tasks);
    ReassociationIndices all =
        llvm::to_vector(llvm::seq<int64_t>(0, panel.view.getSourceType().getRank()));
    return memref::CollapseShapeOp::create(rewriter, panel.view.getLoc(), panel.view.getSource(),
                                           ArrayRef<ReassociationIndices>{all});
  }

  static void fetch(IRRewriter &rewriter, Value flat, Value element, unsigned locality) {
    memref::PrefetchOp::create(rewriter, flat.getLoc(), flat, element, /*isWrite=*/false, locality,
                               /*isDataCache=*/true);
  }

  /// Where the panel is walked in blocks: what follows the block, as much of it with each tile that
  /// is read of this one as each of its row tiles has to fetch.
  static bool fetchNextBlocks(IRRewriter &rewriter, scf::ForallOp tasks, tw::Panel panel,
                              ArrayRef<tw::PanelWalk> walks) {
    Value flat;
    for (tw::PanelWalk walk : walks) {
      std::optional<int64_t> elements = walk.countBlock();
      if (!elements)
        continue;
      if (!flat)
        flat = flatten(rewriter, tasks, panel);
      fetchNextBlock(rewriter, flat, panel, walk, *elements);
    }
    return flat != nullptr;
  }

  static void fetchNextBlock(IRRewriter &rewriter, Value flat, tw::Panel panel, tw::PanelWalk walk,
                             int64_t elements) {
    Location loc = panel.view.getLoc();
    MLIRContext *context = rewriter.getContext();
    int64_t lineElements = kLineBytes * panel.elements / panel.bytes;
    AffineExpr s0, s1, s2;
    bindSymbols(context, s0, s1, s2);
    walk.before = 0; // each block has row tiles of its own
    rewriter.setInsertionPoint(walk.read);
    OpFoldResult begin = walk.getBlockBegin(rewriter);
    // The last block fetches what it has: an address beyond the tensor is none.
    AffineExpr last = getAffineConstantExpr(panel.elements * panel.getCount() - elements, context);
    OpFoldResult next = affine::makeComposedFoldedAffineMin(
        rewriter, loc, AffineMap::get(0, 2, {s0 * panel.elements + s1 + elements, last}, context),
        {panel.getNumber(rewriter), begin});
    OpFoldResult offset = affine::makeComposedFoldedAffineApply(
        rewriter, loc, (s0 - s1).floorDiv(walk.tiles) + s2 * (elements / walk.tiles),
        {walk.getPosition(rewriter), begin, walk.getNumber(rewriter)});
    int64_t lines = llvm::divideCeil(walk.getStepElements(), walk.tiles * lineElements);
    for (int64_t line = 0; line < lines; ++line) {
      OpFoldResult element = affine::makeComposedFoldedAffineApply(
          rewriter, loc, s0 + s1 + line * lineElements, {next, offset});
      fetch(rewriter, flat, getValueOrCreateConstantIndexOp(rewriter, loc, element),
            /*locality=*/2);
    }
  }

  /// `lines` lines of the next panel with each vector or tile that is read of this one: when `done`
  /// of `tiles` row tiles are, that part of it has been fetched.
  static void fetchNextPanel(IRRewriter &rewriter, scf::ForallOp tasks, tw::Panel panel,
                             ArrayRef<tw::PanelWalk> walks, int64_t tiles, int64_t lines) {
    Location loc = panel.view.getLoc();
    int64_t lineElements = kLineBytes * panel.elements / panel.bytes;
    Value flat = flatten(rewriter, tasks, panel);
    MLIRContext *context = rewriter.getContext();
    AffineExpr s0 = getAffineSymbolExpr(0, context), s1 = getAffineSymbolExpr(1, context);
    rewriter.setInsertionPointAfter(panel.view);
    // The last task fetches what it has: an address beyond the tensor is none.
    OpFoldResult next = affine::makeComposedFoldedAffineMin(
        rewriter, loc,
        AffineMap::get(0, 1, {s0 + 1, getAffineConstantExpr(panel.getCount() - 1, context)},
                       context),
        {panel.getNumber(rewriter)});
    for (tw::PanelWalk walk : walks) {
      rewriter.setInsertionPoint(walk.read);
      OpFoldResult begin = affine::makeComposedFoldedAffineApply(
          rewriter, loc, s0 * panel.elements + s1 * (panel.elements / tiles),
          {next, walk.getNumber(rewriter)});
      OpFoldResult position = walk.getPosition(rewriter);
      // Unsigned, which is a shift where `tiles` is a power of two.
      Value part = arith::DivUIOp::create(rewriter, loc,
                                          getValueOrCreateConstantIndexOp(rewriter, loc, position),
                                          arith::ConstantIndexOp::create(rewriter, loc, tiles));
      Value element = arith::AddIOp::create(
          rewriter, loc, getValueOrCreateConstantIndexOp(rewriter, loc, begin), part);
      for (int64_t line = 0; line < lines; ++line) {
        Value offset = arith::ConstantIndexOp::create(rewriter, loc, line * lineElements);
        Value address =
            line == 0 ? element : arith::AddIOp::create(rewriter, loc, element, offset).getResult();
        fetch(rewriter, flat, address, /*locality=*/2);
      }
    }
  }

  /// The lines that follow `kAheadBytes` behind each vector that is read. The last panel fetches
  /// what it has, so that no address is beyond the tensor; a bound on each address would cost an
  /// instruction a step.
  static void fetchAhead(IRRewriter &rewriter, scf::ForallOp tasks, tw::Panel panel,
                         ArrayRef<tw::PanelWalk> walks) {
    Location loc = panel.view.getLoc();
    int64_t elementBytes = panel.bytes / panel.elements;
    Value flat = flatten(rewriter, tasks, panel);
    MLIRContext *context = rewriter.getContext();
    AffineExpr s0 = getAffineSymbolExpr(0, context), s1 = getAffineSymbolExpr(1, context);
    rewriter.setInsertionPointAfter(panel.view);
    AffineExpr ahead = s0 * panel.elements + kAheadBytes / elementBytes;
    AffineExpr last = getAffineConstantExpr((panel.getCount() - 1) * panel.elements, context);
    OpFoldResult begin = affine::makeComposedFoldedAffineMin(
        rewriter, loc, AffineMap::get(0, 1, {ahead, last}, context), {panel.getNumber(rewriter)});
    for (tw::PanelWalk walk : walks) {
      rewriter.setInsertionPoint(walk.read);
      OpFoldResult position = walk.getPosition(rewriter);
      int64_t bytes = walk.read.getVectorType().getNumElements() * elementBytes;
      for (int64_t at = 0; at < bytes; at += kLineBytes) {
        OpFoldResult element = affine::makeComposedFoldedAffineApply(
            rewriter, loc, s0 + s1 + at / elementBytes, {begin, position});
        fetch(rewriter, flat, getValueOrCreateConstantIndexOp(rewriter, loc, element),
              /*locality=*/3);
      }
    }
  }
};

} // namespace
