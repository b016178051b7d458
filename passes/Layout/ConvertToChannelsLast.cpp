// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Layout/Transposes.h"
#include "passes/Layout/WindowDims.h"

namespace tw {
#define GEN_PASS_DEF_CONVERTTOCHANNELSLAST
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-convert-to-channels-last"

using namespace mlir;

namespace {

/// Positions of loops in an order: order[position[loop]] == loop.
SmallVector<int64_t> positionsOf(ArrayRef<int64_t> order) { return invertPermutationVector(order); }

/// The permutation that sorts the dimensions of an operand by the loop that each runs over; a
/// convolved dimension counts as its output pixels.
tw::Permutation sortByLoop(AffineMap map, ArrayRef<int64_t> positions, const tw::WindowDims &dims) {
  auto positionOf = [&](int64_t result) {
    int64_t position = -1;
    map.getResult(result).walk([&](AffineExpr expr) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (dim && (isa<AffineDimExpr>(map.getResult(result)) ||
                  llvm::is_contained(dims.image, dim.getPosition())))
        position = positions[dim.getPosition()];
    });
    return position;
  };
  auto perm = llvm::to_vector(llvm::seq<int64_t>(0, map.getNumResults()));
  llvm::stable_sort(perm, [&](int64_t a, int64_t b) { return positionOf(a) < positionOf(b); });
  return perm;
}

/// Whether the channels of the result fill so little of a vector that sums along the channels of
/// the input, with the lanes added up at the end, take fewer steps: the last layers of decoders.
/// Eight channels are half a vector, and as fast either way.
bool hasFewColumns(linalg::LinalgOp op, const tw::WindowDims &dims) {
  constexpr int64_t kFewColumns = 7, kLeastDepth = 16;
  if (dims.outputChannel.size() != 1 || dims.inputChannel.size() != 1 || !dims.group.empty())
    return false;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t columns = ranges[dims.outputChannel.front()], depth = ranges[dims.inputChannel.front()];
  return !ShapedType::isDynamic(columns) && columns <= kFewColumns &&
         !ShapedType::isDynamic(depth) && depth >= kLeastDepth;
}

/// Convolution or pooling, named or generic, of any number of spatial dimensions: becomes a
/// linalg.generic over (batch, pixels, groups, output channels, window, input channels) between
/// transposes that bring its operands into that order.
struct SortWindowLoops : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "works on buffers");
    FailureOr<tw::WindowDims> dims = tw::inferWindowDims(op);
    if (failed(dims))
      return rewriter.notifyMatchFailure(op, "not a convolution or pooling");

    auto orderOf = [](ArrayRef<ArrayRef<unsigned>> parts) {
      SmallVector<int64_t> order;
      for (ArrayRef<unsigned> part : parts)
        llvm::append_range(order, part);
      return order;
    };
    SmallVector<int64_t> loops = orderOf({dims->batch, dims->image, dims->group,
                                          dims->outputChannel, dims->window, dims->inputChannel});
    // Each group is a convolution of its own, so its filter stays in one piece. A depthwise filter
    // is read one pixel of the window at a time for a whole vector of channels.
    bool grouped = !dims->group.empty() && !dims->inputChannel.empty();
    SmallVector<int64_t> filterOrder =
        hasFewColumns(op, *dims) ? orderOf({dims->window, dims->outputChannel, dims->inputChannel,
                                            dims->batch, dims->image})
        : grouped ? orderOf({dims->group, dims->window, dims->inputChannel, dims->outputChannel,
                             dims->batch, dims->image})
                  : orderOf({dims->window, dims->group, dims->inputChannel, dims->outputChannel,
                             dims->batch, dims->image});
    SmallVector<int64_t> positions = positionsOf(loops), filterPositions = positionsOf(filterOrder);

    SmallVector<tw::Permutation> perms;
    SmallVector<AffineMap> maps;
    SmallVector<AffineExpr> newLoop;
    for (int64_t position : positions)
      newLoop.push_back(rewriter.getAffineDimExpr(position));
    for (auto [index, map] : llvm::enumerate(op.getIndexingMapsArray())) {
      perms.push_back(sortByLoop(map, index == 1 ? filterPositions : positions, *dims));
      SmallVector<AffineExpr> exprs = applyPermutation(map.getResults(), perms.back());
      for (AffineExpr &expr : exprs)
        expr = expr.replaceDims(newLoop);
      maps.push_back(AffineMap::get(loops.size(), 0, exprs, op.getContext()));
    }
    if (isa<linalg::GenericOp>(op) && isIdentityPermutation(loops) &&
        llvm::all_of(perms, isIdentityPermutation))
      return rewriter.notifyMatchFailure(op, "channels are last already");

    Location loc = op.getLoc();
    SmallVector<Value> operands;
    for (auto [operand, perm] : llvm::zip_equal(op->getOperands(), perms))
      operands.push_back(tw::createTransposed(rewriter, loc, operand, perm));
    SmallVector<utils::IteratorType> iterators =
        applyPermutation(op.getIteratorTypesArray(), loops);
    auto generic =
        linalg::GenericOp::create(rewriter, loc, operands.back().getType(),
                                  ArrayRef(operands).drop_back(), operands.back(), maps, iterators);
    generic->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    generic->removeDiscardableAttr(linalg::LinalgDialect::kMemoizedIndexingMapsAttrName);
    IRMapping mapping;
    op->getRegion(0).cloneInto(&generic.getRegion(), mapping);
    generic.walk([&](linalg::IndexOp index) { index.setDim(positions[index.getDim()]); });
    rewriter.replaceOp(op, tw::createTransposed(rewriter, loc, generic->getResult(0),
                                                invertPermutationVector(perms.back())));
    return success();
  }
};

struct ConvertToChannelsLast : tw::impl::ConvertToChannelsLastBase<ConvertToChannelsLast> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<SortWindowLoops>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
