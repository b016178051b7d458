// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/FoldUnitWindows.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Tile/Passes.h"

namespace tw {
#define GEN_PASS_DEF_FOLDUNITWINDOWS
#include "passes/Tile/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-unit-windows"

using namespace mlir;

namespace {

/// Reduction loops of one iteration that are added to another loop in an input's map.
llvm::SmallBitVector findUnitWindows(linalg::GenericOp op) {
  llvm::SmallBitVector windows(op.getNumLoops());
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (OpOperand *input : op.getDpsInputOperands())
    for (AffineExpr expr : op.getMatchingIndexingMap(input).getResults())
      if (expr.getKind() == AffineExprKind::Add)
        for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
          if (ranges[loop] == 1 && linalg::isReductionIterator(iterators[loop]) &&
              expr.isFunctionOfDim(loop))
            windows.set(loop);
  return windows;
}

/// The loop of `loop` or `loop * stride`, and the stride; none for anything else.
struct StridedLoop {
  unsigned loop;
  int64_t stride;

  static std::optional<StridedLoop> match(AffineExpr expr) {
    int64_t stride = 1;
    if (auto product = dyn_cast<AffineBinaryOpExpr>(expr)) {
      auto factor = dyn_cast<AffineConstantExpr>(product.getRHS());
      if (product.getKind() != AffineExprKind::Mul || !factor || factor.getValue() <= 0)
        return std::nullopt;
      stride = factor.getValue();
      expr = product.getLHS();
    }
    auto loop = dyn_cast<AffineDimExpr>(expr);
    return loop ? std::optional(StridedLoop{loop.getPosition(), stride}) : std::nullopt;
  }
};

bool isZero(AffineExpr expr) {
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return constant && constant.getValue() == 0;
}

/// `input` read through `map`, which was `before` with the window: the slice of the elements that
/// are read along the dimensions of the window. `map` loses those that only the window ran over,
/// and the stride of the others.
Value sliceWindowless(OpBuilder &builder, Location loc, Value input, AffineMap before,
                      AffineMap &map, ArrayRef<Range> ranges) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, input);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> exprs;
  bool isWhole = true;
  for (auto [dim, result] : llvm::enumerate(map.getResults())) {
    AffineExpr expr = result;
    if (expr != before.getResult(dim)) {
      std::optional<StridedLoop> strided = StridedLoop::match(expr);
      OpFoldResult size = strided ? ranges[strided->loop].size : builder.getIndexAttr(1);
      isWhole &= strided && strided->stride == 1 && isEqualConstantIntOrValue(size, sizes[dim]);
      sizes[dim] = size;
      if (!strided)
        continue;
      strides[dim] = builder.getIndexAttr(strided->stride);
      expr = builder.getAffineDimExpr(strided->loop);
    }
    shape.push_back(getConstantIntValue(sizes[dim]).value_or(ShapedType::kDynamic));
    exprs.push_back(expr);
  }
  map = AffineMap::get(map.getNumDims(), 0, exprs, builder.getContext());
  if (isWhole)
    return input;
  auto type = RankedTensorType::get(shape, getElementTypeOrSelf(input));
  return tensor::ExtractSliceOp::create(builder, loc, type, input, offsets, sizes, strides);
}

/// linalg.generic whose window has been tiled to one pixel: loses the window's loops.
struct FoldUnitWindow : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "works on buffers");
    llvm::SmallBitVector windows = findUnitWindows(op);
    if (windows.none())
      return rewriter.notifyMatchFailure(op, "has no window of static size 1");

    SmallVector<AffineExpr> withoutWindow, renumbered;
    SmallVector<utils::IteratorType> iterators;
    for (auto [loop, iterator] : llvm::enumerate(op.getIteratorTypesArray())) {
      bool isWindow = windows.test(loop);
      withoutWindow.push_back(isWindow ? rewriter.getAffineConstantExpr(0)
                                       : rewriter.getAffineDimExpr(loop));
      renumbered.push_back(rewriter.getAffineDimExpr(iterators.size()));
      if (!isWindow)
        iterators.push_back(iterator);
    }
    SmallVector<AffineMap> before = op.getIndexingMapsArray(), maps;
    for (AffineMap map : before)
      maps.push_back(
          simplifyAffineMap(map.replaceDimsAndSymbols(withoutWindow, {}, op.getNumLoops(), 0)));
    for (unsigned input = 0; input < op.getNumDpsInputs(); ++input)
      for (auto [is, was] : llvm::zip_equal(maps[input].getResults(), before[input].getResults()))
        if (is != was && !isZero(is) && !StridedLoop::match(is))
          return rewriter.notifyMatchFailure(op, "would not be read at loop * stride");

    Location loc = op.getLoc();
    SmallVector<Range> ranges = cast<linalg::LinalgOp>(*op).createLoopRanges(rewriter, loc);
    SmallVector<Value> inputs;
    for (auto [input, was, map] : llvm::zip_first(op.getInputs(), before, maps))
      inputs.push_back(sliceWindowless(rewriter, loc, input, was, map, ranges));
    for (AffineMap &map : maps)
      map = map.replaceDimsAndSymbols(renumbered, {}, iterators.size(), 0);
    auto generic =
        linalg::GenericOp::create(rewriter, loc, op.getResultTypes(), inputs, op.getOutputs(), maps,
                                  iterators, nullptr, llvm::to_vector(op->getDiscardableAttrs()));
    IRMapping mapping;
    op.getRegion().cloneInto(&generic.getRegion(), mapping);
    for (auto index : llvm::make_early_inc_range(generic.getBody()->getOps<linalg::IndexOp>())) {
      uint64_t loop = index.getDim();
      rewriter.setInsertionPoint(index);
      if (windows.test(loop))
        rewriter.replaceOpWithNewOp<arith::ConstantIndexOp>(index, 0);
      else
        index.setDim(cast<AffineDimExpr>(renumbered[loop]).getPosition());
    }
    rewriter.replaceOp(op, generic);
    return success();
  }
};

struct FoldUnitWindows : tw::impl::FoldUnitWindowsBase<FoldUnitWindows> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    tw::populateFoldUnitWindowPatterns(patterns);
    // What gave a pooling the size of its window is not needed any more.
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void tw::populateFoldUnitWindowPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldUnitWindow>(patterns.getContext());
}
