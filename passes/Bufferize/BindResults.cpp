// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

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
    for (int64_t index = 0, count = returnOp.getNumOperands(); index < count; ++index) {
      // Not all read before: binding one result replaces what others may be too.
      Value value = returnOp.getOperand(index);
      auto type = dyn_cast<MemRefType>(value.getType());
      if (!type || !type.getLayout().isIdentity())
        return function.emitError("result ")
               << index << " must be a contiguous buffer, got " << value.getType();
      if (type.hasStaticShape())
        bindStatic(rewriter, function, returnOp, index, value, type);
      else
        bindDynamic(rewriter, returnOp, index, value, type);
    }
    rewriter.setInsertionPoint(returnOp);
    Value zero = arith::ConstantIntOp::create(rewriter, returnOp.getLoc(), 0, 32);
    rewriter.replaceOpWithNewOp<func::ReturnOp>(returnOp, zero);
    function.setType(
        FunctionType::get(&getContext(), function.getArgumentTypes(), {rewriter.getI32Type()}));
    function.removeResAttrsAttr();
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
