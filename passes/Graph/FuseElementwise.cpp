// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Graph/CollapseLoops.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Graph/ElementwiseOps.h"
#include "passes/Graph/ReadingOrder.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fuse-elementwise"

using namespace mlir;

namespace {

/// More tensors than this are more streams than a core prefetches.
constexpr int64_t kMaxInputs = 12;

/// A contraction, window or reduction has `op` as its epilogue.
bool isEpilogue(linalg::GenericOp op) {
  return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *input) {
    return tw::isReductionResult(input->get()) && op.getMatchingIndexingMap(input).isPermutation();
  });
}

/// Goes through the operations from producers to consumers. When one is reached, all that comes
/// before it is fused as far as it can be, so each is looked at once.
class Fuser {
public:
  explicit Fuser(func::FuncOp function) : rewriter(function.getContext()) {
    tw::ConstantValues constants(function);
    function.walk([&](linalg::GenericOp op) {
      worklist.push_back(op);
      if (op.getNumResults() > 0 && constants.contains(op.getResult(0)))
        constantWork.insert(op);
    });
  }

  void run() {
    for (linalg::GenericOp op : worklist) {
      bool elementwise = tw::isElementwise(op);
      if (!elementwise && !tw::isPlainReduction(op))
        continue;
      if (elementwise)
        tw::nameUnitLoops(rewriter, op);
      while (fuseAnyProducer(op) || (elementwise && alignWithRoot(op)))
        continue;
    }
  }

private:
  /// Fuses one of the producers of `op` into it, and sets `op` to the result.
  bool fuseAnyProducer(linalg::GenericOp &op) {
    for (OpOperand *input : op.getDpsInputOperands()) {
      if (input->get().getDefiningOp<linalg::GenericOp>()) {
        if (fuse(op, input))
          return true;
      } else if (input->get().getDefiningOp<tensor::ExpandShapeOp>()) {
        if (fuseThroughExpansion(op, input))
          return true;
      } else if (input->get().getDefiningOp<tensor::CollapseShapeOp>()) {
        if (fuseThroughCollapse(op, input))
          return true;
      }
    }
    return false;
  }

  /// The reason not to fuse `producer` into `op`, which reads its result through `map`.
  std::optional<StringRef> refuse(linalg::GenericOp producer, linalg::GenericOp op, AffineMap map,
                                  bool singleUse) {
    if (!tw::isElementwise(producer) || producer->getBlock() != op->getBlock())
      return "it is not elementwise, or in another block";
    if (producer.getNumDpsInputs() + op.getNumDpsInputs() - 1 > kMaxInputs)
      return "too many operands";
    if (tw::isTranspose(producer))
      return "it transposes, and would be read with a stride";
    tw::BodyCost cost = tw::getBodyCost(producer);
    bool isFree = cost.operations == 0;
    bool epilogue = isEpilogue(producer);
    if (!singleUse && !isFree && (epilogue || !tw::isCheaperThanItsResult(producer)))
      return "it has other users";
    if (constantWork.contains(producer) != constantWork.contains(op) && !isFree)
      return "it is computed once, at load";
    if (epilogue && !tw::isElementwise(op))
      return "it is the epilogue of another operation, and its user reduces";
    if (epilogue && !tw::keepsOrder(map))
      return "it is the epilogue of another operation, and its user transposes";
    if (tw::readsThroughBroadcast(op, map) &&
        (epilogue || cost.expensive || cost.operations > 1 || producer.getNumDpsInputs() > 1))
      return "it would be computed again for each element that it is broadcast to";
    if (!tw::isElementwise(op) && !tw::canReadInOrder(producer, op, map))
      return "its user reduces, and would read with a stride";
    return std::nullopt;
  }

  bool isRefused(linalg::GenericOp producer, linalg::GenericOp op, AffineMap map, bool singleUse) {
    std::optional<StringRef> reason = refuse(producer, op, map, singleUse);
    if (reason)
      LDBG() << "not fused: " << *reason << "\n  " << producer << "\n  into " << op;
    return reason.has_value();
  }

  bool fuse(linalg::GenericOp &op, OpOperand *input) {
    auto producer = input->get().getDefiningOp<linalg::GenericOp>();
    bool singleUse = input->get().hasOneUse();
    if (isRefused(producer, op, op.getMatchingIndexingMap(input), singleUse) ||
        !linalg::areElementwiseOpsFusable(input))
      return false;
    rewriter.setInsertionPoint(op);
    // A copy for this user alone: what is fused while it has other users would become a second
    // result.
    if (!singleUse) {
      auto copy = cast<linalg::GenericOp>(rewriter.clone(*producer));
      rewriter.modifyOpInPlace(op, [&] { input->set(copy.getResult(0)); });
      producer = copy;
    }
    FailureOr<linalg::ElementwiseOpFusionResult> fused =
        linalg::fuseElementwiseOps(rewriter, input);
    if (failed(fused))
      return false;
    auto result = cast<linalg::GenericOp>(fused->fusedOp);
    Value old = op.getResult(0);
    rewriter.replaceAllUsesWith(old, fused->replacements.lookup(old));
    rewriter.eraseOp(op);
    result = tw::mergeRepeatedInputs(rewriter, result);
    replaced(op, tw::isElementwise(result) ? result : tw::readInOrder(rewriter, result));
    constantWork.erase(producer);
    if (producer->use_empty())
      rewriter.eraseOp(producer);
    return true;
  }

