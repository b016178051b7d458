// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

namespace tw {
#define GEN_PASS_DEF_PLANARENA
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-plan-arena"

using namespace mlir;

namespace {

/// A cache line and an AVX-512 vector.
constexpr int64_t kAlignment = 64;

struct Buffer {
  memref::AllocOp alloc;
  int64_t bytes, firstUse, lastUse;
  int64_t offset = 0;
};

/// First fit by decreasing size: a buffer goes to the lowest offset where it meets no buffer
/// that is alive at the same time. Returns the bytes needed.
int64_t placeBuffers(MutableArrayRef<Buffer> buffers) {
  SmallVector<Buffer *> order;
  for (Buffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::stable_sort(order, [](Buffer *a, Buffer *b) { return a->bytes > b->bytes; });
  SmallVector<Buffer *> placed; // by offset
  int64_t total = 0;
  for (Buffer *buffer : order) {
    int64_t offset = 0;
    for (Buffer *other : placed) {
      bool together = buffer->firstUse <= other->lastUse && other->firstUse <= buffer->lastUse;
      if (!together || other->offset + other->bytes <= offset)
        continue;
      if (offset + buffer->bytes <= other->offset)
        break;
      offset = other->offset + other->bytes;
    }
    buffer->offset = offset;
    total = std::max(total, offset + buffer->bytes);
    placed.insert(llvm::upper_bound(placed, buffer,
                                    [](Buffer *a, Buffer *b) { return a->offset < b->offset; }),
                  buffer);
  }
  return total;
}

std::optional<int64_t> getBytes(MemRefType type) {
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return std::nullopt;
  unsigned bits = type.getElementType().isIndex() ? 64 : type.getElementTypeBitWidth();
  int64_t elements = std::max<int64_t>(1, type.getNumElements());
  return llvm::alignTo(elements * llvm::divideCeil(bits, 8), kAlignment);
}

struct PlanArena : tw::impl::PlanArenaBase<PlanArena> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal())
        continue;
      if (!llvm::hasSingleElement(function.getBody())) {
        function.emitError("has several blocks; an arena is planned for one");
        return signalPassFailure();
      }
      BufferViewFlowAnalysis aliases(function);
      int64_t scratch = 0;
      // Parallel bodies first: what is left then belongs to the function.
      function.walk([&](scf::ForallOp loop) {
        if (!loop->getParentOfType<scf::ForallOp>())
          scratch = std::max(scratch, plan(*loop.getBody(), aliases, /*parallel=*/true));
      });
      int64_t arena = plan(function.getBody().front(), aliases, /*parallel=*/false);
      OpBuilder builder(&getContext());
      function->setAttr(tw::kArenaBytesAttr, builder.getI64IntegerAttr(arena));
      function->setAttr(tw::kScratchBytesAttr, builder.getI64IntegerAttr(scratch));
    }
  }

  /// Plans the static allocations under `frame`, lifetimes being counted in its operations.
  int64_t plan(Block &frame, BufferViewFlowAnalysis &aliases, bool parallel) {
    DenseMap<Operation *, int64_t> position;
    for (auto [index, op] : llvm::enumerate(frame))
      position[&op] = index;
    auto positionOf = [&](Operation *op) {
      Operation *ancestor = frame.findAncestorOpInBlock(*op);
      return ancestor ? position.lookup(ancestor) : static_cast<int64_t>(position.size());
    };
    SmallVector<Buffer> buffers;
    SmallVector<memref::AllocOp> dynamic;
    SmallVector<Operation *> deallocs;
    frame.walk([&](Operation *op) {
      if (isa<memref::DeallocOp>(op))
        deallocs.push_back(op);
      auto alloc = dyn_cast<memref::AllocOp>(op);
      if (!alloc)
        return;
      std::optional<int64_t> bytes = getBytes(alloc.getType());
      if (!bytes)
        return dynamic.push_back(alloc);
      Buffer buffer{alloc, *bytes, positionOf(alloc), positionOf(alloc)};
      for (Value alias : aliases.resolve(alloc.getResult()))
        for (Operation *user : alias.getUsers())
          buffer.lastUse = std::max(buffer.lastUse, positionOf(user));
      buffers.push_back(buffer);
    });
    int64_t total = placeBuffers(buffers);
    IRRewriter rewriter(&getContext());
    for (Operation *dealloc : deallocs)
      rewriter.eraseOp(dealloc);
    replaceStatic(rewriter, frame, buffers, total, parallel);
    if (!parallel)
      for (memref::AllocOp alloc : dynamic) {
        rewriter.setInsertionPoint(alloc);
        rewriter.replaceOpWithNewOp<tw::AllocOp>(alloc, alloc.getType(), alloc.getDynamicSizes());
      }
    return total;
  }

  void replaceStatic(IRRewriter &rewriter, Block &frame, ArrayRef<Buffer> buffers, int64_t total,
                     bool parallel) {
    if (buffers.empty())
      return;
    rewriter.setInsertionPointToStart(&frame);
    Location loc = frame.getParentOp()->getLoc();
    auto type = MemRefType::get({total}, rewriter.getI8Type());
    Value workspace = parallel ? Value(tw::ScratchOp::create(rewriter, loc, type))
                               : Value(tw::ArenaOp::create(rewriter, loc, type));
    for (const Buffer &buffer : buffers) {
      memref::AllocOp alloc = buffer.alloc;
      rewriter.setInsertionPoint(alloc);
      Value offset = arith::ConstantIndexOp::create(rewriter, alloc.getLoc(), buffer.offset);
      rewriter.replaceOpWithNewOp<memref::ViewOp>(alloc, alloc.getType(), workspace, offset,
                                                  ValueRange{});
    }
  }
};

} // namespace
