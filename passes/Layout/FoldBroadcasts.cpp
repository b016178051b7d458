// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_FOLDBROADCASTS
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-broadcasts"

using namespace mlir;

namespace {

/// Which dimensions of a broadcast value are those of its source; the value is the same along the
/// others.
struct Broadcast {
  Value source;
  SmallVector<int64_t> sourceDims;
};

FailureOr<Broadcast> matchBroadcast(Value value);

/// A broadcast of which dimensions are merged that it has added, as those of a batch, or that have
/// size 1.
FailureOr<Broadcast> matchMerged(tensor::CollapseShapeOp collapse) {
  FailureOr<Broadcast> wide = matchBroadcast(collapse.getSrc());
  if (failed(wide))
    return failure();
  Broadcast broadcast{wide->source, {}};
  for (auto [merged, group] : llvm::enumerate(collapse.getReassociationIndices())) {
    auto isSource = [&](int64_t dim) { return llvm::is_contained(wide->sourceDims, dim); };
    auto repeats = [&](int64_t dim) {
      return !isSource(dim) && collapse.getSrcType().getDimSize(dim) != 1;
    };
    int64_t numSources = llvm::count_if(group, isSource);
    if (numSources > 1 || (numSources == 1 && llvm::any_of(group, repeats)))
      return failure();
    if (numSources == 1)
      broadcast.sourceDims.push_back(merged);
  }
  return broadcast;
}

/// An expansion that only adds dimensions of size 1 is one, and so is linalg.broadcast, named or as
/// a linalg.generic.
FailureOr<Broadcast> matchBroadcast(Value value) {
  if (auto op = value.getDefiningOp<tensor::CollapseShapeOp>())
    return matchMerged(op);
  if (auto op = value.getDefiningOp<linalg::BroadcastOp>()) {
    Broadcast broadcast{op.getInput(), {}};
    for (int64_t dim = 0; dim < op.getInit().getType().getRank(); ++dim)
      if (!llvm::is_contained(op.getDimensions(), dim))
        broadcast.sourceDims.push_back(dim);
    return broadcast;
  }
  if (auto op = value.getDefiningOp<linalg::GenericOp>()) {
    std::optional<SmallVector<int64_t>> added = linalg::isaBroadcastOpInterface(op);
    if (!added)
      return failure();
    Broadcast broadcast{op.getInputs().front(), {}};
    for (int64_t dim = 0; dim < static_cast<int64_t>(op.getNumLoops()); ++dim)
      if (!llvm::is_contained(*added, dim))
        broadcast.sourceDims.push_back(dim);
    return broadcast;
  }
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  if (!expand)
    return failure();
  Broadcast broadcast{expand.getSrc(), {}};
  for (const ReassociationIndices &group : expand.getReassociationIndices()) {
    SmallVector<int64_t> wide;
    llvm::copy_if(group, std::back_inserter(wide),
                  [&](int64_t dim) { return expand.getResultType().getDimSize(dim) != 1; });
    if (wide.size() > 1)
      return failure();
    broadcast.sourceDims.push_back(wide.empty() ? group.front() : wide.front());
  }
  return broadcast;
}

/// linalg.generic that reads a broadcast value: reads its source, through a map without the
/// dimensions that the broadcast added.
struct ReadBroadcastSource : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand *input : op.getDpsInputOperands()) {
      FailureOr<Broadcast> broadcast = matchBroadcast(input->get());
      if (failed(broadcast))
        continue;
      SmallVector<AffineMap> maps = op.getIndexingMapsArray();
      AffineMap &map = maps[input->getOperandNumber()];
      SmallVector<unsigned> kept(broadcast->sourceDims.begin(), broadcast->sourceDims.end());
      map = map.getSubMap(kept);
      if (!inversePermutation(concatAffineMaps(maps, op.getContext()))) {
        return rewriter.notifyMatchFailure(op, "the broadcast alone gives a loop its size");
      }
      rewriter.modifyOpInPlace(op, [&] {
        input->set(broadcast->source);
        op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "reads no broadcast value");
  }
};

/// Named contraction of a value that is the same for the whole batch: becomes a linalg.generic,
/// which can read the source. Weights are then read, and packed, once and not once a batch.
struct GeneralizeContraction : OpInterfaceRewritePattern<linalg::ContractionOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::ContractionOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto linalgOp = cast<linalg::LinalgOp>(op.getOperation());
    if (isa<linalg::GenericOp>(linalgOp) || !linalgOp.hasPureTensorSemantics())
      return rewriter.notifyMatchFailure(op, "not a named contraction of tensors");
    // Reshapes that only add dimensions of size 1 are left: a named contraction says more.
    auto isRepeated = [](OpOperand *input) {
      FailureOr<Broadcast> broadcast = matchBroadcast(input->get());
      auto type = cast<RankedTensorType>(input->get().getType());
      return succeeded(broadcast) && llvm::any_of(llvm::seq(type.getRank()), [&](int64_t dim) {
               return type.getDimSize(dim) != 1 && !llvm::is_contained(broadcast->sourceDims, dim);
             });
    };
    if (llvm::none_of(linalgOp.getDpsInputOperands(), isRepeated))
      return rewriter.notifyMatchFailure(op, "reads no value that is repeated");
    return linalg::generalizeNamedOp(rewriter, linalgOp);
  }
};

/// expand_shape of a linalg.broadcast: broadcasts the expanded source, so that the broadcast can be
/// folded into its reader. A group of dimensions must be broadcast as a whole or not at all.
struct SwapExpandOfBroadcast : OpRewritePattern<tensor::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tensor::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    auto broadcast = op.getSrc().getDefiningOp<linalg::BroadcastOp>();
    if (!broadcast)
      return rewriter.notifyMatchFailure(op, "does not expand a linalg.broadcast");
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), sourceSizes;
    SmallVector<ReassociationIndices> sourceGroups;
    SmallVector<int64_t> added, sourceShape;
    for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
      if (llvm::is_contained(broadcast.getDimensions(), dim)) {
        llvm::append_range(added, group);
        continue;
      }
      sourceGroups.emplace_back();
      for (int64_t expanded : group) {
        sourceGroups.back().push_back(sourceShape.size());
        sourceShape.push_back(op.getResultType().getDimSize(expanded));
        sourceSizes.push_back(sizes[expanded]);
      }
    }
    Location loc = op.getLoc();
    Type elementType = op.getResultType().getElementType();
    Value source = tensor::ExpandShapeOp::create(rewriter, loc,
                                                 RankedTensorType::get(sourceShape, elementType),
                                                 broadcast.getInput(), sourceGroups, sourceSizes);
    Value empty = tensor::EmptyOp::create(rewriter, loc, sizes, elementType);
    rewriter.replaceOpWithNewOp<linalg::BroadcastOp>(op, source, empty, added);
    return success();
  }
};

struct FoldBroadcasts : tw::impl::FoldBroadcastsBase<FoldBroadcasts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReadBroadcastSource, GeneralizeContraction, SwapExpandOfBroadcast>(&getContext());
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
