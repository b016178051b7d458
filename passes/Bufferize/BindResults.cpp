// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "passes/Bufferize/UpdatedArguments.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_BINDRESULTS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-bind-results"

using namespace mlir;

namespace {

/// The allocation that `value` is, seen through reshapes that keep all of it; null otherwise.
memref::AllocOp findAllocation(Value value, SmallVectorImpl<Operation *> &reshapes) {
  while (Operation *def = value.getDefiningOp()) {
    if (auto alloc = dyn_cast<memref::AllocOp>(def))
      return alloc;
    if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(def))
      return {};
    reshapes.push_back(def);
    value = def->getOperand(0);
  }
  return {};
}

/// `memory` of the outermost type of `reshapes` seen as what the reshapes started from.
Value undoReshapes(OpBuilder &builder, Value memory, ArrayRef<Operation *> reshapes) {
  for (Operation *reshape : reshapes) {
    auto source = cast<MemRefType>(reshape->getOperand(0).getType());
    if (auto collapse = dyn_cast<memref::CollapseShapeOp>(reshape))
      memory = memref::ExpandShapeOp::create(builder, reshape->getLoc(), source.getShape(), memory,
                                             collapse.getReassociationIndices());
    else
      memory = memref::CollapseShapeOp::create(
          builder, reshape->getLoc(), memory,
          cast<memref::ExpandShapeOp>(reshape).getReassociationIndices());
  }
  return memory;
}

/// The argument whose memory `value` is or lies in; null if it is in none.
BlockArgument findArgument(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return dyn_cast<BlockArgument>(value);
}

struct BindResults : tw::impl::BindResultsBase<BindResults> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && !function.isPrivate())
        if (failed(bind(function)))
          return signalPassFailure();
  }

  LogicalResult bind(func::FuncOp function) {
    if (!llvm::hasSingleElement(function.getBody()))
      return function.emitError("has several blocks; results can only be bound in one");
    auto returnOp = cast<func::ReturnOp>(function.getBody().front().getTerminator());
    IRRewriter rewriter(&getContext());
    llvm::SmallDenseMap<int64_t, unsigned> updated;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto result = function.getArgAttrOfType<IntegerAttr>(i, tw::kUpdatedByAttr))
        updated[result.getInt()] = i;
    int64_t given = 0;
    for (int64_t index = 0, count = returnOp.getNumOperands(); index < count; ++index) {
      // Not all read before: binding one result replaces what others may be too.
      Value value = returnOp.getOperand(index);
      auto type = dyn_cast<MemRefType>(value.getType());
      if (!type || !type.getLayout().isIdentity())
        return function.emitError("result ")
               << index << " must be a contiguous buffer, got " << value.getType();
      if (updated.contains(index))
        continue;
      if (type.hasStaticShape())
        bindStatic(rewriter, function, returnOp, given++, value, type);
      else
        bindDynamic(rewriter, returnOp, given++, value, type);
    }
    // Last: another result may be what an argument was before.
    if (failed(bindUpdates(rewriter, function, returnOp, updated)))
      return failure();
    rewriter.setInsertionPoint(returnOp);
    Value zero = arith::ConstantIntOp::create(rewriter, returnOp.getLoc(), 0, 32);
    rewriter.replaceOpWithNewOp<func::ReturnOp>(returnOp, zero);
    function.setType(
        FunctionType::get(&getContext(), function.getArgumentTypes(), {rewriter.getI32Type()}));
    function.removeResAttrsAttr();
    return success();
  }

  /// Results that arguments are updated by. What was computed elsewhere is copied there.
  LogicalResult bindUpdates(IRRewriter &rewriter, func::FuncOp function, func::ReturnOp returnOp,
                            const llvm::SmallDenseMap<int64_t, unsigned> &updated) {
    rewriter.setInsertionPoint(returnOp);
    Location loc = returnOp.getLoc();
    SmallVector<std::pair<Value, Value>> copies;
    for (auto [index, value] : llvm::enumerate(returnOp.getOperands())) {
      auto found = updated.find(index);
      if (found == updated.end())
        continue;
      BlockArgument argument = function.getArgument(found->second);
      if (value.getType() != argument.getType())
        return function.emitError("argument ")
               << found->second << " cannot be updated by a result of type " << value.getType();
      if (value == argument)
        continue;
      LDBG() << "argument " << found->second << " is copied: it is not computed in place";
      // Two arguments may change places.
      if (findArgument(value)) {
        SmallVector<Value> sizes;
        auto type = cast<MemRefType>(value.getType());
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          if (type.isDynamicDim(dim))
            sizes.push_back(memref::DimOp::create(rewriter, loc, value, dim));
        Value own = memref::AllocOp::create(rewriter, loc, type, sizes);
        memref::CopyOp::create(rewriter, loc, value, own);
        value = own;
      }
      copies.push_back({value, argument});
    }
    for (auto [value, argument] : copies)
      memref::CopyOp::create(rewriter, loc, value, argument);
    return success();
  }

  void bindStatic(IRRewriter &rewriter, func::FuncOp function, func::ReturnOp returnOp,
                  int64_t index, Value value, MemRefType type) {
    auto attributes = rewriter.getDictionaryAttr(
        {rewriter.getNamedAttr(tw::kResultAttr, rewriter.getI64IntegerAttr(index))});
    unsigned position = function.getNumArguments();
    (void)function.insertArgument(position, type, attributes, returnOp.getLoc());
    Value memory = function.getArgument(position);
    SmallVector<Operation *> reshapes;
    memref::AllocOp alloc = findAllocation(value, reshapes);
    if (alloc && alloc.getType().hasStaticShape()) {
      rewriter.setInsertionPointToStart(&function.getBody().front());
      rewriter.replaceOp(alloc, undoReshapes(rewriter, memory, reshapes));
      return;
    }
    rewriter.setInsertionPoint(returnOp);
    memref::CopyOp::create(rewriter, returnOp.getLoc(), value, memory);
  }

  void bindDynamic(IRRewriter &rewriter, func::ReturnOp returnOp, int64_t index, Value value,
                   MemRefType type) {
    auto alloc = value.getDefiningOp<memref::AllocOp>();
    if (alloc && alloc->getBlock() == returnOp->getBlock()) {
      rewriter.setInsertionPoint(alloc);
      rewriter.replaceOpWithNewOp<tw::OutputOp>(alloc, type, index, alloc.getDynamicSizes());
      return;
    }
    rewriter.setInsertionPoint(returnOp);
    SmallVector<Value> sizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(memref::DimOp::create(rewriter, returnOp.getLoc(), value, dim));
    Value memory = tw::OutputOp::create(rewriter, returnOp.getLoc(), type, index, sizes);
    memref::CopyOp::create(rewriter, returnOp.getLoc(), value, memory);
  }
};

} // namespace
