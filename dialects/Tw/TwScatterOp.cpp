// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifier, shape and tiles of writes at computed places.
#include "dialects/Tw/TilingMethods.h"
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

LogicalResult tw::ScatterOp::verify() {
  RankedTensorType result = getResultType(), source = getSource().getType(),
                   indices = getIndices().getType();
  int64_t rank = result.getRank(), scattered = getDimension();
  if (scattered >= rank)
    return emitOpError("has dimension ") << scattered << " for a tensor of rank " << rank;
  if (source.getElementType() != result.getElementType())
    return emitOpError("source is of ")
           << source.getElementType() << ", the result of " << result.getElementType();
  if (indices.getElementType().isInteger(1))
    return emitOpError("has indices of i1");
  for (auto [name, type] : {std::pair("source", source), std::pair("indices", indices)}) {
    if (type.getRank() != rank)
      return emitOpError() << name << " has rank " << type.getRank() << ", the result " << rank;
    for (int64_t dim = 0; dim < rank; ++dim) {
      int64_t size = type.getDimSize(dim);
      int64_t full = dim == scattered ? indices.getDimSize(dim) : result.getDimSize(dim);
      if (size != 1 && failed(verifyCompatibleDims({size, full})))
        return emitOpError() << name << " has size " << size << " in dimension " << dim
                             << "; expected " << full << " or 1";
    }
  }
  return success();
}

LogicalResult tw::ScatterOp::reifyResultShapes(OpBuilder &builder,
                                               ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInit())};
  return success();
}

static FailureOr<TilingResult> tileScatter(tw::ScatterOp op, OpBuilder &builder,
                                           ArrayRef<OpFoldResult> offsets,
                                           ArrayRef<OpFoldResult> sizes) {
  Location loc = op.getLoc();
  int64_t scattered = op.getDimension();
  // Each tile of places looks at all that is written.
  auto tile = [&](Value operand) -> Value {
    SmallVector<OpFoldResult> operandOffsets(offsets), operandSizes(sizes);
    operandOffsets[scattered] = builder.getIndexAttr(0);
    operandSizes[scattered] = tensor::getMixedSize(builder, loc, operand, scattered);
    return tw::sliceTile(builder, loc, operand, operandOffsets, operandSizes, /*broadcast=*/true);
  };
  SmallVector<Value> operands = {tile(op.getSource()), tile(op.getIndices())};
  OpFoldResult before = op.getFirst() ? OpFoldResult(op.getFirst()) : builder.getIndexAttr(0);
  AffineExpr sum = builder.getAffineDimExpr(0) + builder.getAffineDimExpr(1);
  operands.push_back(getValueOrCreateConstantIndexOp(
      builder, loc,
      affine::makeComposedFoldedAffineApply(builder, loc, sum, {before, offsets[scattered]})));
  operands.push_back(tw::sliceTile(builder, loc, op.getInit(), offsets, sizes));
  return tw::cloneOnTile(builder, op, operands, operands.back().getType());
}

TW_TILING_INTERFACE(tw::ScatterOp,
                    SmallVector<utils::IteratorType>(getResultType().getRank(),
                                                     utils::IteratorType::parallel),
                    tileScatter)
