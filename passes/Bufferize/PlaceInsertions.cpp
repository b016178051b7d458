// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_PLACEINSERTIONS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-place-insertions"

using namespace mlir;

namespace {

/// What makes a tensor of constants alone, operands first, and the sizes that this takes.
struct Fill {
  llvm::SetVector<Operation *> makers;
  llvm::SetVector<Value> sizes;
};

/// True if `value` is made of constants alone. Adds how to `fill`. What is not is remembered in
/// `others`: it is computed from what another layer has computed, and so on up to an argument.
bool isFill(Value value, Fill &fill, llvm::DenseSet<Value> &others) {
  Operation *op = value.getDefiningOp();
  if (op && (op->hasTrait<OpTrait::ConstantLike>() || fill.makers.contains(op)))
    return true;
  if (value.getType().isIndex())
    return fill.sizes.insert(value), true;
  bool writes = isa_and_nonnull<tensor::EmptyOp, tensor::ExtractSliceOp, tensor::InsertSliceOp,
                                linalg::FillOp, scf::ForallOp, scf::ForOp, vector::TransferWriteOp,
                                vector::BroadcastOp>(op);
  if (!writes || others.contains(value))
    return false;
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  auto isMade = [&](Value operand) { return isFill(operand, fill, others); };
  if (!isMemoryEffectFree(op) || !llvm::all_of(used, isMade)) {
    others.insert(value);
    return false;
  }
  fill.makers.insert(op);
  return true;
}

/// The tensor that `value` is a new version of; nothing if it is not written into another one.
Value getFormerVersion(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return nullptr;
  Operation *op = result.getOwner();
  if (auto loop = dyn_cast<scf::ForallOp>(op))
    return loop.getTiedOpOperand(result)->get();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return loop.getTiedLoopInit(result)->get();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return insert.getDest();
  // Without dimensions of size 1, which an insertion may give it.
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return isRankReducedType(collapse.getSrcType(), collapse.getResultType()) ==
                   SliceVerificationResult::Success
               ? collapse.getSrc()
               : Value();
  auto writer = dyn_cast<DestinationStyleOpInterface>(op);
  if (writer && result.getResultNumber() < writer.getNumDpsInits())
    return writer.getTiedOpOperand(result)->get();
  return nullptr;
}

/// What `value` is a version of, written in one or several steps.
Value findFirstVersion(Value value) {
  while (Value former = getFormerVersion(value))
    value = former;
  return value;
}

/// The empty tensor in `block` into which `value` is written.
tensor::EmptyOp findStart(Value value, Block *block) {
  auto empty = findFirstVersion(value).getDefiningOp<tensor::EmptyOp>();
  return empty && empty->getBlock() == block ? empty : nullptr;
}

/// Whether `op` puts a part back where it was taken from.
bool putsBack(tensor::InsertSliceOp op) {
  auto slice = findFirstVersion(op.getSource()).getDefiningOp<tensor::ExtractSliceOp>();
  return slice && slice.getSource() == op.getDest() &&
         slice.isSameAs(op, [](OpFoldResult a, OpFoldResult b) { return a == b; });
}

/// Whether `use` reads the tensor, and could as well read it from a part of a larger one.
bool canReadSlice(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ReshapeOp>(user) ||
      user->hasTrait<OpTrait::IsTerminator>())
    return false;
  return llvm::none_of(user->getResults(),
                       [&](Value result) { return getFormerVersion(result) == use.get(); });
}

/// Computes what `op` inserts in its place: the tensor without contents that this starts from
/// becomes a slice of the destination. False if the destination is made later.
template <typename Insertion>
bool computeInPlace(IRRewriter &rewriter, DominanceInfo &dominance, Insertion op,
                    tensor::EmptyOp start) {
  auto isBefore = [&](Value operand) {
    return operand == op.getSource() || dominance.properlyDominates(operand, start);
  };
  if (!llvm::all_of(op->getOperands(), isBefore)) {
    LDBG() << "its destination is made later: " << op;
    return false;
  }
  std::optional<SmallVector<ReassociationIndices>> groups;
  if (op.getSourceType() != start.getType()) {
    groups = getReassociationIndicesForReshape(start.getType(), op.getSourceType());
    if (!groups) {
      LDBG() << "of another shape than where it begins: " << op;
      return false;
    }
  }
  rewriter.setInsertionPoint(start);
  Value slice = tensor::ExtractSliceOp::create(rewriter, start.getLoc(), op.getSourceType(),
                                               op.getDest(), op.getMixedOffsets(),
                                               op.getMixedSizes(), op.getMixedStrides());
  if (groups)
    slice = tensor::ExpandShapeOp::create(rewriter, start.getLoc(), start.getType(), slice, *groups,
                                          start.getMixedSizes());
  rewriter.replaceOp(start, slice);
  return true;
}

