// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToGpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {
#define GEN_PASS_DEF_MAPTOTHREADS
#include "passes/LowerToGpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-map-to-threads"

using namespace mlir;

namespace {

/// A thread's own memory lies in what the GPU calls local memory, of which every thread of the
/// machine has its share, used or not.
constexpr int64_t kMaxThreadBytes = 16384;

/// The iterations of one dimension of a loop.
struct Dimension {
  OpFoldResult lower, step;
  Value count;
};

Value asValue(OpBuilder &b, Location loc, OpFoldResult value) {
  return getValueOrCreateConstantIndexOp(b, loc, value);
}

SmallVector<Dimension> getDimensions(OpBuilder &b, LoopLikeOpInterface loop) {
  Location loc = loop.getLoc();
  SmallVector<Dimension> dimensions;
  for (auto [lower, upper, step] : llvm::zip_equal(
           *loop.getLoopLowerBounds(), *loop.getLoopUpperBounds(), *loop.getLoopSteps())) {
    Value count = asValue(b, loc, upper);
    if (!isZeroInteger(lower))
      count = b.createOrFold<arith::SubIOp>(loc, count, asValue(b, loc, lower));
    if (!isOneInteger(step))
      count = b.createOrFold<arith::CeilDivSIOp>(loc, count, asValue(b, loc, step));
    dimensions.push_back({lower, step, count});
  }
  return dimensions;
}

/// Values of the loop's variables in the iteration with the number `task`.
SmallVector<Value> getVariables(OpBuilder &b, Location loc, ArrayRef<Dimension> dimensions,
                                Value task) {
  SmallVector<Value> variables(dimensions.size());
  for (int64_t dim = dimensions.size() - 1; dim >= 0; --dim) {
    const Dimension &dimension = dimensions[dim];
    Value index = task;
    if (dim > 0) {
      index = arith::RemUIOp::create(b, loc, task, dimension.count);
      task = arith::DivUIOp::create(b, loc, task, dimension.count);
    }
    if (!isOneInteger(dimension.step))
      index = arith::MulIOp::create(b, loc, index, asValue(b, loc, dimension.step));
    if (!isZeroInteger(dimension.lower))
      index = arith::AddIOp::create(b, loc, index, asValue(b, loc, dimension.lower));
    variables[dim] = index;
  }
  return variables;
}

gpu::LaunchOp createLaunch(IRRewriter &rewriter, Location loc, Value blocks, Value threads) {
  Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
  auto launch = gpu::LaunchOp::create(rewriter, loc, blocks, one, one, threads, one, one);
  rewriter.setInsertionPointToEnd(&launch.getBody().front());
  gpu::TerminatorOp::create(rewriter, loc);
  rewriter.setInsertionPointToStart(&launch.getBody().front());
  return launch;
}

struct MapToThreads : tw::impl::MapToThreadsBase<MapToThreads> {
  using Base::Base;

  void runOnOperation() override {
    if (!llvm::hasSingleElement(getOperation().getBody()))
      return;
    IRRewriter rewriter(&getContext());
    bool failing = false;
    for (Operation &op : llvm::make_early_inc_range(getOperation().getBody().front()))
      failing |= failed(map(rewriter, &op)); // all complaints at once
    if (failing)
      signalPassFailure();
  }

  LogicalResult map(IRRewriter &rewriter, Operation *op) {
    rewriter.setInsertionPoint(op);
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      linalg::GenericOp generic =
          linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
      rewriter.eraseOp(copy);
      return mapStructured(rewriter, cast<linalg::LinalgOp>(generic.getOperation()));
    }
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return mapStructured(rewriter, linalgOp);
    if (auto loop = dyn_cast<scf::ForallOp>(op)) {
      if (loop.getNumResults() > 0)
        return loop.emitError(
            "parallel loops must be on buffers here; run the bufferize phase first");
      return launchLoop(rewriter, loop);
    }
    return verifyHost(op);
  }

  /// What stays on the host: sizes, memory and views of it, and checks.
  static LogicalResult verifyHost(Operation *op) {
    if (isMemoryEffectFree(op) || isa<tw::AssertOp, tw::OutputOp>(op) ||
        op->hasTrait<OpTrait::IsTerminator>())
      return success();
    if (isa<memref::AllocOp, memref::DeallocOp>(op))
      return success();
    return op->emitError() << "'" << op->getName()
                           << "' works on elements outside of a kernel, which the host cannot do "
                              "for memory of a GPU";
  }

