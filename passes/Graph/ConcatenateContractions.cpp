// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Graph/WeightColumns.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_CONCATENATECONTRACTIONS
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-concatenate-contractions"

using namespace mlir;
using tw::ColumnContraction;

namespace {

using Members = SmallVector<ColumnContraction>;

/// The operations of `members` as one, on operands that are already wide.
Value createWide(RewriterBase &rewriter, Location loc, linalg::LinalgOp model, ValueRange inputs,
                 Value init) {
  SmallVector<Value> operands(inputs);
  operands.push_back(init);
  return mlir::clone(rewriter, model, init.getType(), operands)->getResult(0);
}

/// Concatenates sibling contractions of one function.
struct Concatenation {
  RewriterBase &rewriter;
  Members &members;
  Location loc;

  Concatenation(RewriterBase &rewriter, Members &members)
      : rewriter(rewriter), members(members), loc(members.front().op.getLoc()) {
    SmallVector<Location> locations;
    for (ColumnContraction &member : members)
      locations.push_back(member.op.getLoc());
    loc = rewriter.getFusedLoc(locations);
  }

  /// False if what the wide operations read cannot be computed before the first of the narrow ones.
  bool moveOperands() {
    SmallVector<Value> values;
    for (ColumnContraction &member : members) {
      values.push_back(member.getWeights());
      values.push_back(member.fill.getInputs().front());
      if (member.epilogue)
        llvm::append_range(values, member.getEpilogueOperands());
    }
    return succeeded(moveValueDefinitions(rewriter, values, members.front().op));
  }

  void run() {
    rewriter.setInsertionPoint(members.front().op);
    ColumnContraction &first = members.front();
    SmallVector<Value> inputs = first.op.getDpsInputs();
    inputs[first.weights->getOperandNumber()] = concatenate(
        first.getWeightsDim(), [](ColumnContraction &member) { return member.getWeights(); });
    Value zero = linalg::FillOp::create(rewriter, loc, first.fill.getInputs().front(),
                                        createEmpty(first.getResultType()))
                     .getResult(0);
    Value wide = createWide(rewriter, loc, first.op, inputs, zero);
    if (first.epilogue)
      wide = createWide(rewriter, loc, first.epilogue, getEpilogueInputs(wide),
                        createEmpty(first.getLastType()));
    replace(wide);
  }

  Value concatenate(int64_t dim, llvm::function_ref<Value(ColumnContraction &)> get) {
    SmallVector<Value> parts;
    for (ColumnContraction &member : members)
      parts.push_back(get(member));
    return tensor::ConcatOp::create(rewriter, loc, dim, parts);
  }

  /// Memory for all columns, of elements as in `narrow`: rows as in the activation.
  Value createEmpty(RankedTensorType narrow) {
    ColumnContraction &first = members.front();
    SmallVector<OpFoldResult> sizes;
    Value activation = first.getActivation()->get();
    AffineMap rows = first.op.getMatchingIndexingMap(first.getActivation());
    for (auto [dim, expr] : llvm::enumerate(first.getResultMap().getResults())) {
      int64_t size = first.getResultType().getDimSize(dim);
      if (static_cast<int64_t>(dim) == first.getResultDim()) {
        size = 0;
        for (ColumnContraction &member : members)
          size += member.getColumns();
      }
      if (ShapedType::isStatic(size))
        sizes.push_back(rewriter.getIndexAttr(size));
      else
        sizes.push_back(
            tensor::getMixedSize(rewriter, loc, activation, *rows.getResultPosition(expr)));
    }
    return tensor::EmptyOp::create(rewriter, loc, sizes, narrow.getElementType());
  }

  SmallVector<Value> getEpilogueInputs(Value wide) {
    linalg::GenericOp model = members.front().epilogue;
    SmallVector<Value> inputs;
    for (OpOperand *input : model.getDpsInputOperands()) {
      unsigned number = input->getOperandNumber();
      std::optional<unsigned> dim = members.front().getEpilogueDim(*input);
      if (input->get() == members.front().op->getResult(0))
        inputs.push_back(wide);
      else if (!dim)
        inputs.push_back(input->get());
      else
        inputs.push_back(concatenate(
            *dim, [&](ColumnContraction &member) { return member.epilogue->getOperand(number); }));
    }
    return inputs;
  }

  void replace(Value wide) {
    int64_t dim = members.front().getResultDim();
    int64_t rank = members.front().getResultType().getRank();
    SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0)),
        strides(rank, rewriter.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, wide);
    int64_t offset = 0;
    for (ColumnContraction &member : members) {
      offsets[dim] = rewriter.getIndexAttr(offset);
      sizes[dim] = rewriter.getIndexAttr(member.getColumns());
      offset += member.getColumns();
      Operation *last = member.getLast();
      Value slice = tensor::ExtractSliceOp::create(rewriter, last->getLoc(), member.getLastType(),
                                                   wide, offsets, sizes, strides);
      rewriter.replaceOp(last, slice);
      if (last != member.op)
        rewriter.eraseOp(member.op);
    }
  }
};

struct ConcatenateContractions : tw::impl::ConcatenateContractionsBase<ConcatenateContractions> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    tw::ConstantValues constants(function);
    // By activation, so that this is linear in the operations of the function.
    llvm::MapVector<Value, SmallVector<Members>> siblings;
    for (auto op : function.getOps<linalg::LinalgOp>()) {
      StringRef reason;
      std::optional<ColumnContraction> member = ColumnContraction::match(op, constants, reason);
      if (!member) {
        LDBG() << "not concatenated: " << reason << ": " << op->getName();
        continue;
      }
      SmallVector<Members> &groups = siblings[member->getSharedInput()];
      auto *group =
          llvm::find_if(groups, [&](Members &others) { return member->fits(others.front()); });
      (group == groups.end() ? groups.emplace_back() : *group).push_back(*member);
    }
    IRRewriter rewriter(&getContext());
    for (auto &[activation, groups] : siblings)
      for (Members &members : groups) {
        if (members.size() < 2)
          continue;
        Concatenation concatenation(rewriter, members);
        if (concatenation.moveOperands())
          concatenation.run();
        else
          LDBG() << "not concatenated: what an epilogue reads is computed later: "
                 << members.front().op;
      }
  }
};

} // namespace
