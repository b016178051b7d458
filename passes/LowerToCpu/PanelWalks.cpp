// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/PanelWalks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

/// Row tiles over which the fetching is spread at most where their number is not known.
static constexpr int64_t kUnknownTiles = 8;

std::optional<tw::Panel> tw::matchPanel(memref::SubViewOp view, scf::ForallOp tasks,
                                        StringRef &reason) {
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

/// The place of the element at `indices` in the order of memory; of the leading dimensions of
/// `shape` where there are fewer indices.
static OpFoldResult linearize(OpBuilder &builder, Location loc, ArrayRef<int64_t> shape,
                              ArrayRef<OpFoldResult> indices) {
  AffineExpr s0, s1;
  bindSymbols(builder.getContext(), s0, s1);
  OpFoldResult place = builder.getIndexAttr(0);
  for (auto [size, index] : llvm::zip(shape, indices))
    place = affine::makeComposedFoldedAffineApply(builder, loc, s0 * size + s1, {place, index});
  return place;
}

OpFoldResult tw::Panel::getNumber(OpBuilder &builder) {
  return linearize(builder, view.getLoc(), view.getSourceType().getShape(), number);
}

/// True if `value` is computed from the variable of `loop`, or from that of a loop over a part of
/// its range.
static bool dependsOn(Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return true;
  if (!loop->isAncestor(value.getParentRegion()->getParentOp()))
    return false;
  if (Operation *op = value.getDefiningOp())
    return llvm::any_of(op->getOperands(), [&](Value v) { return dependsOn(v, loop); });
  auto inner = dyn_cast<scf::ForOp>(value.getParentBlock()->getParentOp());
  return inner && inner.getInductionVar() == value && dependsOn(inner.getLowerBound(), loop);
}

/// The row tiles that `rows` goes over; where a call says how many, the most there can be.
static int64_t countTiles(scf::ForOp rows) {
  if (std::optional<APInt> count = rows.getStaticTripCount())
    return count->getSExtValue();
  using Bounds = ValueBoundsConstraintSet;
  AffineExpr d0, d1;
  bindDims(rows.getContext(), d0, d1);
  Bounds::Variable range(AffineMap::get(2, 0, d0 - d1),
                         ValueRange{rows.getUpperBound(), rows.getLowerBound()});
  FailureOr<int64_t> most =
      Bounds::computeConstantBound(presburger::BoundType::UB, range, /*stopCondition=*/nullptr,
                                   /*closedUB=*/true);
  std::optional<int64_t> step = getConstantIntValue(rows.getStep());
  if (!step || failed(most))
    return kUnknownTiles;
  return std::clamp<int64_t>(llvm::divideCeil(*most, *step), 1, kUnknownTiles);
}

SmallVector<tw::PanelWalk> tw::findWalks(scf::ForallOp tasks, Panel panel) {
  SmallVector<PanelWalk> walks;
  int64_t before = 0;
  tasks.walk([&](vector::TransferReadOp read) {
    auto loop = read->getParentOfType<scf::ForOp>();
    if (read.getBase() != panel.view || !loop || !tasks->isAncestor(loop) ||
        llvm::any_of(walks, [&](PanelWalk &walk) { return walk.loop == loop; }))
      return;
    PanelWalk walk{read, loop, {}, before, 1};
    bool isKnown = true;
    for (Operation *op = loop; op != tasks; op = op->getParentOp())
      if (auto rows = dyn_cast<scf::ForOp>(op))
        if (llvm::none_of(read.getIndices(), [&](Value v) { return dependsOn(v, rows); })) {
          isKnown &= rows.getStaticTripCount().has_value();
          walk.rows.push_back(rows);
          walk.tiles *= countTiles(rows);
        }
    // Behind a loop of unknown length comes the loop over its rest, of a tile or none.
    if (isKnown)
      before += walk.tiles;
    walks.push_back(walk);
  });
  return walks;
}

OpFoldResult tw::PanelWalk::getNumber(OpBuilder &builder) {
  Location loc = read.getLoc();
  MLIRContext *context = builder.getContext();
  AffineExpr s0, s1, s2;
  bindSymbols(context, s0, s1, s2);
  OpFoldResult done = builder.getIndexAttr(0);
  for (scf::ForOp loop : llvm::reverse(rows)) {
    int64_t step = getConstantIntValue(loop.getStep()).value_or(1);
    done = affine::makeComposedFoldedAffineApply(
        builder, loc, s0 * countTiles(loop) + (s1 - s2).floorDiv(step),
        {done, loop.getInductionVar(), getAsOpFoldResult(loop.getLowerBound())});
  }
  AffineExpr last = getAffineConstantExpr(before + tiles - 1, context);
  return affine::makeComposedFoldedAffineMin(
      builder, loc, AffineMap::get(0, 1, {s0 + before, last}, context), {done});
}

OpFoldResult tw::PanelWalk::getPosition(OpBuilder &builder) {
  return linearize(builder, read.getLoc(), cast<MemRefType>(read.getBase().getType()).getShape(),
                   getAsOpFoldResult(read.getIndices()));
}

int64_t tw::PanelWalk::getStepElements() {
  VectorType type = read.getVectorType();
  if (type.getRank() == 1)
    return type.getNumElements();
  return type.getDimSize(0) * cast<MemRefType>(read.getBase().getType()).getShape().back();
}

/// The loops over the panel, the innermost first.
static SmallVector<scf::ForOp> getPanelLoops(tw::PanelWalk &walk) {
  SmallVector<scf::ForOp> loops;
  Operation *end = walk.rows.empty() ? nullptr : walk.rows.front().getOperation();
  for (auto loop = walk.loop; loop && loop != end; loop = loop->getParentOfType<scf::ForOp>())
    loops.push_back(loop);
  return loops;
}

/// Whether `loop` leaves out more of the dimension that it goes over than a rest that fills no
/// tile.
static bool leavesOut(scf::ForOp loop, vector::TransferReadOp read) {
  std::optional<int64_t> lower = getConstantIntValue(loop.getLowerBound());
  std::optional<int64_t> upper = getConstantIntValue(loop.getUpperBound());
  auto index = llvm::find(read.getIndices(), loop.getInductionVar());
  if (index == read.getIndices().end() || read.getVectorType().getRank() != 2)
    return false;
  if (!lower || !upper || *lower != 0)
    return true;
  unsigned dim = std::distance(read.getIndices().begin(), index);
  int64_t size = cast<MemRefType>(read.getBase().getType()).getDimSize(dim);
  bool isRow = read.getPermutationMap().getDimPosition(0) == dim;
  return size - *upper >= (isRow ? read.getVectorType().getDimSize(0) : 1);
}

std::optional<int64_t> tw::PanelWalk::countBlock() {
  SmallVector<scf::ForOp> loops = getPanelLoops(*this);
  if (rows.empty() || !leavesOut(loops.back(), read))
    return std::nullopt;
  int64_t elements = getStepElements();
  for (scf::ForOp panelLoop : loops) {
    std::optional<APInt> trips = panelLoop.getStaticTripCount();
    if (!trips)
      return std::nullopt;
    elements *= trips->getSExtValue();
  }
  return elements;
}

OpFoldResult tw::PanelWalk::getBlockBegin(OpBuilder &builder) {
  SmallVector<OpFoldResult> indices = getAsOpFoldResult(read.getIndices());
  for (scf::ForOp panelLoop : getPanelLoops(*this))
    llvm::replace(indices, OpFoldResult(panelLoop.getInductionVar()),
                  getAsOpFoldResult(panelLoop.getLowerBound()));
  return linearize(builder, read.getLoc(), cast<MemRefType>(read.getBase().getType()).getShape(),
                   indices);
}
