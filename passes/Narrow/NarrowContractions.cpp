// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Graph/ElementwiseOps.h"
#include "passes/Layout/Transposes.h"
#include "passes/Layout/WindowDims.h"
#include "passes/Narrow/ContractionBody.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_NARROWCONTRACTIONS
#include "passes/Narrow/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-narrow-contractions"

using namespace mlir;

namespace {

/// Whether `op` only moves numbers, so that they may be rounded before.
bool isMovement(Operation *op) {
  return isa<tensor::PadOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp, linalg::TransposeOp,
             tensor::ExtractSliceOp>(op);
}

std::array<OpOperand *, 3> getFactors(tw::AttentionOp op) {
  return {&op.getQueryMutable(), &op.getKeyMutable(), &op.getValueMutable()};
}

/// Gives the bf16 of values, each computed once.
class Narrower {
public:
  /// `pending` are the contractions whose factors are still wide.
  Narrower(IRRewriter &rewriter, const DenseSet<Operation *> &pending)
      : rewriter(rewriter), pending(pending), bf16(rewriter.getBF16Type()) {}

  Value narrow(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    if (!type.getElementType().isF32())
      return value;
    if (Value known = narrowed.lookup(value))
      return known;
    Value result = narrowMovement(value, type);
    if (!result) {
      rewriter.setInsertionPointAfterValue(value);
      result = tw::convertElements(rewriter, value.getLoc(), value, bf16);
      rounded.push_back({value, result});
    }
    return narrowed[value] = result;
  }

  /// Values that are stored in bf16 now, and what they are stored as.
  ArrayRef<std::pair<Value, Value>> getRounded() const { return rounded; }

private:
  /// Where `value` is another tensor moved about: that tensor rounded, and moved. Nothing where it
  /// is something else.
  Value narrowMovement(Value value, RankedTensorType type) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return {};
    RankedTensorType narrow = type.clone(bf16);
    Location loc = op->getLoc();
    if (auto pad = dyn_cast<tensor::PadOp>(op)) {
      Value padding = pad.getConstantPaddingValue();
      FloatAttr constant;
      if (!padding || !matchPattern(padding, m_Constant(&constant)))
        return {};
      Value source = this->narrow(pad.getSource());
      rewriter.setInsertionPoint(op);
      Value around = arith::ConstantOp::create(
          rewriter, loc, rewriter.getFloatAttr(bf16, constant.getValueAsDouble()));
      return tensor::PadOp::create(rewriter, loc, narrow, source, pad.getMixedLowPad(),
                                   pad.getMixedHighPad(), around);
    }
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
      Value source = this->narrow(collapse.getSrc());
      rewriter.setInsertionPoint(op);
      return tensor::CollapseShapeOp::create(rewriter, loc, narrow, source,
                                             collapse.getReassociationIndices());
    }
    if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
      Value source = this->narrow(expand.getSrc());
      rewriter.setInsertionPoint(op);
      return tensor::ExpandShapeOp::create(rewriter, loc, narrow, source,
                                           expand.getReassociationIndices(),
                                           expand.getMixedOutputShape());
    }
    if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
      Value source = this->narrow(transpose.getInput());
      rewriter.setInsertionPoint(op);
      return tw::createTransposed(rewriter, loc, source, transpose.getPermutation());
    }
    auto slice = dyn_cast<tensor::ExtractSliceOp>(op);
    if (slice && (narrowed.contains(slice.getSource()) ||
                  (isComputed(slice.getSource()) && isOnlyMultiplied(slice.getSource())))) {
      Value source = this->narrow(slice.getSource());
      rewriter.setInsertionPoint(op);
      return tensor::ExtractSliceOp::create(rewriter, loc, narrow, source, slice.getMixedOffsets(),
                                            slice.getMixedSizes(), slice.getMixedStrides());
    }
    return {};
  }

  /// Whether `value` is, moved about or not, the result of an operation that can store it rounded.
  static bool isComputed(Value value) {
    Operation *op = value.getDefiningOp();
    while (op && isMovement(op))
      op = op->getOperand(0).getDefiningOp();
    return isa_and_nonnull<linalg::LinalgOp>(op);
  }

  /// Whether all of `value` that anybody reads are factors of contractions: of queries, keys and
  /// values in one tensor, none may be wanted in f32.
  bool isOnlyMultiplied(Value value) {
    return llvm::all_of(value.getUses(), [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (isMovement(user))
        return use.getOperandNumber() == 0 && isOnlyMultiplied(user->getResult(0));
      if (!pending.contains(user))
        return false;
      if (auto attention = dyn_cast<tw::AttentionOp>(user))
        return llvm::is_contained(getFactors(attention), &use);
      return cast<linalg::LinalgOp>(user).isDpsInput(&use);
    });
  }

  IRRewriter &rewriter;
  const DenseSet<Operation *> &pending;
  Type bf16;
  DenseMap<Value, Value> narrowed;
  SmallVector<std::pair<Value, Value>> rounded;
};

