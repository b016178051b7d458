// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_SEPARATEEMPTYTENSORS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-separate-empty-tensors"

using namespace mlir;

namespace {

/// Of `insertions`, the next one that puts a part of a tensor back where `slice` takes it from, if
/// there is one: they are uses of the same memory, as before and after a loop over the part. Those
/// in other blocks are of other slices, as several loops may have an equal one.
OpOperand *findNext(ArrayRef<OpOperand *> insertions, tensor::ExtractSliceOp slice) {
  OpOperand *next = nullptr;
  for (OpOperand *use : insertions) {
    auto insert = cast<tensor::InsertSliceOp>(use->getOwner());
    if (insert->getBlock() == slice->getBlock() && slice->isBeforeInBlock(insert) &&
        (!next || insert->isBeforeInBlock(next->getOwner())) &&
        insert.isSameAs(slice, [](OpFoldResult a, OpFoldResult b) { return a == b; }))
      next = use;
  }
  return next;
}

struct SeparateEmptyTensors : tw::impl::SeparateEmptyTensorsBase<SeparateEmptyTensors> {
  void runOnOperation() override {
    SmallVector<tensor::EmptyOp> empties;
    getOperation().walk([&](tensor::EmptyOp empty) { empties.push_back(empty); });
    IRRewriter rewriter(&getContext());
    for (tensor::EmptyOp empty : empties)
      separate(rewriter, empty);
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns, /*foldSingleUseOnly=*/true);
    SmallVector<Operation *> views;
    getOperation().walk(
        [&](tensor::EmptyOp empty) { llvm::append_range(views, empty->getUsers()); });
    if (failed(applyOpPatternsGreedily(views, std::move(patterns))))
      return signalPassFailure();
  }

  /// `maker` makes a tensor without contents: a tensor.empty, or a slice of one. Of slices first:
  /// parts of layers that are alike, computed one by one, have one slice of one tensor in common.
  static void separate(IRRewriter &rewriter, Operation *maker) {
    for (Operation *user : llvm::to_vector(maker->getUsers()))
      if (isa<tensor::ExtractSliceOp>(user) && !user->hasOneUse())
        separate(rewriter, user);
    SmallVector<tensor::ExtractSliceOp> slices;
    SmallVector<OpOperand *> insertions;
    for (OpOperand &use : maker->getUses()) {
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(use.getOwner()))
        slices.push_back(slice);
      auto insert = dyn_cast<tensor::InsertSliceOp>(use.getOwner());
      if (insert && &use == &insert.getDestMutable())
        insertions.push_back(&use);
    }
    for (tensor::ExtractSliceOp slice : slices)
      if (OpOperand *insertion = findNext(insertions, slice);
          insertion && insertion->get() == maker->getResult(0)) // not yet that of an equal slice
        giveOwn(rewriter, maker, {&slice.getSourceMutable(), insertion});
    while (!maker->use_empty())
      giveOwn(rewriter, maker, {&*maker->use_begin()});
    rewriter.eraseOp(maker);
  }

  /// Lets `uses`, the first of which comes first, have a tensor of their own.
  static void giveOwn(IRRewriter &rewriter, Operation *maker, ArrayRef<OpOperand *> uses) {
    rewriter.setInsertionPoint(uses.front()->getOwner());
    Operation *own = rewriter.clone(*maker);
    for (OpOperand *use : uses)
      rewriter.modifyOpInPlace(use->getOwner(), [&] { use->set(own->getResult(0)); });
  }
};

} // namespace
