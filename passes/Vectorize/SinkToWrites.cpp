// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_SINKTOWRITES
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-sink-to-writes"

using namespace mlir;

/// The tensor whose memory `tensor` may have: where a chain of slices, writes and loops began.
static Value getRoot(Value tensor) {
  while (auto result = dyn_cast<OpResult>(tensor)) {
    Operation *op = result.getOwner();
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      tensor = slice.getSource();
    } else if (auto written = dyn_cast<DestinationStyleOpInterface>(op)) {
      tensor = written.getTiedOpOperand(result)->get();
    } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
      OpOperand *init = loop.getTiedLoopInit(result);
      if (!init)
        break;
      tensor = init->get();
    } else {
      break;
    }
  }
  return tensor;
}

namespace {

/// What one block computes for its writes.
class BlockOrder {
public:
  explicit BlockOrder(Block &block) : block(block) {
    for (Operation &op : block) {
      positions[&op] = positions.size();
      if (auto write = dyn_cast<vector::TransferWriteOp>(op);
          write && isa<RankedTensorType>(write.getBase().getType()))
        writes.push_back(write);
    }
  }

  void run() {
    // Nothing stands between a single write and what it writes.
    if (writes.size() < 2)
      return;
    for (vector::TransferWriteOp write : writes)
      sinkTo(write);
  }

private:
  void sinkTo(vector::TransferWriteOp write) {
    llvm::SetVector<Operation *> slice;
    collect(write.getValueToStore(), getRoot(write.getBase()), slice);
    bool changed = true;
    while (changed)
      changed = slice.remove_if([&](Operation *op) { return hasEarlierUser(op, write, slice); });
    SmallVector<Operation *> ops(slice.takeVector());
    llvm::sort(ops, [&](Operation *a, Operation *b) { return positions[a] < positions[b]; });
    for (Operation *op : ops)
      op->moveBefore(write);
  }

  void collect(Value value, Value destination, llvm::SetVector<Operation *> &slice) {
    SmallVector<Value> worklist = {value};
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val().getDefiningOp();
      if (!op || !canMove(op, destination) || !slice.insert(op))
        continue;
      llvm::append_range(worklist, op->getOperands());
    }
  }

  bool canMove(Operation *op, Value destination) {
    if (op->getBlock() != &block || op->getNumRegions() > 0 ||
        op->hasTrait<OpTrait::ConstantLike>() || !isMemoryEffectFree(op))
      return false;
    if (llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
      return false;
    // A read of what is written to would come after earlier writes, and bufferization would have
    // to copy the tensor for it.
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()) && getRoot(operand) == destination) {
        LDBG() << "stays, it reads what is written to: " << *op;
        return false;
      }
    return true;
  }

  /// Positions are those from before anything moved: what has moved to a write further up had its
  /// place before this write too.
  bool hasEarlierUser(Operation *op, Operation *write, const llvm::SetVector<Operation *> &slice) {
    return llvm::any_of(op->getUsers(), [&](Operation *user) {
      Operation *ancestor = block.findAncestorOpInBlock(*user);
      bool earlier = ancestor && positions[ancestor] < positions[write] && !slice.contains(user);
      if (earlier)
        LDBG() << "stays, it is needed further up: " << *op;
      return earlier;
    });
  }

  Block &block;
  DenseMap<Operation *, unsigned> positions;
  SmallVector<vector::TransferWriteOp> writes;
};

struct SinkToWrites : tw::impl::SinkToWritesBase<SinkToWrites> {
  void runOnOperation() override {
    getOperation().walk([](Block *block) { BlockOrder(*block).run(); });
  }
};

} // namespace