  LogicalResult mapStructured(IRRewriter &rewriter, linalg::LinalgOp op) {
    if (!op.hasPureBufferSemantics())
      return op.emitError("must be on buffers here; run the bufferize phase first");
    rewriter.setInsertionPoint(op);
    SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
    if (!kinds.empty() && kinds.front() == utils::IteratorType::parallel) {
      FailureOr<linalg::LinalgLoops> loops = linalg::linalgOpToParallelLoops(rewriter, op);
      if (failed(loops))
        return op.emitError("cannot be computed by loops");
      rewriter.eraseOp(op);
      return launchLoop(rewriter, cast<LoopLikeOpInterface>(loops->front()));
    }
    // One thread: there is nothing to share out.
    Value one = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 1);
    gpu::LaunchOp launch = createLaunch(rewriter, op.getLoc(), one, one);
    rewriter.moveOpBefore(op, launch.getBody().front().getTerminator());
    return success();
  }

  LogicalResult launchLoop(IRRewriter &rewriter, LoopLikeOpInterface loop) {
    Location loc = loop.getLoc();
    rewriter.setInsertionPoint(loop);
    auto schedule = loop->getAttrOfType<tw::ScheduleAttr>(tw::kScheduleAttr);
    int64_t blockSize = schedule && schedule.getLanes() > 0 ? schedule.getLanes() : threads;
    SmallVector<Dimension> dimensions = getDimensions(rewriter, loop);
    Value total = dimensions.front().count;
    for (const Dimension &dimension : ArrayRef(dimensions).drop_front())
      total = rewriter.createOrFold<arith::MulIOp>(loc, total, dimension.count);
    Value size = arith::ConstantIndexOp::create(rewriter, loc, blockSize);
    Value blocks = rewriter.createOrFold<arith::CeilDivUIOp>(loc, total, size);
    std::optional<int64_t> known = getConstantIntValue(total);
    // A grid of no blocks is an error of the driver; all threads of one block find nothing to do.
    if (!known)
      blocks = arith::MaxUIOp::create(rewriter, loc, blocks,
                                      arith::ConstantIndexOp::create(rewriter, loc, 1));
    else if (*known == 0)
      return rewriter.eraseOp(loop), success();

    gpu::LaunchOp launch = createLaunch(rewriter, loc, blocks, size);
    Value first = arith::MulIOp::create(rewriter, loc, launch.getBlockIds().x, size);
    Value task = arith::AddIOp::create(rewriter, loc, first, launch.getThreadIds().x);
    if (!known || *known % blockSize != 0) {
      Value inside = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ult, task, total);
      auto guard = scf::IfOp::create(rewriter, loc, inside, /*withElseRegion=*/false);
      rewriter.setInsertionPointToStart(guard.thenBlock());
    }
    IRMapping mapping;
    mapping.map(*loop.getLoopInductionVars(), getVariables(rewriter, loc, dimensions, task));
    for (Operation &op : loop.getLoopRegions().front()->front().without_terminator())
      rewriter.clone(op, mapping);
    rewriter.eraseOp(loop);
    return keepMemoryInThread(rewriter, launch);
  }

  /// At the start of the kernel, so that it has a fixed place in the frame.
  LogicalResult keepMemoryInThread(IRRewriter &rewriter, gpu::LaunchOp launch) {
    int64_t bytes = 0;
    WalkResult result = launch.walk([&](memref::AllocOp alloc) {
      MemRefType type = alloc.getType();
      if (!type.hasStaticShape()) {
        alloc.emitError("needs memory of a size that is known only in the call, in every thread; "
                        "give the tensor a fixed shape, or compile with target cpu");
        return WalkResult::interrupt();
      }
      bytes += type.getNumElements() * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
      if (bytes > kMaxThreadBytes) {
        alloc.emitError() << "needs " << bytes << " bytes in every thread, more than the "
                          << kMaxThreadBytes << " that it may use; compile with target cpu";
        return WalkResult::interrupt();
      }
      rewriter.setInsertionPointToStart(&launch.getBody().front());
      rewriter.replaceOpWithNewOp<memref::AllocaOp>(alloc, type, alloc.getAlignmentAttr());
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
