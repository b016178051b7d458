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

namespace {

struct Segment {
  int64_t offset, size;
};

/// The pieces of each loop: whole tiles, and what is left. A loop that needs no cut has none.
SmallVector<SmallVector<Segment>> getSegments(ArrayRef<Range> domain, ArrayRef<int64_t> tiles) {
  SmallVector<SmallVector<Segment>> segments(domain.size());
  for (auto [range, tile, pieces] : llvm::zip_equal(domain, tiles, segments)) {
    std::optional<int64_t> size = getConstantIntValue(range.size);
    if (tile == 0 || !size || *size <= tile || *size % tile == 0)
      continue;
    int64_t whole = *size / tile * tile;
    pieces = {{0, whole}, {whole, *size - whole}};
  }
  return segments;
}

/// Where the results of the parts are put together. The contents of a fill are computed with each
/// part; anything else may be accumulated onto and is the start itself.
Value getDestination(RewriterBase &rewriter, OpOperand &init) {
  auto fill = init.get().getDefiningOp<linalg::FillOp>();
  if (!fill)
    return init.get();
  Location loc = fill.getLoc();
  return tensor::EmptyOp::create(rewriter, loc, tensor::getMixedSizes(rewriter, loc, init.get()),
                                 cast<RankedTensorType>(init.get().getType()).getElementType());
}

/// Lets result `index` of `part` be computed in its slice of what has been put together so far:
/// with a slice of the first tensor as its init, bufferization would see two versions of it and
/// copy. A fill is repeated on the slice.
void writeInto(RewriterBase &rewriter, Operation *part, unsigned index, Value init, Value whole,
               ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
               ArrayRef<OpFoldResult> strides) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(part);
  OpOperand *operand = cast<DestinationStyleOpInterface>(part).getDpsInitOperand(index);
  auto type = cast<RankedTensorType>(operand->get().getType());
  Value slice = tensor::ExtractSliceOp::create(rewriter, part->getLoc(), type, whole, offsets,
                                               sizes, strides);
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    slice = linalg::FillOp::create(rewriter, fill.getLoc(), fill.value(), slice).getResult(0);
  rewriter.modifyOpInPlace(part, [&] { operand->set(slice); });
}

} // namespace

FailureOr<SmallVector<tw::SplitPart>> tw::splitRemainders(RewriterBase &rewriter,
                                                          TilingInterface op,
                                                          ArrayRef<int64_t> tiles,
                                                          function_ref<bool(Operation *)> fuse) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  SmallVector<Range> domain = op.getIterationDomain(rewriter);
  SmallVector<int64_t> kept(tiles);
  for (auto [range, tile] : llvm::zip_equal(domain, kept))
    if (std::optional<int64_t> size = getConstantIntValue(range.size); size && *size <= tile)
      tile = 0;
  SmallVector<SmallVector<Segment>> segments = getSegments(domain, kept);
  unsigned count = 1;
  for (ArrayRef<Segment> pieces : segments)
    count *= std::max<size_t>(1, pieces.size());
  if (count == 1)
    return SmallVector<SplitPart>{{op, kept}};

  Location loc = op.getLoc();
  SmallVector<SplitPart> parts;
  SmallVector<Value> inits, results;
  for (OpOperand &init :
       cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInitsMutable()) {
    inits.push_back(init.get());
    results.push_back(getDestination(rewriter, init));
  }
  for (unsigned number = 0; number < count; ++number) {
    SmallVector<OpFoldResult> offsets, sizes;
    SmallVector<int64_t> partTiles(kept);
    unsigned rest = number;
    for (auto [loop, pieces] : llvm::enumerate(segments)) {
      if (pieces.empty()) {
        offsets.push_back(domain[loop].offset);
        sizes.push_back(domain[loop].size);
        continue;
      }
      Segment piece = pieces[rest % pieces.size()];
      rest /= pieces.size();
      offsets.push_back(rewriter.getIndexAttr(piece.offset));
      sizes.push_back(rewriter.getIndexAttr(piece.size));
      if (piece.size <= kept[loop])
        partTiles[loop] = 0;
    }
    FailureOr<TilingResult> part = op.getTiledImplementation(rewriter, offsets, sizes);
    if (failed(part) || part->tiledOps.size() != 1)
      return op->emitError("cannot be cut at multiples of its tile sizes ") << tiles;
    parts.push_back({cast<TilingInterface>(part->tiledOps.front()), partTiles});
    for (auto [index, value] : llvm::enumerate(part->tiledValues)) {
      SmallVector<OpFoldResult> resultOffsets, resultSizes;
      if (failed(op.getResultTilePosition(rewriter, index, offsets, sizes, resultOffsets,
                                          resultSizes)))
        return op->emitError("does not tell where a tile of its result lies");
      SmallVector<OpFoldResult> strides(resultOffsets.size(), rewriter.getIndexAttr(1));
      writeInto(rewriter, part->tiledOps.front(), index, inits[index], results[index],
                resultOffsets, resultSizes, strides);
      results[index] = tensor::InsertSliceOp::create(rewriter, loc, value, results[index],
                                                     resultOffsets, resultSizes, strides);
    }
  }
  rewriter.replaceOp(op, results);
  for (SplitPart &part : parts)
    fuseProducers(rewriter, part.op, fuse);
  return parts;
}
