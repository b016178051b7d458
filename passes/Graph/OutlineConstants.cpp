// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Graph/ConstantValues.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_OUTLINECONSTANTS
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-outline-constants"

using namespace mlir;

namespace {

/// Constants of up to this many elements stay literals of @main.
constexpr int64_t kMaxLiteralElements = 64;

/// Repeats its operand along new dimensions and computes nothing: the operand is what is worth
/// keeping, the result only takes more memory.
bool isBroadcast(Operation *op) {
  if (!isa<linalg::BroadcastOp>(op)) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (!generic || !linalg::isaBroadcastOpInterface(generic))
      return false;
  }
  auto source = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  return !source.hasStaticShape() || !result.hasStaticShape() ||
         source.getNumElements() < result.getNumElements();
}

/// Whether `value` holds nothing but fills, whole or in parts: they cost less than to read what
/// has been kept, and what goes between them is then written to the same memory.
bool isFilled(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto insert = dyn_cast_or_null<tensor::InsertSliceOp>(op))
    return isFilled(insert.getSource()) && isFilled(insert.getDest());
  if (auto part = dyn_cast_or_null<tensor::ExtractSliceOp>(op))
    return isFilled(part.getSource());
  return isa_and_nonnull<tensor::EmptyOp, tensor::SplatOp, linalg::FillOp>(op);
}

/// True if the constant `op` is better computed in every call than kept from the load.
bool staysInMain(Operation *op) {
  if (!llvm::all_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
    return true;
  Attribute literal;
  if (matchPattern(op, m_Constant(&literal))) {
    auto elements = dyn_cast<ElementsAttr>(literal);
    return elements && (elements.isSplat() || elements.getNumElements() <= kMaxLiteralElements);
  }
  if (isa<tensor::FromElementsOp>(op) || isFilled(op->getResult(0)))
    return true;
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op)) {
    Operation *source = op->getOperand(0).getDefiningOp();
    return !source || staysInMain(source);
  }
  return isBroadcast(op);
}

/// Operands of `op` and the values from around it that its regions use.
llvm::SetVector<Value> getUsedValues(Operation *op) {
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  return used;
}

/// The cut: constant tensors that work left in @main reads, and the constant operations that
/// compute them.
struct Cut {
  llvm::SetVector<Value> prepared;
  DenseSet<Operation *> work;

  Cut(Block &main, const tw::ConstantValues &constants) : constants(constants) {
    DenseSet<Operation *> needed;
    // Uses come after definitions, so that going backwards each operation is known to be needed
    // in @main, or not, when it is reached.
    for (Operation &op : llvm::reverse(main)) {
      bool isConstant = op.getNumResults() > 0 && constants.contains(op.getResult(0));
      if (isConstant && !needed.contains(&op))
        continue;
      for (Value value : getUsedValues(&op))
        if (Operation *def = value.getDefiningOp(); def && constants.contains(value)) {
          if (staysInMain(def))
            needed.insert(def);
          else if (prepared.insert(value))
            addWork(def);
        }
    }
  }

  void addWork(Operation *op) {
    if (!work.insert(op).second)
      return;
    for (Value value : getUsedValues(op)) {
      if (Operation *def = value.getDefiningOp())
        addWork(def);
      else
        arguments.insert(cast<BlockArgument>(value).getArgNumber());
    }
  }

  const tw::ConstantValues &constants;
  std::set<unsigned> arguments;
};

struct OutlineConstants : tw::impl::OutlineConstantsBase<OutlineConstants> {
  void runOnOperation() override {
    auto main = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!main || main.isExternal())
      return;
    IRRewriter rewriter(&getContext());
    // Equal work is prepared once.
    DominanceInfo dominance(main);
    eliminateCommonSubExpressions(rewriter, dominance, main);

    tw::ConstantValues constants(main);
    Cut cut(main.front(), constants);
    if (!cut.prepared.empty()) {
      if (Operation *init = getOperation().lookupSymbol("init")) {
        init->emitError() << "the module has an @init already; constant work is outlined once, "
                             "into a function of that name";
        return signalPassFailure();
      }
      createInit(rewriter, main, cut);
    }
    dropUnusedWeights(main);
  }

  /// Creates @init from the work of the cut and gives @main its results as arguments.
  void createInit(IRRewriter &rewriter, func::FuncOp main, Cut &cut) {
    // In the order of @main, so that the same module always gives the same @init.
    SmallVector<Operation *> work;
    SmallVector<Value> prepared;
    for (Operation &op : main.front()) {
      if (!cut.work.contains(&op))
        continue;
      work.push_back(&op);
      for (Value result : op.getResults())
        if (cut.prepared.contains(result))
          prepared.push_back(result);
    }
    SmallVector<Type> types;
    SmallVector<DictionaryAttr> attributes;
    for (unsigned i : cut.arguments) {
      types.push_back(main.getArgument(i).getType());
      attributes.push_back(main.getArgAttrDict(i));
    }
    rewriter.setInsertionPointAfter(main);
    auto init = func::FuncOp::create(
        rewriter, main.getLoc(), "init",
        rewriter.getFunctionType(types, TypeRange(ValueRange(prepared))), {}, attributes);
    IRMapping mapping;
    rewriter.setInsertionPointToStart(init.addEntryBlock());
    for (auto [i, argument] : llvm::zip_equal(cut.arguments, init.getArguments())) {
      argument.setLoc(main.getArgument(i).getLoc());
      mapping.map(main.getArgument(i), argument);
    }
    for (Operation *op : work)
      rewriter.clone(*op, mapping);
    SmallVector<Value> results;
    for (Value value : prepared)
      results.push_back(mapping.lookup(value));
    func::ReturnOp::create(rewriter, main.getLoc(), results);

    for (auto [index, value] : llvm::enumerate(prepared)) {
      LDBG() << "prepared: " << value;
      unsigned position = main.getNumArguments();
      NamedAttribute attribute(StringAttr::get(&getContext(), tw::kPreparedAttr),
                               rewriter.getI64IntegerAttr(index));
      // Cannot fail: only functions whose type is not a FunctionType refuse.
      (void)main.insertArgument(position, value.getType(), rewriter.getDictionaryAttr(attribute),
                                value.getLoc());
      rewriter.replaceAllUsesWith(value, main.getArgument(position));
    }
    for (Operation *op : llvm::reverse(work))
      if (op->use_empty())
        rewriter.eraseOp(op);
  }

  void dropUnusedWeights(func::FuncOp main) {
    BitVector unused(main.getNumArguments());
    for (BlockArgument argument : main.getArguments())
      if (argument.use_empty() && main.getArgAttr(argument.getArgNumber(), tw::kWeightAttr))
        unused.set(argument.getArgNumber());
    // Cannot fail: see above.
    (void)main.eraseArguments(unused);
  }
};

} // namespace
