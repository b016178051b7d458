// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
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
/// Row tiles over which the fetching is spread where their number is not known.
constexpr int64_t kUnknownTiles = 8;

/// A part of a tensor that a task reads once for each of its row tiles, from its first element to
/// its last; the next task reads the part that follows.
struct Panel {
  memref::SubViewOp view;
  int64_t elements, bytes;
  SmallVector<OpFoldResult> number; // indices of the dimensions that number the panels

  /// Panels of the tensor.
  int64_t getCount() { return view.getSourceType().getNumElements() / elements; }
};

/// The panel that `view` is, or nothing and the reason.
std::optional<Panel> matchPanel(memref::SubViewOp view, scf::ForallOp tasks, StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  MemRefType source = view.getSourceType(), type = view.getType();
  if (!source.hasStaticShape() || !source.getLayout().isIdentity() || source.getRank() < 2 ||
      tasks->isAncestor(view.getSource().getParentRegion()->getParentOp()))
    return refuse("not of a static tensor from outside");
  Type element = type.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() < 8)
    return refuse("not of numbers");
  SmallVector<OpFoldResult> offsets = view.getMixedOffsets(), sizes = view.getMixedSizes();
  ArrayRef<int64_t> shape = source.getShape();
  // Dimensions that number the panels, such as those of batches, and then those of one panel.
  int64_t leading = shape.size();
  while (leading > 0 && isConstantIntValue(offsets[leading - 1], 0) &&
         isConstantIntValue(sizes[leading - 1], shape[leading - 1]))
    --leading;
  if (!llvm::all_of(ArrayRef(sizes).take_front(leading),
                    [](OpFoldResult size) { return isConstantIntValue(size, 1); }))
    return refuse("not a whole panel");
  if (llvm::all_of(offsets, [](OpFoldResult offset) { return getConstantIntValue(offset); }))
    return refuse("not one of several panels");
  int64_t elements = ShapedType::getNumElements(shape.drop_front(leading));
  SmallVector<OpFoldResult> number(offsets.begin(), offsets.begin() + leading);
  return Panel{view, elements, elements * element.getIntOrFloatBitWidth() / 8, number};
}

/// True if `value` is computed from the variable of `loop`, or from that of a loop over a part of
/// its range.
bool dependsOn(Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return true;
  if (!loop->isAncestor(value.getParentRegion()->getParentOp()))
    return false;
  if (Operation *op = value.getDefiningOp())
    return llvm::any_of(op->getOperands(), [&](Value v) { return dependsOn(v, loop); });
  auto inner = dyn_cast<scf::ForOp>(value.getParentBlock()->getParentOp());
  return inner && inner.getInductionVar() == value && dependsOn(inner.getLowerBound(), loop);
}

