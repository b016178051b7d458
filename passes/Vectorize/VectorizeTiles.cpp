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
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_VECTORIZETILES
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-vectorize-tiles"

using namespace mlir;

namespace {

struct VectorizeTiles : tw::impl::VectorizeTilesBase<VectorizeTiles> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    tw::TileReader reader(rewriter);
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops) {
      StringRef reason;
      if (succeeded(tw::vectorizeTileDot(rewriter, op, reader, target, reason)))
        continue;
      LDBG() << "no tiles: " << reason << ": " << op->getName();
      tw::TileVectorizer vectorizer(rewriter, op, reader, tw::getLanes(target));
      if (failed(vectorizer.run()))
        op.emitRemark() << "'" << op->getName()
                        << "' falls back to scalar loops: " << vectorizer.getReason();
    }
  }
};

} // namespace
