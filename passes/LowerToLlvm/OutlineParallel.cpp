// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/Passes.h"

#include "dialects/Tw/GroupLocation.h"
#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace tw {
#define GEN_PASS_DEF_OUTLINEPARALLEL
#include "passes/LowerToLlvm/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-outline-parallel"

using namespace mlir;

namespace {

/// Iterations of each dimension of the loop.
SmallVector<Value> getTripCounts(OpBuilder &builder, scf::ForallOp loop) {
  Location loc = loop.getLoc();
  SmallVector<Value> counts;
  for (auto [lower, upper, step] :
       llvm::zip(loop.getMixedLowerBound(), loop.getMixedUpperBound(), loop.getMixedStep())) {
    std::optional<int64_t> l = getConstantIntValue(lower), u = getConstantIntValue(upper),
                           s = getConstantIntValue(step);
    if (l && u && s) {
      counts.push_back(arith::ConstantIndexOp::create(
          builder, loc, std::max<int64_t>(0, llvm::divideCeil(*u - *l, *s))));
      continue;
    }
    Value range =
        arith::SubIOp::create(builder, loc, getValueOrCreateConstantIndexOp(builder, loc, upper),
                              getValueOrCreateConstantIndexOp(builder, loc, lower));
    counts.push_back(arith::CeilDivSIOp::create(
        builder, loc, range, getValueOrCreateConstantIndexOp(builder, loc, step)));
  }
  return counts;
}

/// Values of the loop's variables for the iteration with the number `task`, the last dimension
/// fastest.
SmallVector<Value> getVariables(OpBuilder &builder, scf::ForallOp loop, Value task,
                                ValueRange counts, IRMapping &mapping) {
  Location loc = loop.getLoc();
  auto asValue = [&](OpFoldResult bound) {
    Value value = getValueOrCreateConstantIndexOp(builder, loc, bound);
    return mapping.lookupOrDefault(value);
  };
  SmallVector<Value> variables(counts.size());
  for (int64_t dim = counts.size() - 1; dim >= 0; --dim) {
    Value index = task;
    if (dim > 0) {
      index = arith::RemUIOp::create(builder, loc, task, counts[dim]);
      task = arith::DivUIOp::create(builder, loc, task, counts[dim]);
    }
    Value scaled = arith::MulIOp::create(builder, loc, index, asValue(loop.getMixedStep()[dim]));
    variables[dim] =
        arith::AddIOp::create(builder, loc, scaled, asValue(loop.getMixedLowerBound()[dim]));
  }
  return variables;
}

void cloneBody(OpBuilder &builder, scf::ForallOp loop, ValueRange variables, IRMapping &mapping) {
  mapping.map(loop.getInductionVars(), variables);
  for (Operation &op : loop.getBody()->without_terminator())
    builder.clone(op, mapping);
}

struct OutlineParallel : tw::impl::OutlineParallelBase<OutlineParallel> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    auto pointer = LLVM::LLVMPointerType::get(&getContext());
    for (func::FuncOp function : functions) {
      if (function.isExternal())
        continue;
      (void)function.insertArgument(0, pointer, {}, function.getLoc());
      SmallVector<scf::ForallOp> loops;
      function.walk([&](scf::ForallOp loop) { loops.push_back(loop); });
      int64_t number = 0;
      for (scf::ForallOp loop : loops) {
        if (loop.getNumResults() > 0) {
          loop.emitError("parallel loops must be on buffers here; run the bufferize phase first");
          return signalPassFailure();
        }
        IRRewriter rewriter(loop);
        SmallVector<Value> counts = getTripCounts(rewriter, loop);
        bool single = llvm::all_of(counts, [](Value v) { return getConstantIntValue(v) == 1; });
        if (loop->getParentOfType<scf::ForallOp>() || single)
          inlineLoop(rewriter, loop, counts);
        else
          outline(rewriter, function, loop, counts, number++);
      }
    }
  }

  void inlineLoop(IRRewriter &rewriter, scf::ForallOp loop, ArrayRef<Value> counts) {
    Location loc = loop.getLoc();
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    Value total = one;
    for (Value count : counts)
      total = arith::MulIOp::create(rewriter, loc, total, count);
    auto forOp = scf::ForOp::create(rewriter, loc, zero, total, one);
    rewriter.setInsertionPointToStart(forOp.getBody());
    IRMapping mapping;
    SmallVector<Value> variables =
        getVariables(rewriter, loop, forOp.getInductionVar(), counts, mapping);
    cloneBody(rewriter, loop, variables, mapping);
    rewriter.eraseOp(loop);
  }

  void outline(IRRewriter &rewriter, func::FuncOp function, scf::ForallOp loop,
               ArrayRef<Value> counts, int64_t number) {
    Location loc = loop.getLoc();
    Value total;
    for (Value count : counts)
      total = total ? arith::MulIOp::create(rewriter, loc, total, count) : count;

    llvm::SetVector<Value> used;
    getUsedValuesDefinedAbove(loop.getRegion(), used);
    used.insert(counts.begin(), counts.end());
    for (Value bound : loop.getOperands())
      used.insert(bound);
    SmallVector<Value> captured;
    SmallVector<Operation *> constants;
    for (Value value : used) {
      Operation *def = value.getDefiningOp();
      if (def && def->hasTrait<OpTrait::ConstantLike>())
        constants.push_back(def);
      else
        captured.push_back(value);
    }

    auto index = rewriter.getIndexType();
    SmallVector<Type> types = {LLVM::LLVMPointerType::get(&getContext()), index, index, index};
    llvm::append_range(types, ValueRange(captured).getTypes());
    std::string name = (function.getName() + "_region" + Twine(number)).str();
    rewriter.setInsertionPoint(function);
    auto region =
        func::FuncOp::create(rewriter, loc, name, FunctionType::get(&getContext(), types, {}));
    region.setPrivate();
    Block *entry = region.addEntryBlock();
    rewriter.setInsertionPointToStart(entry);
    IRMapping mapping;
    mapping.map(captured, entry->getArguments().drop_front(4));
    for (Operation *constant : constants)
      rewriter.clone(*constant, mapping);
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    auto forOp =
        scf::ForOp::create(rewriter, loc, entry->getArgument(1), entry->getArgument(2), one);
    func::ReturnOp::create(rewriter, loc);
    rewriter.setInsertionPointToStart(forOp.getBody());
    SmallVector<Value> localCounts;
    for (Value count : counts)
      localCounts.push_back(mapping.lookup(count));
    SmallVector<Value> variables =
        getVariables(rewriter, loop, forOp.getInductionVar(), localCounts, mapping);
    cloneBody(rewriter, loop, variables, mapping);

    rewriter.setInsertionPoint(loop);
    tw::LaunchOp::create(rewriter, loc, name, total, captured,
                         tw::getGroupNumber(loc).value_or(-1));
    rewriter.eraseOp(loop);
  }
};

} // namespace
