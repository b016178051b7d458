// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_SEPARATEFILLS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-separate-fills"

using namespace mlir;

namespace {

using Operations = llvm::SetVector<Operation *>;

/// True if `value` is made of constants alone. Adds what makes it to `makers`, operands first.
bool isFill(Value value, Operations &makers) {
  Operation *op = value.getDefiningOp();
  if (!op || op->hasTrait<OpTrait::ConstantLike>())
    return op != nullptr;
  if (makers.contains(op))
    return true;
  bool writes = isa<tensor::EmptyOp, linalg::FillOp, scf::ForallOp, scf::ForOp,
                    vector::TransferWriteOp, vector::BroadcastOp>(op);
  if (!writes || !isMemoryEffectFree(op))
    return false;
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  if (!llvm::all_of(used, [&](Value operand) { return isFill(operand, makers); }))
    return false;
  makers.insert(op);
  return true;
}

/// The first of the operations in `block` that write `value`, one into the result of the other.
Operation *findFirstWriter(Value value, Block *block) {
  Operation *first = nullptr;
  while (Operation *op = value.getDefiningOp()) {
    if (op->getBlock() != block || isa<tensor::EmptyOp>(op))
      break;
    first = op;
    auto result = cast<OpResult>(value);
    if (auto loop = dyn_cast<scf::ForallOp>(op))
      value = loop.getTiedOpOperand(result)->get();
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      value = loop.getTiedLoopInit(result)->get();
    else if (auto writer = dyn_cast<DestinationStyleOpInterface>(op))
      value = writer.getTiedOpOperand(result)->get();
    else
      break;
  }
  return first;
}

struct SeparateFills : tw::impl::SeparateFillsBase<SeparateFills> {
  void runOnOperation() override {
    llvm::MapVector<Value, SmallVector<tensor::InsertSliceOp>> insertions;
    getOperation().walk([&](tensor::InsertSliceOp op) { insertions[op.getDest()].push_back(op); });
    IRRewriter rewriter(&getContext());
    for (auto &[dest, users] : insertions) {
      Operations makers;
      if (users.size() < 2 || !isFill(dest, makers) || makers.empty())
        continue;
      for (tensor::InsertSliceOp user : ArrayRef(users).drop_front())
        separate(rewriter, user, makers);
    }
  }

  static void separate(IRRewriter &rewriter, tensor::InsertSliceOp user, const Operations &makers) {
    Operation *writer = findFirstWriter(user.getSource(), user->getBlock());
    // A reshape may have put the writer in front of the fill: then its place is the insertion.
    bool inFront =
        writer && llvm::all_of(makers, [&](Operation *maker) {
          return maker->getBlock() == writer->getBlock() && maker->isBeforeInBlock(writer);
        });
    rewriter.setInsertionPoint(inFront ? writer : user.getOperation());
    LDBG() << "a fill of its own for " << user;
    IRMapping mapping;
    for (Operation *maker : makers)
      rewriter.clone(*maker, mapping);
    rewriter.modifyOpInPlace(user,
                             [&] { user.getDestMutable().assign(mapping.lookup(user.getDest())); });
  }
};

} // namespace
