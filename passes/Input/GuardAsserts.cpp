// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Input/ElementRanges.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_GUARDASSERTS
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-guard-asserts"

using namespace mlir;

namespace {

/// The assert states that the float it checks is not zero, and that float is then divided by.
/// torch-mlir puts it before aten.reciprocal (every batch norm has one); PyTorch returns infinity
/// there, and so does the division, so the assert forbids what the model is allowed to do.
bool guardsFloatDivision(cf::AssertOp assertOp) {
  auto compare = assertOp.getArg().getDefiningOp<arith::CmpFOp>();
  if (!compare || !matchPattern(compare.getRhs(), m_AnyZeroFloat()))
    return false;
  if (compare.getPredicate() != arith::CmpFPredicate::ONE &&
      compare.getPredicate() != arith::CmpFPredicate::UNE)
    return false;
  return llvm::any_of(compare.getLhs().getUsers(), [&](Operation *user) {
    auto division = dyn_cast<arith::DivFOp>(user);
    return division && division.getRhs() == compare.getLhs();
  });
}

/// What a value of a body is computed from: what the body was given or read, and its loops.
struct Sources {
  DenseSet<Value> data;
  DenseSet<uint64_t> loops;

  void add(Value value, Block *body) {
    Operation *op = value.getDefiningOp();
    if (auto argument = dyn_cast<BlockArgument>(value); argument && argument.getOwner() == body)
      data.insert(value);
    if (!op || op->getBlock() != body)
      return;
    if (auto index = dyn_cast<linalg::IndexOp>(op))
      loops.insert(index.getDim());
    else if (isa<tensor::ExtractOp>(op))
      data.insert(value);
    else
      for (Value operand : op->getOperands())
        add(operand, body);
  }
};

/// In each tensor.extract of the body, replaces an index by 0 where an assert before it fails: the
/// assert is recorded, the loop goes on, and reads nothing outside. An index made only of loops
/// that no assert speaks of is in bounds by those loops and stays as it is; guarding it too would
/// hide from vectorization that the elements it selects are contiguous.
void guardReads(RewriterBase &rewriter, Block *body) {
  SmallVector<Value> conditions;
  Sources checked;
  for (Operation &op : *body) {
    if (auto assertOp = dyn_cast<tw::AssertOp>(op)) {
      conditions.push_back(assertOp.getCondition());
      checked.add(assertOp.getCondition(), body);
      continue;
    }
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    if (!extract || conditions.empty())
      continue;
    rewriter.setInsertionPoint(extract);
    while (conditions.size() > 1) {
      Value last = conditions.pop_back_val();
      conditions.back() =
          arith::AndIOp::create(rewriter, extract.getLoc(), conditions.back(), last);
    }
    for (OpOperand &index : extract.getIndicesMutable()) {
      Sources sources;
      sources.add(index.get(), body);
      if (sources.data.empty() &&
          llvm::none_of(sources.loops, [&](uint64_t loop) { return checked.loops.contains(loop); }))
        continue;
      Value zero = arith::ConstantIndexOp::create(rewriter, extract.getLoc(), 0);
      Value guarded =
          arith::SelectOp::create(rewriter, extract.getLoc(), conditions[0], index.get(), zero);
      rewriter.modifyOpInPlace(extract, [&] { index.set(guarded); });
    }
  }
}

struct GuardAsserts : tw::impl::GuardAssertsBase<GuardAsserts> {
  void runOnOperation() override {
    foldKnownIntegers();
    IRRewriter rewriter(&getContext());
    SmallVector<cf::AssertOp> asserts;
    getOperation().walk([&](cf::AssertOp op) { asserts.push_back(op); });
    llvm::SetVector<Block *> bodies;
    for (cf::AssertOp op : asserts) {
      if (guardsFloatDivision(op) || matchPattern(op.getArg(), m_One())) {
        LDBG() << "dropped: " << op;
        rewriter.eraseOp(op);
        continue;
      }
      rewriter.setInsertionPoint(op);
      if (isa<linalg::LinalgOp>(op->getParentOp()))
        bodies.insert(op->getBlock());
      rewriter.replaceOpWithNewOp<tw::AssertOp>(op, op.getArg(), op.getMsgAttr());
    }
    for (Block *body : bodies)
      guardReads(rewriter, body);
  }

  /// Replaces integers that can have one value only, and folds what becomes constant with them:
  /// shape arithmetic compares sizes with 0 before it compares them with each other.
  void foldKnownIntegers() {
    IRRewriter rewriter(&getContext());
    tw::ElementRanges ranges;
    SmallVector<std::pair<Value, APInt>> known;
    getOperation().walk([&](Operation *op) {
      for (Value result : op->getResults())
        if (result.getType().isIntOrIndex() && !op->hasTrait<OpTrait::ConstantLike>())
          if (std::optional<APInt> value = ranges.get(result).getConstantValue())
            known.push_back({result, *value});
    });
    for (auto &[result, value] : known) {
      rewriter.setInsertionPointAfterValue(result);
      Value constant = arith::ConstantOp::create(rewriter, result.getLoc(),
                                                 rewriter.getIntegerAttr(result.getType(), value));
      rewriter.replaceAllUsesWith(result, constant);
    }
    RewritePatternSet patterns(&getContext());
    for (StringLiteral name :
         {arith::SelectOp::getOperationName(), arith::CmpIOp::getOperationName(),
          arith::IndexCastOp::getOperationName(), tensor::DimOp::getOperationName()})
      RegisteredOperationName::lookup(name, &getContext())
          ->getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      LDBG() << "folding did not reach a fixed point; asserts that it would have proved stay";
  }
};

} // namespace
