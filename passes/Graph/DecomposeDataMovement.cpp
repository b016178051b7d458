// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Graph/EdgeWindows.h"
#include "passes/Layout/Transposes.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileSizes.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_DECOMPOSEDATAMOVEMENT
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-decompose-data-movement"

using namespace mlir;

namespace {

using Sizes = SmallVector<OpFoldResult>;

OpFoldResult add(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  if (isZeroInteger(b))
    return a;
  AffineExpr sum = builder.getAffineSymbolExpr(0) + builder.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, sum, {a, b});
}

/// A tensor.empty of `type`, whose unknown sizes are those of `sizes`.
Value createEmpty(OpBuilder &builder, Location loc, RankedTensorType type, Sizes sizes) {
  for (auto [size, known] : llvm::zip_equal(sizes, type.getShape()))
    if (ShapedType::isStatic(known))
      size = builder.getIndexAttr(known);
  return tensor::EmptyOp::create(builder, loc, sizes, type.getElementType());
}

/// Writes the inputs of `concat` one behind the other into `dest`, from `offsets` on.
Value insertInputs(RewriterBase &rewriter, tensor::ConcatOp concat, Value dest, Sizes offsets);

/// Writes `source` into `dest` at `offsets`. The inputs of a concatenation that nobody else reads
/// go to their final place directly.
Value insert(RewriterBase &rewriter, Location loc, Value source, Value dest,
             ArrayRef<OpFoldResult> offsets) {
  auto concat = source.getDefiningOp<tensor::ConcatOp>();
  if (concat && source.hasOneUse())
    return insertInputs(rewriter, concat, dest, Sizes(offsets));
  auto type = cast<RankedTensorType>(source.getType());
  if (llvm::is_contained(type.getShape(), 0))
    return dest;
  Sizes strides(type.getRank(), rewriter.getIndexAttr(1));
  return tensor::InsertSliceOp::create(rewriter, loc, source, dest, offsets,
                                       tw::getTensorSizes(rewriter, loc, source), strides);
}

/// Whether `value` lies somewhere already when it is inserted in `block`, so that it must be
/// copied: an argument, a constant, or a part or another shape of a tensor. Anything else is
/// computed in its place.
bool isThere(Value value, Block *block) {
  Operation *op = value.getDefiningOp();
  return !op || op->getBlock() != block || op->hasTrait<OpTrait::ConstantLike>() ||
         isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
             tensor::CastOp>(op);
}

Value insertInputs(RewriterBase &rewriter, tensor::ConcatOp concat, Value dest, Sizes offsets) {
  Location loc = concat.getLoc();
  SmallVector<std::pair<Value, OpFoldResult>> places;
  OpFoldResult offset = offsets[concat.getDim()];
  // Before the insertions: one may take a concatenation apart whose size is asked for here.
  for (Value input : concat.getInputs()) {
    places.push_back({input, offset});
    offset = add(rewriter, loc, offset, tw::getTensorSizes(rewriter, loc, input)[concat.getDim()]);
  }
  // As they are computed: each is inserted into what the insertion before has made, which must be
  // there for it to be computed in its place. A skip connection is older than what it joins.
  llvm::stable_sort(places, [block = concat->getBlock()](const auto &a, const auto &b) {
    bool isThereA = isThere(a.first, block), isThereB = isThere(b.first, block);
    if (isThereA || isThereB)
      return !isThereA && isThereB;
    return a.first.getDefiningOp()->isBeforeInBlock(b.first.getDefiningOp());
  });
  for (auto [input, place] : places) {
    offsets[concat.getDim()] = place;
    dest = insert(rewriter, loc, input, dest, offsets);
  }
  return dest;
}

/// tensor.concat becomes a chain of tensor.insert_slice into a tensor.empty.
void decompose(RewriterBase &rewriter, tensor::ConcatOp op) {
  Location loc = op.getLoc();
  Sizes sizes;
  for (Value input : op.getInputs()) {
    Sizes inputSizes = tw::getTensorSizes(rewriter, loc, input);
    if (sizes.empty())
      sizes = std::move(inputSizes);
    else
      sizes[op.getDim()] = add(rewriter, loc, sizes[op.getDim()], inputSizes[op.getDim()]);
  }
  Value empty = createEmpty(rewriter, loc, op.getResultType(), sizes);
  Sizes offsets(op.getRank(), rewriter.getIndexAttr(0));
  rewriter.replaceOp(op, insertInputs(rewriter, op, empty, offsets));
}

/// Whether so little is around the source of `pad`, on sides of known width, that they are filled
/// one by one. Each is an operation more: where they are not much less than the whole, one fill is
/// faster.
bool hasThinBorder(tensor::PadOp pad) {
  constexpr int64_t kMinElements = 4096;
  ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
  if (llvm::any_of(llvm::concat<const int64_t>(low, high), ShapedType::isDynamic))
    return false;
  int64_t source = tw::countElements(pad.getSourceType().getShape()), padded = 1;
  for (auto [size, before, after] : llvm::zip_equal(pad.getSourceType().getShape(), low, high))
    padded *= tw::countElements(size) + before + after;
  return padded >= kMinElements && 4 * (padded - source) <= padded;
}