struct NarrowContractions : tw::impl::NarrowContractionsBase<NarrowContractions> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    IRRewriter rewriter(&getContext());
    Type f32 = rewriter.getF32Type();
    SmallVector<Operation *> ops;
    DenseSet<Value> constants;
    {
      tw::ConstantValues known(getOperation());
      getOperation().walk([&](Operation *op) {
        auto contraction = dyn_cast<linalg::LinalgOp>(op);
        if (contraction && !tw::isContractionOf(contraction, f32))
          LDBG() << "not narrowed: no contraction of f32: " << op->getName();
        else if (contraction || isa<tw::AttentionOp>(op))
          ops.push_back(op);
        for (Value result : op->getResults())
          if (known.contains(result))
            constants.insert(result);
      });
    }
    llvm::erase_if(ops, [&](Operation *op) {
      bool isConstant = op->getNumResults() == 1 && constants.contains(op->getResult(0));
      if (isConstant)
        LDBG() << "not narrowed: computed once, at load: " << op->getName();
      return isConstant;
    });
    DenseSet<Operation *> pending(ops.begin(), ops.end());
    Narrower narrower(rewriter, pending);
    for (Operation *op : ops) {
      if (auto attention = dyn_cast<tw::AttentionOp>(op))
        narrow(rewriter, narrower, attention);
      else
        narrow(rewriter, narrower, cast<linalg::LinalgOp>(op));
      pending.erase(op);
    }
    for (auto [wide, narrow] : narrower.getRounded())
      shareRounded(rewriter, wide, narrow);
  }

  static void narrow(IRRewriter &rewriter, Narrower &narrower, linalg::LinalgOp op) {
    SmallVector<Value> inputs;
    for (OpOperand *input : op.getDpsInputOperands())
      inputs.push_back(narrower.narrow(input->get()));
    rewriter.setInsertionPoint(op);
    rewriter.replaceOp(op, tw::createOnNarrowInputs(rewriter, op, inputs));
  }

  static void narrow(IRRewriter &rewriter, Narrower &narrower, tw::AttentionOp op) {
    for (OpOperand *operand : getFactors(op)) {
      Value narrow = narrower.narrow(operand->get());
      rewriter.modifyOpInPlace(op, [&] { operand->set(narrow); });
    }
  }

  /// Lets the other users of `wide` read `narrow`, if that saves it from being stored twice.
  static void shareRounded(IRRewriter &rewriter, Value wide, Value narrow) {
    auto producer = wide.getDefiningOp<linalg::LinalgOp>();
    if (!producer || (!tw::isElementwise(producer) && producer.getNumReductionLoops() == 0))
      return;
    for (OpOperand &use : llvm::make_early_inc_range(wide.getUses())) {
      auto reader = dyn_cast<linalg::GenericOp>(use.getOwner());
      if (!reader || reader == narrow.getDefiningOp() || reader.isDpsInit(&use) ||
          (!tw::isElementwise(reader) && failed(tw::inferWindowDims(reader))))
        continue;
      BlockArgument argument = reader.getMatchingBlockArgument(&use);
      rewriter.modifyOpInPlace(reader, [&] {
        use.set(narrow);
        Type f32 = argument.getType();
        argument.setType(getElementTypeOrSelf(narrow.getType()));
        rewriter.setInsertionPointToStart(reader.getBody());
        auto widened = arith::ExtFOp::create(rewriter, reader.getLoc(), f32, argument);
        argument.replaceAllUsesExcept(widened, widened);
      });
    }
  }
};

} // namespace
