// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "passes/Graph/EdgeWindows.h"
#include "passes/Schedule/WinogradSchedule.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_FORMGROUPS
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-form-groups"

using namespace mlir;

namespace {

/// All loops parallel and every result written through a permutation: one value per element.
bool isElementwise(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || isa<linalg::FillOp>(op) || linalgOp.getNumDpsInits() != 1)
    return false;
  if (linalgOp.getNumLoops() != linalgOp.getNumParallelLoops())
    return false;
  return linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0)).isPermutation();
}

/// True unless a fill is only the start of a computation: then it is computed with its tiles.
bool needsMemory(OpOperand &use) {
  auto user = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
  return !user || !isa<TilingInterface>(use.getOwner()) || !user.isDpsInit(&use);
}

/// Operations that are computed as loops over tensors and so belong to a group.
bool isStructured(Operation *op) {
  if (!isa<DestinationStyleOpInterface>(op) || !isa<TilingInterface>(op))
    return false;
  // Only checks its inputs; there is nothing to cut into tasks or to fuse with.
  if (op->getNumResults() == 0)
    return false;
  // Other fills are cloned into their users' groups.
  if (isa<linalg::FillOp>(op))
    return llvm::any_of(op->getUses(), needsMemory);
  // A view of packed weights.
  return !isa<linalg::UnPackOp>(op);
}

/// A row operation computes each row from that row alone, so an elementwise producer fused into
/// it is computed once. In a contraction it would be computed once per column block, in a scatter
/// once per block of places.
bool isRowOperation(Operation *op) {
  return !isa<linalg::LinalgOp, tw::ScatterOp, tw::WinogradInputOp, tw::WinogradOutputOp>(op);
}

struct GroupBuilder {
  GroupBuilder(Operation *root, const DenseSet<Operation *> &taken) : taken(taken) {
    members.insert(root);
    last = root;
  }

  void addEpilogue() {
    while (last->getNumResults() == 1 && last->getResult(0).hasOneUse()) {
      OpOperand &use = *last->getResult(0).getUses().begin();
      Operation *user = use.getOwner();
      if (user->getBlock() != last->getBlock() || taken.contains(user))
        return refuse(user, "it is in another block or group");
      if (!isElementwise(user))
        return refuse(user, "it is not elementwise");
      auto linalgUser = cast<linalg::LinalgOp>(user);
      if (linalgUser.isDpsInit(&use))
        return refuse(user, "it takes the root's result as its destination");
      if (!linalgUser.getMatchingIndexingMap(&use).isPermutation())
        return refuse(user, "it broadcasts or transposes the root's result to more elements");
      members.insert(user);
      last = user;
    }
  }

  void addElementwiseProducers(Operation *consumer) {
    for (Value operand : consumer->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || taken.contains(producer) || members.contains(producer) ||
          producer->getBlock() != consumer->getBlock())
        continue;
      if (!isElementwise(producer) || !operand.hasOneUse()) {
        LDBG() << "producer stays outside: it is not elementwise or has other uses";
        continue;
      }
      members.insert(producer);
      addElementwiseProducers(producer);
    }
  }

  /// The products and the first transform of a Winograd convolution whose last is the root.
  void addWinogradProducers(tw::TargetAttr target) {
    auto output = cast<tw::WinogradOutputOp>(last);
    auto products = output.getInput().getDefiningOp<linalg::GenericOp>();
    auto input = products ? products->getOperand(0).getDefiningOp<tw::WinogradInputOp>() : nullptr;
    if (!input || !products->hasOneUse() || !input->hasOneUse() ||
        !tw::prefersBlocks(input, output, target)) {
      LDBG() << "transforms are groups of their own: " << output;
      return;
    }
    members.insert(products);
    members.insert(input);
  }

  /// The transpose and the padding in front of a window at the edge of a model, block by block.
  void addEdge(linalg::LinalgOp window, tw::TargetAttr target) {
    std::optional<tw::EdgeWindow> edge = tw::matchEdgeWindow(window, target);
    if (!edge || taken.contains(edge->transpose))
      return;
    members.insert(edge->transpose);
    if (edge->pad)
      members.insert(edge->pad);
  }

  void refuse(Operation *user, StringRef reason) {
    LDBG() << "epilogue ends before " << user->getName() << ": " << reason;
  }

  tw::GroupOp build(IRRewriter &rewriter) {
    SmallVector<Operation *> ordered(members.begin(), members.end());
    llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    rewriter.setInsertionPoint(last);
    auto group =
        tw::GroupOp::create(rewriter, last->getLoc(), last->getResultTypes(), tw::ScheduleAttr());
    Block *body = rewriter.createBlock(&group.getBody());
    for (Operation *op : ordered)
      rewriter.moveOpBefore(op, body, body->end());
    rewriter.setInsertionPointToEnd(body);
    auto yield = tw::YieldOp::create(rewriter, last->getLoc(), last->getResults());
    rewriter.replaceUsesWithIf(last->getResults(), group.getResults(),
                               [&](OpOperand &use) { return use.getOwner() != yield; });
    for (Operation *op : ordered)
      cloneInitsInto(rewriter, op);
    return group;
  }

  /// Fills and empty tensors are computed per tile, so each group has its own.
  static void cloneInitsInto(IRRewriter &rewriter, Operation *op) {
    auto dps = dyn_cast<DestinationStyleOpInterface>(op);
    if (!dps)
      return;
    for (OpOperand &init : dps.getDpsInitsMutable()) {
      Operation *def = init.get().getDefiningOp();
      if (!def || def->getBlock() == op->getBlock() || !isa<linalg::FillOp, tensor::EmptyOp>(def))
        continue;
      rewriter.setInsertionPoint(op);
      Operation *clone = rewriter.clone(*def);
      rewriter.modifyOpInPlace(op, [&] { init.set(clone->getResult(0)); });
      cloneInitsInto(rewriter, clone);
    }
  }

  const DenseSet<Operation *> &taken;
  llvm::SetVector<Operation *> members;
  Operation *last;
};

struct FormGroups : tw::impl::FormGroupsBase<FormGroups> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    DenseSet<Operation *> taken;
    // What the producers of a row compute has to be kept for the length of the row: a core has
    // caches for that, the thread of a GPU has a few registers.
    auto target =
        getOperation()->getParentOfType<ModuleOp>()->getAttrOfType<tw::TargetAttr>(tw::kTargetAttr);
    bool keepsRows = !target || target.getKind() == "cpu";
    for (Block &block : getOperation().getBody()) {
      SmallVector<Operation *> structured;
      for (Operation &op : block)
        if (isStructured(&op))
          structured.push_back(&op);
      auto form = [&](Operation *root) {
        if (taken.contains(root))
          return;
        GroupBuilder builder(root, taken);
        if (isa<tw::WinogradOutputOp>(root) && target)
          builder.addWinogradProducers(target);
        if (auto linalgOp = dyn_cast<linalg::LinalgOp>(root))
          builder.addEdge(linalgOp, target);
        builder.addEpilogue();
        if (keepsRows && isRowOperation(root))
          builder.addElementwiseProducers(root);
        taken.insert(builder.members.begin(), builder.members.end());
        builder.build(rewriter);
      };
      // What comes after its producers may take them in.
      for (Operation *op : structured)
        if (isa<tw::WinogradOutputOp>(op))
          form(op);
      // Heavy roots choose first: an elementwise operation between two contractions belongs to
      // the one that produces it, not to a group of its own.
      for (Operation *op : structured)
        if (!isElementwise(op))
          form(op);
      for (Operation *op : structured)
        form(op);
    }
  }
};

} // namespace