/// Fills what is around the source of `pad`, which has so many elements along each dimension, in
/// `dest`. Both sides along a dimension reach over all of the later dimensions and, of the earlier
/// ones, over the source: no element is filled twice.
Value fillBorder(RewriterBase &rewriter, tensor::PadOp pad, ArrayRef<OpFoldResult> inner,
                 Value padding, Value dest) {
  Location loc = pad.getLoc();
  Sizes low = pad.getMixedLowPad(), high = pad.getMixedHighPad();
  Sizes offsets(inner.size(), rewriter.getIndexAttr(0));
  Sizes strides(inner.size(), rewriter.getIndexAttr(1));
  Sizes sizes = dest.getDefiningOp<tensor::EmptyOp>().getMixedSizes();
  // What is filled is taken from `dest`, not a tensor.empty: equal fills of those would be merged,
  // and copied to their places.
  auto fillSide = [&](int64_t dim, OpFoldResult offset, OpFoldResult size) {
    if (isZeroInteger(size))
      return;
    offsets[dim] = offset;
    sizes[dim] = size;
    Value side = tensor::ExtractSliceOp::create(rewriter, loc, dest, offsets, sizes, strides);
    side = linalg::FillOp::create(rewriter, loc, padding, side).getResult(0);
    dest = tensor::InsertSliceOp::create(rewriter, loc, side, dest, offsets, sizes, strides);
  };
  for (auto [dim, size] : llvm::enumerate(inner)) {
    fillSide(dim, rewriter.getIndexAttr(0), low[dim]);
    if (!isZeroInteger(high[dim]))
      fillSide(dim, add(rewriter, loc, size, low[dim]), high[dim]);
    offsets[dim] = low[dim];
    sizes[dim] = size;
  }
  return dest;
}

/// tensor.pad becomes a fill of what is around its source, which is inserted there. One that pads
/// nothing goes. Padding that depends on the position is computed by a linalg.generic, which is
/// upstream's work.
void decompose(RewriterBase &rewriter, tensor::PadOp op) {
  Location loc = op.getLoc();
  Sizes low = op.getMixedLowPad(), high = op.getMixedHighPad();
  if (llvm::all_of(low, isZeroInteger) && llvm::all_of(high, isZeroInteger)) {
    LDBG() << "pads nothing: " << op;
    Value source = op.getSource();
    if (source.getType() != op.getType())
      source = tensor::CastOp::create(rewriter, loc, op.getType(), source);
    return rewriter.replaceOp(op, source);
  }
  Value padding = op.getConstantPaddingValue();
  if (!padding) {
    LDBG() << "padding depends on the position: " << op;
    // Cannot fail: the sizes of a tensor.pad are always known.
    (void)linalg::rewriteInDestinationPassingStyle(rewriter, op);
    return;
  }
  Operation *constant = padding.getDefiningOp();
  bool isConstant = constant && constant->hasTrait<OpTrait::ConstantLike>();
  // In front of the source's producer where that can be: bufferization then lets it write to its
  // place in the larger tensor. One that is made afterwards is no place to write to. Dynamic sizes
  // and computed padding may come after the producer.
  bool isStatic = op.getSourceType().hasStaticShape() && op.getResultType().hasStaticShape();
  Operation *producer = op.getSource().getDefiningOp();
  if (isConstant && isStatic && producer && producer->getBlock() == op->getBlock())
    rewriter.setInsertionPoint(producer);
  // It may stand in the region of `op`.
  if (isConstant)
    padding = rewriter.clone(*constant)->getResult(0);

  Sizes inner, sizes;
  if (isStatic) {
    inner = getAsIndexOpFoldResult(rewriter.getContext(), op.getSourceType().getShape());
    sizes = getAsIndexOpFoldResult(rewriter.getContext(), op.getResultType().getShape());
  } else {
    sizes = inner = tw::getTensorSizes(rewriter, loc, op.getSource());
    for (auto [size, before, after] : llvm::zip_equal(sizes, low, high))
      size = add(rewriter, loc, add(rewriter, loc, size, before), after);
  }
  Value empty = createEmpty(rewriter, loc, op.getResultType(), sizes);
  Value filled = hasThinBorder(op)
                     ? fillBorder(rewriter, op, inner, padding, empty)
                     : linalg::FillOp::create(rewriter, loc, padding, empty).getResult(0);
  rewriter.setInsertionPoint(op);
  rewriter.replaceOp(op, insert(rewriter, loc, op.getSource(), filled, low));
}

struct DecomposeDataMovement : tw::impl::DecomposeDataMovementBase<DecomposeDataMovement> {
  using DecomposeDataMovementBase::DecomposeDataMovementBase;

  void runOnOperation() override {
    tw::TargetAttr target = tw::getTarget(getOperation());
    SmallVector<Operation *> work;
    getOperation().walk([&](Operation *op) {
      auto pad = dyn_cast<tensor::PadOp>(op);
      bool stays = pad && keepEdges && tw::belongsToEdgeWindow(pad, target);
      if (isa<tensor::PadOp, tensor::ConcatOp>(op) && !stays)
        work.push_back(op);
    });
    // Users before their operands: what a concatenation is inserted into must be known when it is
    // taken apart.
    IRRewriter rewriter(&getContext());
    for (Operation *op : llvm::reverse(work)) {
      rewriter.setInsertionPoint(op);
      if (isa<tensor::ConcatOp>(op) && op->use_empty())
        rewriter.eraseOp(op);
      else if (auto concat = dyn_cast<tensor::ConcatOp>(op))
        decompose(rewriter, concat);
      else
        decompose(rewriter, cast<tensor::PadOp>(op));
    }
  }
};

} // namespace
