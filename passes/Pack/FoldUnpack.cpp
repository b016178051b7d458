// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pack/Passes.h"

#include "dialects/Tw/KnownDivisor.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/ViewLikeInterfaceUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <numeric>

namespace tw {
#define GEN_PASS_DEF_FOLDUNPACK
#include "passes/Pack/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-unpack"

using namespace mlir;

namespace {

/// An unpack of panels: one packed dimension, the last, and the others in the same order.
struct Panels {
  linalg::UnPackOp op;
  int64_t width;
  /// The dimension of the packed tensor that counts panels.
  int64_t panelDim;

  static FailureOr<Panels> match(linalg::UnPackOp op) {
    int64_t last = op.getDestRank() - 1;
    if (op.getInnerDimsPos() != ArrayRef<int64_t>{last} ||
        ShapedType::isDynamic(op.getStaticInnerTiles().front()))
      return failure();
    Panels panels{op, op.getStaticInnerTiles().front(), last};
    int64_t next = 0;
    for (auto [position, dim] : llvm::enumerate(op.getOuterDimsPerm())) {
      if (dim == last)
        panels.panelDim = position;
      else if (dim != next++)
        return failure();
    }
    return panels;
  }
};

/// Where the columns of a slice, or of a slice of slices, begin: the sum of `constant` and of
/// offsets that `divisor` divides.
struct ColumnOffset {
  int64_t constant = 0;
  int64_t divisor;
  bool isConstant = true;

  explicit ColumnOffset(int64_t width) : divisor(width) {}

  void add(OpFoldResult offset) {
    if (std::optional<int64_t> value = getConstantIntValue(offset)) {
      constant += *value;
      return;
    }
    isConstant = false;
    divisor = tw::getKnownDivisor(offset, divisor);
  }

  /// Whether `size` columns from here are known to lie in one panel of `width`.
  bool isInOnePanel(int64_t size, int64_t width) const {
    if (isConstant)
      return constant % width + size <= width;
    // A tile that starts at a multiple of a divisor of the width ends before the next one.
    return constant % divisor + size <= divisor;
  }
};

/// A slice of unpacked weights whose columns lie in one panel becomes a slice of that panel.
struct SlicePanel : OpRewritePattern<tensor::ExtractSliceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExtractSliceOp slice,
                                PatternRewriter &rewriter) const override {
    // Splitting off a remainder leaves slices of slices.
    SmallVector<tensor::ExtractSliceOp> chain;
    linalg::UnPackOp unpack;
    for (Value value = slice.getResult(); !unpack;) {
      auto outer = value.getDefiningOp<tensor::ExtractSliceOp>();
      if (!outer || !outer.hasUnitStride())
        return rewriter.notifyMatchFailure(slice, "does not read unpacked elements one by one");
      if (!chain.empty() && outer.getDroppedDims().test(outer.getSourceType().getRank() - 1))
        return rewriter.notifyMatchFailure(slice, "is of a slice that dropped the columns");
      chain.push_back(outer);
      value = outer.getSource();
      unpack = value.getDefiningOp<linalg::UnPackOp>();
    }
    FailureOr<Panels> panels = Panels::match(unpack);
    if (failed(panels))
      return rewriter.notifyMatchFailure(slice, "the unpacked tensor is not stored as panels");
    std::optional<int64_t> columns = getConstantIntValue(slice.getMixedSizes().back());
    ColumnOffset start(panels->width);
    for (tensor::ExtractSliceOp link : chain)
      start.add(link.getMixedOffsets().back());
    if (!columns || !start.isInOnePanel(*columns, panels->width))
      return rewriter.notifyMatchFailure(slice, "its columns are not known to lie in one panel");

    SmallVector<OpFoldResult> offsets = slice.getMixedOffsets(), sizes = slice.getMixedSizes();
    SmallVector<OpFoldResult> strides = slice.getMixedStrides();
    for (tensor::ExtractSliceOp outer : llvm::drop_begin(chain)) {
      SmallVector<OpFoldResult> inOuter[3];
      if (failed(affine::mergeOffsetsSizesAndStrides(
              rewriter, slice.getLoc(), outer.getMixedOffsets(), outer.getMixedSizes(),
              outer.getMixedStrides(), outer.getDroppedDims(), offsets, sizes, strides, inOuter[0],
              inOuter[1], inOuter[2])))
        llvm_unreachable("slices of unit strides always compose");
      std::tie(offsets, sizes, strides) = {inOuter[0], inOuter[1], inOuter[2]};
    }
    rewriter.replaceOp(slice, slicePanel(rewriter, slice, *panels, offsets, sizes));
    return success();
  }

  static Value slicePanel(PatternRewriter &rewriter, tensor::ExtractSliceOp slice, Panels panels,
                          SmallVector<OpFoldResult> offsets, SmallVector<OpFoldResult> sizes) {
    Location loc = slice.getLoc();
    AffineExpr column = rewriter.getAffineDimExpr(0);
    auto apply = [&](AffineExpr expr) {
      return affine::makeComposedFoldedAffineApply(rewriter, loc, AffineMap::get(1, 0, expr),
                                                   offsets.back());
    };
    OpFoldResult panel = apply(column.floorDiv(panels.width));
    bool startsPanel = tw::getKnownDivisor(offsets.back(), panels.width) == panels.width;
    offsets.back() =
        startsPanel ? OpFoldResult(rewriter.getIndexAttr(0)) : apply(column % panels.width);
    offsets.insert(offsets.begin() + panels.panelDim, panel);
    sizes.insert(sizes.begin() + panels.panelDim, rewriter.getIndexAttr(1));
    SmallVector<OpFoldResult> strides(offsets.size(), rewriter.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(rewriter, loc, slice.getType(), panels.op.getSource(),
                                          offsets, sizes, strides);
  }
};

struct FoldUnpack : tw::impl::FoldUnpackBase<FoldUnpack> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SlicePanel>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
