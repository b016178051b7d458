// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers, shapes and tiles of the transforms of Winograd's minimal filtering.
#include "dialects/Tw/KnownDivisor.h"
#include "dialects/Tw/TilingMethods.h"
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace {

using Sizes = ArrayRef<OpFoldResult>;

/// Checks `image`, [n, h, w, c], against `tiles`, [4, 4, n, rows, columns, c]; `getTiles` gives the
/// number of tiles that a dimension of so many pixels has.
LogicalResult verifyShapes(Operation *op, RankedTensorType image, RankedTensorType tiles,
                           function_ref<std::optional<int64_t>(int64_t)> getTiles) {
  if (image.getRank() != 4 || tiles.getRank() != 6)
    return op->emitOpError("expected an image of rank 4 and tiles of rank 6, got ")
           << image << " and " << tiles;
  if (image.getElementType() != tiles.getElementType())
    return op->emitOpError("has elements of two types: ")
           << image.getElementType() << " and " << tiles.getElementType();
  if (tiles.getDimSize(0) != 4 || tiles.getDimSize(1) != 4)
    return op->emitOpError("expected tiles of 4x4 elements, got ") << tiles;
  if (failed(verifyCompatibleDims({image.getDimSize(0), tiles.getDimSize(2)})) ||
      failed(verifyCompatibleDims({image.getDimSize(3), tiles.getDimSize(5)})))
    return op->emitOpError("has images and tiles of different batches or channels: ")
           << image << " and " << tiles;
  for (int64_t dim : {1, 2}) {
    int64_t pixels = image.getDimSize(dim);
    if (ShapedType::isDynamic(pixels))
      continue;
    std::optional<int64_t> count = getTiles(pixels);
    if (!count || failed(verifyCompatibleDims({*count, tiles.getDimSize(dim + 2)})))
      return op->emitOpError("has ") << tiles.getDimSize(dim + 2) << " tiles for " << pixels
                                     << " pixels in dimension " << dim << " of the image";
  }
  return success();
}

OpFoldResult apply(OpBuilder &builder, Location loc, AffineExpr expr, OpFoldResult operand) {
  return affine::makeComposedFoldedAffineApply(builder, loc, AffineMap::get(1, 0, expr), operand);
}

FailureOr<TilingResult> tileInput(tw::WinogradInputOp op, OpBuilder &builder, Sizes offsets,
                                  Sizes sizes) {
  for (int64_t dim : {0, 1})
    if (!isZeroInteger(offsets[dim]) || !isConstantIntValue(sizes[dim], 4))
      return failure();
  Location loc = op.getLoc();
  AffineExpr d0 = builder.getAffineDimExpr(0);
  SmallVector<OpFoldResult> pixelOffsets = {offsets[2], apply(builder, loc, d0 * 2, offsets[3]),
                                            apply(builder, loc, d0 * 2, offsets[4]), offsets[5]};
  SmallVector<OpFoldResult> pixelSizes = {sizes[2], apply(builder, loc, d0 * 2 + 2, sizes[3]),
                                          apply(builder, loc, d0 * 2 + 2, sizes[4]), sizes[5]};
  Value input = tw::sliceTile(builder, loc, op.getInput(), pixelOffsets, pixelSizes);
  Value init = tw::sliceTile(builder, loc, op.getInit(), offsets, sizes);
  return tw::cloneOnTile(builder, op, {input, init}, init.getType());
}

FailureOr<TilingResult> tileOutput(tw::WinogradOutputOp op, OpBuilder &builder, Sizes offsets,
                                   Sizes sizes) {
  for (int64_t dim : {1, 2})
    if (tw::getKnownDivisor(offsets[dim], 2) != 2)
      return failure();
  Location loc = op.getLoc();
  OpFoldResult zero = builder.getIndexAttr(0), four = builder.getIndexAttr(4);
  AffineExpr d0 = builder.getAffineDimExpr(0);
  auto half = [&](OpFoldResult pixels) { return apply(builder, loc, d0.ceilDiv(2), pixels); };
  Value input =
      tw::sliceTile(builder, loc, op.getInput(),
                    {zero, zero, offsets[0], half(offsets[1]), half(offsets[2]), offsets[3]},
                    {four, four, sizes[0], half(sizes[1]), half(sizes[2]), sizes[3]});
  Value init = tw::sliceTile(builder, loc, op.getInit(), offsets, sizes);
  return tw::cloneOnTile(builder, op, {input, init}, init.getType());
}

} // namespace

LogicalResult tw::WinogradInputOp::verify() {
  return verifyShapes(*this, getInput().getType(), getResultType(),
                      [](int64_t pixels) -> std::optional<int64_t> {
                        if (pixels < 4 || pixels % 2 != 0)
                          return std::nullopt;
                        return pixels / 2 - 1;
                      });
}

LogicalResult tw::WinogradOutputOp::verify() {
  return verifyShapes(*this, getResultType(), getInput().getType(),
                      [](int64_t pixels) { return (pixels + 1) / 2; });
}

LogicalResult tw::WinogradInputOp::reifyResultShapes(OpBuilder &builder,
                                                     ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInit())};
  return success();
}

LogicalResult tw::WinogradOutputOp::reifyResultShapes(OpBuilder &builder,
                                                      ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInit())};
  return success();
}

/// The elements of a tile are computed together.
static SmallVector<utils::IteratorType> getInputIterators() {
  SmallVector<utils::IteratorType> types(6, utils::IteratorType::parallel);
  types[0] = types[1] = utils::IteratorType::reduction;
  return types;
}

TW_TILING_INTERFACE(tw::WinogradInputOp, getInputIterators(), tileInput)
TW_TILING_INTERFACE(tw::WinogradOutputOp,
                    SmallVector<utils::IteratorType>(4, utils::IteratorType::parallel), tileOutput)
