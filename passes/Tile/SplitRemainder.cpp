// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/SplitRemainder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"

using namespace mlir;

SmallVector<int64_t> tw::getLoopTiles(TilingInterface op, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> tiles(op.getLoopIteratorTypes().size(), 0);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op.getOperation());
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    unsigned loop = dim;
    if (linalgOp) {
      AffineMap map = linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0));
      auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim));
      if (!expr)
        continue;
      loop = expr.getPosition();
    }
    if (loop < tiles.size())
      tiles[loop] = size;
  }
  return tiles;
}

/// Computes the members of the group that `op` reads through slices on those slices only.
static void fuseProducers(RewriterBase &rewriter, Operation *op,
                          function_ref<bool(Operation *)> fuse) {
  SmallVector<Operation *> worklist = {op};
  while (!worklist.empty()) {
    Operation *consumer = worklist.pop_back_val();
    for (Value operand : llvm::to_vector(consumer->getOperands())) {
      auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>();
      if (!slice)
        continue;
      Operation *producer = slice.getSource().getDefiningOp();
      if (!producer || !fuse(producer))
        continue;
      rewriter.setInsertionPoint(slice);
      FailureOr<TilingResult> tiled = tensor::replaceExtractSliceWithTiledProducer(
          rewriter, slice, cast<OpResult>(slice.getSource()));
      if (failed(tiled))
        continue;
      rewriter.replaceOp(slice, tiled->tiledValues[0]);
      llvm::append_range(worklist, tiled->tiledOps);
    }
  }
}

FailureOr<SmallVector<tw::SplitPart>> tw::splitRemainders(RewriterBase &rewriter,
                                                          TilingInterface op,
                                                          ArrayRef<int64_t> tiles,
                                                          function_ref<bool(Operation *)> fuse) {
  SmallVector<SplitPart> done;
  SmallVector<SplitPart> worklist = {{op, llvm::to_vector(tiles)}};
  while (!worklist.empty()) {
    SplitPart part = worklist.pop_back_val();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(part.op);
    SmallVector<Range> domain = part.op.getIterationDomain(rewriter);
    bool split = false;
    for (auto [loop, range] : llvm::enumerate(domain)) {
      int64_t &tile = part.tiles[loop];
      std::optional<int64_t> size = getConstantIntValue(range.size);
      if (tile == 0 || !size)
        continue;
      if (*size <= tile) {
        tile = 0;
        continue;
      }
      if (*size % tile == 0)
        continue;
      auto [head, tail] =
          linalg::splitOp(rewriter, part.op, loop, rewriter.getIndexAttr(*size / tile * tile));
      if (!head || !tail)
        return part.op->emitError("cannot split dimension ")
               << loop << " of size " << *size << " at a multiple of its tile " << tile;
      fuseProducers(rewriter, head, fuse);
      fuseProducers(rewriter, tail, fuse);
      worklist.push_back({tail, part.tiles});
      worklist.push_back({head, part.tiles});
      split = true;
      break;
    }
    if (!split)
      done.push_back(part);
  }
  return done;
}