struct PlaceInsertions : tw::impl::PlaceInsertionsBase<PlaceInsertions> {
  void runOnOperation() override {
    SmallVector<tensor::InsertSliceOp> insertions, inPlace;
    SmallVector<tensor::ParallelInsertSliceOp> ofTasks;
    llvm::DenseSet<Value> others; // that are no fills
    getOperation().walk([&](tensor::InsertSliceOp op) {
      if (Fill part;
          !isFill(op.getSource(), part, others)) // else one that fills a side of a tensor
        insertions.push_back(op);
    });
    getOperation().walk([&](tensor::ParallelInsertSliceOp op) { ofTasks.push_back(op); });
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    llvm::DenseSet<Value> taken; // destinations that an insertion has already
    for (tensor::InsertSliceOp op : insertions) {
      tensor::EmptyOp start = findStart(op.getSource(), op->getBlock());
      if (Fill fill; isFill(op.getDest(), fill, others) && !fill.makers.empty())
        placeFill(rewriter, dominance, op, start, fill, taken);
      if (start && computeInPlace(rewriter, dominance, op, start)) {
        // Another insertion into the same tensor is then behind it.
        rewriter.moveOpAfter(op, op.getSource().getDefiningOp());
        inPlace.push_back(op);
      } else if (putsBack(op)) {
        inPlace.push_back(op);
      }
    }
    for (tensor::ParallelInsertSliceOp op : ofTasks) {
      Block *task = op->getParentOp()->getBlock();
      if (tensor::EmptyOp start = findStart(op.getSource(), task))
        computeInPlace(rewriter, dominance, op, start);
    }
    for (tensor::InsertSliceOp op : inPlace)
      readFromInsertion(rewriter, op);
    // Fills that nobody has kept would be done all the same.
    getOperation().walk<WalkOrder::PostOrder, ReverseIterator>([&](Operation *op) {
      if (isOpTriviallyDead(op))
        rewriter.eraseOp(op);
    });
  }

  /// Gives `op` the `fill` that it inserts into for its own, in front of `start` if there is one.
  static void placeFill(IRRewriter &rewriter, DominanceInfo &dominance, tensor::InsertSliceOp op,
                        tensor::EmptyOp start, const Fill &fill, llvm::DenseSet<Value> &taken) {
    auto isBeforeStart = [&](auto value) { return dominance.properlyDominates(value, start); };
    bool canMove = start && llvm::all_of(fill.sizes, isBeforeStart);
    bool isInFront = !canMove || llvm::all_of(fill.makers, isBeforeStart);
    if (taken.insert(op.getDest()).second && isInFront)
      return;
    LDBG() << "a fill of its own for " << op;
    rewriter.setInsertionPoint(canMove ? start : op.getOperation());
    IRMapping mapping;
    for (Operation *maker : fill.makers)
      rewriter.clone(*maker, mapping);
    rewriter.modifyOpInPlace(op, [&] { op.getDestMutable().assign(mapping.lookup(op.getDest())); });
  }

  /// The last version of what `op` made in front of `reader` that still has the source of `op`.
  static Value getLastVersion(tensor::InsertSliceOp op, Operation *reader) {
    Value version = op.getResult();
    for (bool found = true; found;) {
      found = false;
      for (Operation *user : version.getUsers()) {
        auto next = dyn_cast<tensor::InsertSliceOp>(user);
        if (!next || next.getDest() != version || next->getBlock() != op->getBlock() ||
            !next->isBeforeInBlock(reader) || !areDisjoint(op, next))
          continue;
        version = next.getResult();
        found = true;
        break;
      }
    }
    return version;
  }

  static bool areDisjoint(tensor::InsertSliceOp a, tensor::InsertSliceOp b) {
    for (int64_t dim = 0, rank = a.getDestType().getRank(); dim < rank; ++dim) {
      int64_t beginA = a.getStaticOffset(dim), sizeA = a.getStaticSize(dim);
      int64_t beginB = b.getStaticOffset(dim), sizeB = b.getStaticSize(dim);
      if (ShapedType::isDynamic(beginA) || ShapedType::isDynamic(beginB))
        continue;
      if ((ShapedType::isStatic(sizeA) && beginA + sizeA <= beginB) ||
          (ShapedType::isStatic(sizeB) && beginB + sizeB <= beginA))
        return a.hasUnitStride() && b.hasUnitStride();
    }
    return false;
  }

  /// Lets those that read the source of `op` after it read what it was inserted into: bufferization
  /// takes an insertion in place for a change of its source.
  static void readFromInsertion(IRRewriter &rewriter, tensor::InsertSliceOp op) {
    SmallVector<OpOperand *> readers;
    for (OpOperand &use : op.getSource().getUses()) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*use.getOwner());
      if (!ancestor || !op->isBeforeInBlock(ancestor))
        continue;
      if (!canReadSlice(use)) {
        LDBG() << "its source is not only read: " << op;
        return;
      }
      readers.push_back(&use);
    }
    for (OpOperand *use : readers) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*use->getOwner());
      rewriter.setInsertionPoint(ancestor);
      Value slice = tensor::ExtractSliceOp::create(
          rewriter, op.getLoc(), op.getSourceType(), getLastVersion(op, ancestor),
          op.getMixedOffsets(), op.getMixedSizes(), op.getMixedStrides());
      rewriter.modifyOpInPlace(use->getOwner(), [&] { use->set(slice); });
    }
  }
};

} // namespace