  /// Producer, then tensor.expand_shape, then `op`: computes `op` on the producer's shape.
  bool fuseThroughExpansion(linalg::GenericOp &op, OpOperand *input) {
    auto expand = input->get().getDefiningOp<tensor::ExpandShapeOp>();
    auto producer = expand.getSrc().getDefiningOp<linalg::GenericOp>();
    if (!producer || !expand->hasOneUse() || !tw::isElementwise(op))
      return false;
    AffineMap map = op.getMatchingIndexingMap(input);
    if (isRefused(producer, op, map, producer->hasOneUse()))
      return false;
    return collapse(op, map, expand.getReassociationIndices());
  }

  /// Producer, then tensor.collapse_shape, then `op`: computes the producer on the shape of `op`.
  bool fuseThroughCollapse(linalg::GenericOp &op, OpOperand *input) {
    auto collapsed = input->get().getDefiningOp<tensor::CollapseShapeOp>();
    auto producer = collapsed.getSrc().getDefiningOp<linalg::GenericOp>();
    if (!producer || !collapsed->hasOneUse() ||
        isRefused(producer, op, op.getMatchingIndexingMap(input), producer->hasOneUse()) ||
        isEpilogue(producer))
      return false;
    AffineMap map = producer.getMatchingIndexingMap(producer.getDpsInitOperand(0));
    if (!collapse(producer, map, collapsed.getReassociationIndices()))
      return false;
    if (producer.getResult(0).getType() == collapsed.getType())
      rewriter.replaceOp(collapsed, producer.getResult(0));
    return true;
  }

  /// If `op` could be the epilogue of a contraction but for a reshape, or for loops of one
  /// iteration, moves the reshape below `op`.
  bool alignWithRoot(linalg::GenericOp &op) {
    if (isEpilogue(op))
      return false;
    for (OpOperand *input : op.getDpsInputOperands()) {
      Value value = input->get();
      AffineMap map = op.getMatchingIndexingMap(input);
      auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
      Value root = expand ? expand.getSrc() : value;
      if (!tw::isReductionResult(root) || !value.hasOneUse() || !root.hasOneUse())
        continue;
      SmallVector<ReassociationIndices> dims;
      if (expand)
        dims = expand.getReassociationIndices();
      else
        for (int64_t dim = 0; dim < map.getNumResults(); ++dim)
          dims.push_back({dim});
      if (collapse(op, map, dims))
        return true;
    }
    return false;
  }

  bool collapse(linalg::GenericOp &op, AffineMap map, ArrayRef<ReassociationIndices> dims) {
    FailureOr<tw::LoopGroups> groups = tw::getLoopGroups(op, map, dims);
    if (failed(groups) || groups->size() == op.getNumLoops())
      return false;
    FailureOr<linalg::GenericOp> collapsed = tw::collapseLoops(rewriter, op, *groups);
    if (failed(collapsed))
      return false;
    replaced(op, *collapsed);
    return true;
  }

  /// Goes on with the new form of an operation, which is work on constants if the old one was.
  void replaced(linalg::GenericOp &op, linalg::GenericOp by) {
    if (constantWork.erase(op))
      constantWork.insert(by);
    op = by;
  }

  IRRewriter rewriter;
  SmallVector<linalg::GenericOp> worklist;
  DenseSet<Operation *> constantWork;
};

struct FuseElementwise : tw::impl::FuseElementwiseBase<FuseElementwise> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    if (failed(prepare()))
      return signalPassFailure();
    Fuser(getOperation()).run();
  }

  /// One form for all elementwise operations, whose uses are uses of elements: linalg.generic
  /// without inputs that are one value, or that are read twice.
  LogicalResult prepare() {
    SmallVector<linalg::LinalgOp> named;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (!isa<linalg::GenericOp, linalg::FillOp, linalg::CopyOp, linalg::TransposeOp,
               linalg::BroadcastOp>(op.getOperation()) &&
          tw::isElementwise(op))
        named.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      if (failed(linalg::generalizeNamedOp(rewriter, op)))
        LDBG() << "stays a named operation: " << op;
    }
    RewritePatternSet patterns(&getContext());
    // Nothing is fused here: upstream's patterns bring in fills and splats, and drop destinations
    // whose values are not used.
    linalg::populateElementwiseOpsFusionPatterns(patterns, [](OpOperand *) { return false; });
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }
};

} // namespace
