// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "passes/Layout/Relayout.h"
#include "passes/Layout/TransposeCost.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_PROPAGATETRANSPOSES
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-propagate-transposes"

using namespace mlir;

namespace {

/// Moves the transposes of one block. Each step computes one operation in another layout; which
/// steps are worth it is decided by the bytes of the transposes that it adds and removes.
class Propagation {
public:
  explicit Propagation(Block &block) : block(block), rewriter(block.getParentOp()->getContext()) {}

  /// Moves transposes from the operands of operations to their results, in program order, so that
  /// one walk takes each as far down as it goes.
  void sink() {
    for (Operation *op = &block.front(); op; op = next) {
      next = op->getNextNode();
      sinkThrough(op);
    }
  }

  /// Moves transposes from results to operands where that makes them smaller: past a pad or an
  /// upsampling, and into another transpose.
  void hoist() {
    for (auto transpose : block.getOps<linalg::TransposeOp>())
      worklist.insert(transpose);
    while (!worklist.empty())
      hoistAbove(cast<linalg::TransposeOp>(worklist.pop_back_val()));
  }

private:
  void sinkThrough(Operation *op) {
    if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
      return join(transpose);
    if (auto dim = dyn_cast<tensor::DimOp>(op))
      return readSizeAbove(dim);
    // The largest transposed source says which layout to take.
    SmallVector<Value> sources = tw::getSources(op);
    Value chosen;
    for (Value source : sources)
      if (source.getDefiningOp<linalg::TransposeOp>() &&
          (!chosen || tw::getTransposedBytes(source) > tw::getTransposedBytes(chosen)))
        chosen = source;
    if (!chosen)
      return;
    auto transpose = chosen.getDefiningOp<linalg::TransposeOp>();
    FailureOr<tw::Relayout> relayout =
        tw::relayoutFromSource(op, llvm::find(sources, chosen) - sources.begin(),
                               invertPermutationVector(transpose.getPermutation()));
    if (failed(relayout)) {
      LDBG() << "transpose stays above " << op->getName() << ": it keeps its layout";
      return;
    }
    int64_t added = 0, removed = 0, below = 0;
    for (auto [index, source] : llvm::enumerate(sources)) {
      if (source.getDefiningOp<linalg::TransposeOp>() && source.hasOneUse())
        removed += tw::getTransposedBytes(source);
      if (tw::readsSource(op, index))
        added += tw::getTransposeCost(source, relayout->sources[index]);
    }
    for (auto [result, perm] : llvm::zip_equal(op->getResults(), relayout->results))
      if (!tw::movesNoData(cast<RankedTensorType>(result.getType()), perm))
        below += tw::getTransposedBytes(result);
    // A transpose with several users stays until the last of them is moved above it.
    int64_t uses = std::distance(chosen.use_begin(), chosen.use_end());
    bool moves = added == 0 && below * uses <= tw::getTransposedBytes(chosen);
    bool meets = added <= removed && llvm::any_of(op->getResults(), tw::reachesTranspose);
    if (!moves && !meets) {
      LDBG() << "transpose stays above " << op->getName() << ": it would add " << added
             << " bytes, remove " << removed << " and leave " << below << " below";
      return;
    }
    apply(op, *relayout, sources);
  }

  void hoistAbove(linalg::TransposeOp transpose) {
    auto value = dyn_cast<OpResult>(transpose.getInput());
    if (!value || value.getOwner()->getNumResults() != 1)
      return;
    Operation *producer = value.getOwner();
    if (isa<linalg::TransposeOp>(producer))
      return join(transpose);
    ArrayRef<int64_t> perm = transpose.getPermutation();
    // It is free where it is. Below, it may meet one that is not; and channels stay last.
    if (tw::movesNoData(cast<RankedTensorType>(value.getType()), perm))
      return;
    FailureOr<tw::Relayout> relayout = tw::relayoutFromResult(producer, perm);
    if (failed(relayout)) {
      LDBG() << "transpose stays below " << producer->getName() << ": it keeps its layout";
      return;
    }
    int64_t added = 0, removed = tw::getTransposedBytes(value);
    SmallVector<Value> sources = tw::getSources(producer);
    for (auto [index, source] : llvm::enumerate(sources))
      if (tw::readsSource(producer, index))
        added += tw::getTransposeCost(source, relayout->sources[index]);
    // Other users, but for those that ask for a size, need it as it was.
    if (!llvm::all_of(value.getUsers(), [&](Operation *user) {
          auto other = dyn_cast<linalg::TransposeOp>(user);
          return isa<tensor::DimOp>(user) || (other && other.getPermutation() == perm);
        }))
      added += removed;
    if (added >= removed) {
      LDBG() << "transpose stays below " << producer->getName() << ": above it would move " << added
             << " bytes instead of " << removed;
      return;
    }
    apply(producer, *relayout, sources);
  }

