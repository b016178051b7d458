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
    auto shapes = tw::chooseTileShapes(getOperation(), target);
    for (Operation *op : ops)
      if (failed(vectorize(rewriter, op, reader, target, shapes.lookup(op))))
        return signalPassFailure();
  }

  static LogicalResult vectorize(IRRewriter &rewriter, Operation *op, tw::TileReader &reader,
                                 tw::TargetAttr target, const tw::TileDotShape &shape) {
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
    if (succeeded(tw::vectorizeTileDot(rewriter, linalgOp, reader, target, shape, reason)))
      return success();
    LDBG() << "no tiles: " << reason << ": " << op->getName();
    tw::TileVectorizer vectorizer(rewriter, linalgOp, reader, tw::getLanes(target));
    if (failed(vectorizer.run()))
      op->emitRemark() << "'" << op->getName()
                       << "' falls back to scalar loops: " << vectorizer.getReason();
    return success();
  }
};

} // namespace
