// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Vectorize/TileDotVectorizer.h"
#include "passes/Vectorize/TileVectorizer.h"
#include "passes/Vectorize/WinogradVectorizer.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_VECTORIZETILES
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-vectorize-tiles"

using namespace mlir;

namespace {

/// A fill that is inserted somewhere is no start of a sum: nobody here has a use for its contents.
/// One that is larger than all registers could be carried in none. Straight code for a side of an
/// image or for a task's places would be long; tw-lower-copies-and-fills makes loops of it.
bool isLeftAsFill(Operation *op, tw::TargetAttr target) {
  auto fill = dyn_cast<linalg::FillOp>(op);
  if (!fill)
    return false;
  auto type = cast<ShapedType>(fill.output().getType());
  int64_t registers = target.getVectorRegisters() * tw::getLanes(target);
  if (type.hasStaticShape() && type.getNumElements() > 4 * registers)
    return true;
  return llvm::all_of(op->getUsers(),
                      [](Operation *user) { return isa<tensor::InsertSliceOp>(user); });
}

using TileDotShapes = llvm::DenseMap<Operation *, tw::TileDotShape>;

/// Whether the sums of a register tile need more vectors than there are.
bool exceedsVectors(linalg::LinalgOp op, const tw::TileDotLoops &loops, tw::TargetAttr target) {
  int64_t sums = 1;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::parallel)
      sums *= loop == loops.columnLoop ? llvm::divideCeil(ranges[loop], tw::getLanes(target))
                                       : ranges[loop];
  return sums > target.getVectorRegisters();
}

/// The tiles of each contraction below `root` that tiles serve. A tile register has one shape in a
/// function, which a task becomes: contractions of one task that differ have whole tiles. Outside
/// of tasks they would have to be configured again behind each parallel region, and LLVM could not
/// cut the entry point into parts: there they serve what vectors could not hold.
TileDotShapes chooseTileShapes(Operation *root, tw::TargetAttr target) {
  TileDotShapes shapes;
  llvm::MapVector<Operation *, SmallVector<Operation *>> tasks;
  root->walk([&](linalg::LinalgOp op) {
    StringRef reason;
    std::optional<tw::TileDotLoops> loops = tw::matchTileDotLoops(op, target, reason);
    auto task = op->getParentOfType<scf::ForallOp>();
    if (loops && !task && !exceedsVectors(op, *loops, target)) {
      reason = "it is in no task";
      loops = std::nullopt;
    }
    if (!loops) {
      LDBG() << "no tiles: " << reason << ": " << op->getName();
      return;
    }
    tasks[task ? task.getOperation() : root].push_back(op);
    shapes[op] = tw::getEvenTileShape(op, *loops);
  });
  for (auto &[task, ops] : tasks)
    if (llvm::any_of(ops, [&](Operation *op) { return !(shapes[op] == shapes[ops.front()]); }))
      for (Operation *op : ops)
        shapes[op] = tw::TileDotShape();
  return shapes;
}

struct VectorizeTiles : tw::impl::VectorizeTilesBase<VectorizeTiles> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    tw::TileReader reader(rewriter);
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, tw::WinogradInputOp, tw::WinogradOutputOp>(op) &&
          !isLeftAsFill(op, target))
        ops.push_back(op);
    });
    TileDotShapes shapes = chooseTileShapes(getOperation(), target);
    for (Operation *op : ops)
      if (failed(vectorize(rewriter, op, reader, target, shapes)))
        return signalPassFailure();
  }

  static LogicalResult vectorize(IRRewriter &rewriter, Operation *op, tw::TileReader &reader,
                                 tw::TargetAttr target, const TileDotShapes &shapes) {
    StringRef reason;
    if (!isa<linalg::LinalgOp>(op)) {
      auto input = dyn_cast<tw::WinogradInputOp>(op);
      if (failed(input ? tw::vectorizeWinograd(rewriter, input, reader, reason)
                       : tw::vectorizeWinograd(rewriter, cast<tw::WinogradOutputOp>(op), reader,
                                               reason)))
        return op->emitOpError("has no vector form: ") << reason << "; tile it first";
      return success();
    }
    auto linalgOp = cast<linalg::LinalgOp>(op);
    if (auto shape = shapes.find(op); shape != shapes.end()) {
      if (succeeded(
              tw::vectorizeTileDot(rewriter, linalgOp, reader, target, shape->second, reason)))
        return success();
      LDBG() << "no tiles: " << reason << ": " << op->getName();
    }
    tw::TileVectorizer vectorizer(rewriter, linalgOp, reader, tw::getLanes(target));
    if (failed(vectorizer.run()))
      op->emitRemark() << "'" << op->getName()
                       << "' falls back to scalar loops: " << vectorizer.getReason();
    return success();
  }
};

} // namespace