  /// Transpose of a transpose: one transpose, or none.
  void join(linalg::TransposeOp transpose) {
    auto inner = transpose.getInput().getDefiningOp<linalg::TransposeOp>();
    if (inner)
      replace(transpose,
              createTransposed(transpose, inner->getResult(0), transpose.getPermutation()));
  }

  /// A size of a transposed value is one of the value: asking for it must not keep the transpose.
  void readSizeAbove(tensor::DimOp dim) {
    auto transpose = dim.getSource().getDefiningOp<linalg::TransposeOp>();
    if (!transpose || !dim.getConstantIndex())
      return;
    rewriter.setInsertionPoint(dim);
    int64_t index = transpose.getPermutation()[*dim.getConstantIndex()];
    Value size = rewriter.createOrFold<tensor::DimOp>(dim.getLoc(), transpose.getInput(), index);
    replace(dim, size);
  }

  Value createTransposed(Operation *before, Value value, ArrayRef<int64_t> perm) {
    rewriter.setInsertionPoint(before);
    Value transposed = tw::createTransposed(rewriter, before->getLoc(), value, perm);
    if (auto transpose = transposed.getDefiningOp<linalg::TransposeOp>())
      worklist.insert(transpose);
    return transposed;
  }

  /// Replaces `op` by itself in another layout.
  void apply(Operation *op, const tw::Relayout &relayout, ArrayRef<Value> sources) {
    SmallVector<Value> transposed;
    for (auto [index, source] : llvm::enumerate(sources)) {
      ArrayRef<int64_t> perm = relayout.sources[index];
      if (perm.empty() || isIdentityPermutation(perm)) {
        transposed.push_back(source);
        continue;
      }
      Value from = source;
      if (!tw::readsSource(op, index)) {
        rewriter.setInsertionPoint(op);
        from = tw::createEmptyLike(rewriter, op->getLoc(), source,
                                   cast<RankedTensorType>(source.getType()).getElementType());
      }
      transposed.push_back(createTransposed(op, from, perm));
    }
    rewriter.setInsertionPoint(op);
    Operation *moved = tw::createRelayouted(rewriter, op, relayout, transposed);
    SmallVector<Value> results;
    for (auto [result, perm] : llvm::zip_equal(moved->getResults(), relayout.results))
      results.push_back(createTransposed(op, result, invertPermutationVector(perm)));
    replace(op, results);
  }

  /// Replaces and erases `op`, and what is dead then, because costs count the uses of transposes.
  /// Users that undo the transpose of a new value are looked through.
  void replace(Operation *op, ValueRange values) {
    llvm::SetVector<Operation *> unused;
    SmallVector<tensor::DimOp> sizes;
    for (auto [result, value] : llvm::zip_equal(op->getResults(), values)) {
      auto transpose = value.getDefiningOp<linalg::TransposeOp>();
      if (!transpose)
        continue;
      unused.insert(transpose);
      for (Operation *user : llvm::make_early_inc_range(result.getUsers())) {
        if (auto dim = dyn_cast<tensor::DimOp>(user))
          sizes.push_back(dim);
        auto outer = dyn_cast<linalg::TransposeOp>(user);
        if (!outer || outer.getInput() != result ||
            !isIdentityPermutation(
                applyPermutation(transpose.getPermutation(), outer.getPermutation())))
          continue;
        rewriter.replaceAllUsesWith(outer->getResult(0), transpose.getInput());
        unused.insert(outer);
      }
    }
    rewriter.replaceAllUsesWith(op->getResults(), values);
    for (tensor::DimOp dim : sizes)
      readSizeAbove(dim);
    unused.insert(op);
    while (!unused.empty())
      eraseIfDead(unused.pop_back_val(), unused);
  }

  void eraseIfDead(Operation *op, llvm::SetVector<Operation *> &unused) {
    if (!isOpTriviallyDead(op))
      return;
    for (Value source : tw::getSources(op))
      if (Operation *definition = source.getDefiningOp())
        unused.insert(definition);
    worklist.remove(op);
    if (op == next)
      next = op->getNextNode();
    rewriter.eraseOp(op);
  }

  Block &block;
  IRRewriter rewriter;
  /// The operation that sink() visits next.
  Operation *next = nullptr;
  /// Transposes that hoist() has still to look at.
  llvm::SetVector<Operation *> worklist;
};

struct PropagateTransposes : tw::impl::PropagateTransposesBase<PropagateTransposes> {
  void runOnOperation() override {
    if (!llvm::hasSingleElement(getOperation().getBody()))
      return;
    Propagation propagation(getOperation().getBody().front());
    // What flows in is brought to the front first: a residual connection around the first
    // convolution then finds the input transposed. Sinking leaves transposes below what enlarges
    // them, so hoisting comes again.
    propagation.hoist();
    propagation.sink();
    propagation.hoist();
  }
};

} // namespace
