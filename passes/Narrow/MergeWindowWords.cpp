// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/Passes.h"

#include "dialects/Tw/DotBody.h"
#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Schedule/Heuristics.h"

namespace tw {
#define GEN_PASS_DEF_MERGEWINDOWWORDS
#include "passes/Narrow/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-merge-window-words"

using namespace mlir;

namespace {

/// Loops of a convolution along the last two dimensions of its image, the words of a pixel last.
struct WindowLoops {
  unsigned pixel, window, word;
  int64_t stride;
};

/// The loops of `pixel * stride + window`, the first of them parallel.
std::optional<WindowLoops> matchWindow(linalg::LinalgOp op, AffineExpr expr) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  for (auto [left, right] :
       {std::pair(sum.getLHS(), sum.getRHS()), std::pair(sum.getRHS(), sum.getLHS())}) {
    int64_t stride = 1;
    AffineExpr walked = left;
    if (auto scaled = dyn_cast<AffineBinaryOpExpr>(walked)) {
      auto factor = dyn_cast<AffineConstantExpr>(scaled.getRHS());
      if (scaled.getKind() != AffineExprKind::Mul || !factor)
        continue;
      stride = factor.getValue();
      walked = scaled.getLHS();
    }
    auto pixel = dyn_cast<AffineDimExpr>(walked), window = dyn_cast<AffineDimExpr>(right);
    if (pixel && window && stride > 0 &&
        kinds[pixel.getPosition()] == utils::IteratorType::parallel &&
        kinds[window.getPosition()] == utils::IteratorType::reduction)
      return WindowLoops{pixel.getPosition(), window.getPosition(), /*word=*/0, stride};
  }
  return std::nullopt;
}

unsigned countUses(AffineMap map, unsigned loop) {
  return llvm::count_if(map.getResults(),
                        [&](AffineExpr expr) { return expr.isFunctionOfDim(loop); });
}

/// `tensor` with dimensions `dim` and `dim + 1` as one.
Value collapse(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  SmallVector<ReassociationIndices> groups;
  for (int64_t d = 0; d < rank; ++d)
    if (d == dim + 1)
      groups.back().push_back(d);
    else
      groups.push_back({d});
  return tensor::CollapseShapeOp::create(builder, loc, tensor, groups);
}

struct MergeWindow : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    std::optional<unsigned> left = tw::getDotLeftFactor(op);
    if (!left)
      return rewriter.notifyMatchFailure(op, "its body is not one tw.bf16_dot");
    StringRef reason;
    for (unsigned image : {0u, 1u})
      if (std::optional<WindowLoops> loops = match(op, image, reason)) {
        merge(rewriter, op, image, *loops);
        return success();
      }
    return rewriter.notifyMatchFailure(op, reason);
  }

  static std::optional<WindowLoops> match(linalg::LinalgOp op, unsigned image, StringRef &reason) {
    auto refuse = [&](StringRef why) {
      reason = why;
      return std::nullopt;
    };
    OpOperand *pixels = op.getDpsInputOperand(image), *filter = op.getDpsInputOperand(1 - image);
    AffineMap from = op.getMatchingIndexingMap(pixels), by = op.getMatchingIndexingMap(filter);
    AffineMap to = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
    ArrayRef<int64_t> shape = cast<RankedTensorType>(pixels->get().getType()).getShape();
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    if (from.getNumResults() < 2)
      return refuse("it has no image");
    auto word = dyn_cast<AffineDimExpr>(from.getResults().back());
    std::optional<WindowLoops> loops = matchWindow(op, from.getResult(from.getNumResults() - 2));
    if (!word || !loops ||
        op.getIteratorTypesArray()[word.getPosition()] != utils::IteratorType::reduction)
      return refuse("the words of neighbours in a window do not follow one another");
    loops->word = word.getPosition();
    if (ShapedType::isDynamic(shape.back()) || ShapedType::isDynamic(shape[shape.size() - 2]) ||
        ShapedType::isDynamic(sizes[loops->window]) || ShapedType::isDynamic(sizes[loops->pixel]))
      return refuse("its lines have a dynamic size");
    if (sizes[loops->word] >= tw::TileDotOp::kSize || sizes[loops->window] == 1)
      return refuse("the words of one pixel fill a tile, or a window is one pixel");
    if (shape.back() != sizes[loops->word])
      return refuse("it does not read all words of a pixel");
    for (unsigned loop : {loops->pixel, loops->window, loops->word})
      if (countUses(from, loop) != 1)
        return refuse("a dimension of the image depends on the same loop");
    for (int64_t dim = 0; dim + 1 < by.getNumResults(); ++dim)
      if (by.getResult(dim) == getAffineDimExpr(loops->window, op.getContext()) &&
          by.getResult(dim + 1) == word && countUses(by, loops->window) == 1 &&
          countUses(by, loops->word) == 1 && !by.isFunctionOfDim(loops->pixel) &&
          !to.isFunctionOfDim(loops->window) && !to.isFunctionOfDim(loops->word))
        return loops;
    return refuse("the filter does not hold the words of a window one behind the other");
  }

  /// The window's loop goes; that of the words walks both.
  static void merge(PatternRewriter &rewriter, linalg::LinalgOp op, unsigned image,
                    const WindowLoops &loops) {
    Location loc = op.getLoc();
    MLIRContext *context = op.getContext();
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<Value> inputs = op.getDpsInputs();
    unsigned filter = 1 - image;
    AffineExpr window = getAffineDimExpr(loops.window, context);
    int64_t last = maps[image].getNumResults() - 1;
    int64_t place =
        llvm::find(maps[filter].getResults(), window) - maps[filter].getResults().begin();

    inputs[filter] = collapse(rewriter, loc, inputs[filter], place);
    Value lines = collapse(rewriter, loc, inputs[image], last - 1);
    int64_t words = sizes[loops.word];
    inputs[image] = tw::UnfoldOp::create(rewriter, loc, lines, sizes[loops.window] * words,
                                         loops.stride * words);
    // Of pixels that no window of the convolution begins with.
    auto type = cast<RankedTensorType>(inputs[image].getType());
    if (type.getDimSize(last - 1) != sizes[loops.pixel]) {
      SmallVector<OpFoldResult> extent = tensor::getMixedSizes(rewriter, loc, inputs[image]);
      SmallVector<OpFoldResult> zeros(extent.size(), rewriter.getIndexAttr(0));
      SmallVector<OpFoldResult> ones(extent.size(), rewriter.getIndexAttr(1));
      extent[last - 1] = rewriter.getIndexAttr(sizes[loops.pixel]);
      inputs[image] =
          tensor::ExtractSliceOp::create(rewriter, loc, inputs[image], zeros, extent, ones);
    }

    // Loops behind the window's move up by one.
    SmallVector<AffineExpr> renamed;
    for (unsigned loop = 0, loopsLeft = 0; loop < op.getNumLoops(); ++loop)
      renamed.push_back(getAffineDimExpr(loop == loops.window ? 0 : loopsLeft++, context));
    SmallVector<AffineExpr> pixels(maps[image].getResults()), taps(maps[filter].getResults());
    pixels[last - 1] = getAffineDimExpr(loops.pixel, context);
    taps.erase(taps.begin() + place);
    maps[image] = AffineMap::get(op.getNumLoops(), 0, pixels, context);
    maps[filter] = AffineMap::get(op.getNumLoops(), 0, taps, context);
    for (AffineMap &map : maps)
      map = map.replaceDimsAndSymbols(renamed, {}, op.getNumLoops() - 1, 0);
    SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
    kinds.erase(kinds.begin() + loops.window);
    auto merged = linalg::GenericOp::create(rewriter, loc, op->getResultTypes(), inputs,
                                            op.getDpsInits(), maps, kinds);
    rewriter.inlineRegionBefore(op->getRegion(0), merged.getRegion(), merged.getRegion().begin());
    rewriter.replaceOp(op, merged);
  }
};

struct MergeWindowWords : tw::impl::MergeWindowWordsBase<MergeWindowWords> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getTarget(getOperation());
    if (!target || target.getBf16Dot() != "amx")
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<MergeWindow>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