struct PrefetchPanels : tw::impl::PrefetchPanelsBase<PrefetchPanels> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](scf::ForallOp tasks) {
      for (auto view : llvm::to_vector(tasks.getBody()->getOps<memref::SubViewOp>())) {
        StringRef reason;
        std::optional<Panel> panel = matchPanel(view, tasks, reason);
        if (panel && (panel->bytes < kMinPanelBytes || panel->bytes > target.getL2Bytes() * 3 / 4))
          reason = "too small to matter, or too large for the cache";
        if (!reason.empty())
          LDBG() << "not prefetched: " << reason << ": " << view;
        else
          prefetch(rewriter, tasks, *panel);
      }
    });
  }

  void prefetch(IRRewriter &rewriter, scf::ForallOp tasks, Panel panel) {
    for (Operation *user : panel.view->getUsers()) {
      auto read = dyn_cast<vector::TransferReadOp>(user);
      if (!read || !read->getParentOfType<scf::ForOp>())
        continue;
      SmallVector<scf::ForOp> rows;
      for (Operation *op = read->getParentOp(); op != tasks; op = op->getParentOp())
        if (auto loop = dyn_cast<scf::ForOp>(op))
          if (llvm::none_of(read.getIndices(), [&](Value v) { return dependsOn(v, loop); }))
            rows.push_back(loop);
      int64_t tiles = 1;
      for (scf::ForOp loop : rows)
        tiles *= getTripCount(loop).value_or(kUnknownTiles);
      int64_t step = read.getVectorType().getNumElements() * (panel.bytes / panel.elements);
      if (tiles < 2 || step > tiles * kLineBytes) {
        LDBG() << "not prefetched: read " << tiles << " times: " << panel.view;
        continue;
      }
      emit(rewriter, tasks, panel, read, rows, tiles);
      return;
    }
  }

  static std::optional<int64_t> getTripCount(scf::ForOp loop) {
    std::optional<int64_t> lower = getConstantIntValue(loop.getLowerBound());
    std::optional<int64_t> upper = getConstantIntValue(loop.getUpperBound());
    std::optional<int64_t> step = getConstantIntValue(loop.getStep());
    if (!lower || !upper || !step)
      return std::nullopt;
    return llvm::divideCeil(std::max<int64_t>(0, *upper - *lower), *step);
  }

  /// One line of the next panel with each vector that is read of this one: when `done` of `tiles`
  /// row tiles are, that part of it has been fetched.
  static void emit(IRRewriter &rewriter, scf::ForallOp tasks, Panel panel,
                   vector::TransferReadOp read, ArrayRef<scf::ForOp> rows, int64_t tiles) {
    Location loc = panel.view.getLoc();
    MemRefType source = panel.view.getSourceType();
    rewriter.setInsertionPoint(tasks);
    ReassociationIndices all = llvm::to_vector(llvm::seq<int64_t>(0, source.getRank()));
    Value flat = memref::CollapseShapeOp::create(rewriter, loc, panel.view.getSource(),
                                                 ArrayRef<ReassociationIndices>{all});
    MLIRContext *context = rewriter.getContext();
    AffineExpr s0 = getAffineSymbolExpr(0, context), s1 = getAffineSymbolExpr(1, context);
    rewriter.setInsertionPointAfter(panel.view);
    OpFoldResult number = rewriter.getIndexAttr(0);
    for (auto [size, index] : llvm::zip(source.getShape(), panel.number))
      number =
          affine::makeComposedFoldedAffineApply(rewriter, loc, s0 * size + s1, {number, index});
    // The last task fetches what it has: an address beyond the tensor is none.
    OpFoldResult next = affine::makeComposedFoldedAffineMin(
        rewriter, loc,
        AffineMap::get(0, 1, {s0 + 1, getAffineConstantExpr(panel.getCount() - 1, context)},
                       context),
        {number});
    rewriter.setInsertionPoint(read);
    OpFoldResult done = rewriter.getIndexAttr(0);
    for (scf::ForOp loop : llvm::reverse(rows)) {
      int64_t count = getTripCount(loop).value_or(kUnknownTiles);
      int64_t step = getConstantIntValue(loop.getStep()).value_or(1);
      done = affine::makeComposedFoldedAffineApply(rewriter, loc, s0 * count + s1.floorDiv(step),
                                                   {done, OpFoldResult(loop.getInductionVar())});
    }
    done = affine::makeComposedFoldedAffineMin(
        rewriter, loc,
        AffineMap::get(0, 1, {s0, getAffineConstantExpr(tiles - 1, context)}, context), {done});
    OpFoldResult begin = affine::makeComposedFoldedAffineApply(
        rewriter, loc, s0 * panel.elements + s1 * (panel.elements / tiles), {next, done});
    OpFoldResult position = rewriter.getIndexAttr(0);
    for (auto [size, index] : llvm::zip(panel.view.getType().getShape(), read.getIndices()))
      position = affine::makeComposedFoldedAffineApply(rewriter, loc, s0 * size + s1,
                                                       {position, OpFoldResult(index)});
    // Unsigned, which is a shift where `tiles` is a power of two.
    Value part = arith::DivUIOp::create(rewriter, loc,
                                        getValueOrCreateConstantIndexOp(rewriter, loc, position),
                                        arith::ConstantIndexOp::create(rewriter, loc, tiles));
    Value element = arith::AddIOp::create(
        rewriter, loc, getValueOrCreateConstantIndexOp(rewriter, loc, begin), part);
    memref::PrefetchOp::create(rewriter, loc, flat, element, /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
  }
};

} // namespace
