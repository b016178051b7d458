// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifiers of the named operations and the shapes of their results.
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace {

LogicalResult reifyInit(OpBuilder &builder, Location loc, Value init,
                        ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, loc, init)};
  return success();
}

template <typename NormOp> LogicalResult verifyNorm(NormOp op) {
  RankedTensorType type = op.getResultType();
  int64_t axis = op.getAxis();
  if (axis >= type.getRank())
    return op.emitOpError("has axis ") << axis << " for a tensor of rank " << type.getRank();
  ArrayRef<int64_t> normalized = type.getShape().drop_front(axis);
  for (auto [name, parameter] :
       {std::pair("gamma", op.getGamma()), std::pair("beta", op.getBeta())}) {
    if (!parameter)
      continue;
    auto parameterType = cast<RankedTensorType>(parameter.getType());
    if (parameterType.getElementType() != type.getElementType() ||
        failed(verifyCompatibleShape(parameterType.getShape(), normalized)))
      return op.emitOpError() << name << " is " << parameterType
                              << "; expected the normalized dimensions "
                              << RankedTensorType::get(normalized, type.getElementType());
  }
  if (op.getEpsilon().convertToDouble() < 0)
    return op.emitOpError("has a negative epsilon");
  return success();
}

} // namespace

LogicalResult tw::SoftmaxOp::verify() {
  int64_t rank = getResultType().getRank();
  if (static_cast<int64_t>(getDimension()) >= rank)
    return emitOpError("has dimension ") << getDimension() << " for a tensor of rank " << rank;
  if (getZeroMaskedRows() && getLogarithm())
    return emitOpError("has zero_masked_rows, of which there is no logarithm");
  return success();
}

LogicalResult tw::LayerNormOp::verify() { return verifyNorm(*this); }

LogicalResult tw::RmsNormOp::verify() { return verifyNorm(*this); }

LogicalResult tw::AttentionOp::verify() {
  RankedTensorType query = getQuery().getType(), key = getKey().getType(),
                   value = getValue().getType(), result = getResultType();
  int64_t rank = result.getRank();
  if (rank < 2)
    return emitOpError("needs tensors of rank 2 or more");
  for (auto [name, type] :
       {std::pair("query", query), std::pair("key", key), std::pair("value", value)}) {
    if (type.getRank() != rank)
      return emitOpError() << name << " has rank " << type.getRank() << ", the result " << rank;
    if (type.getElementType() != query.getElementType())
      return emitOpError() << name << " has element type " << type.getElementType() << ", query "
                           << query.getElementType();
  }
  if (query.getElementType() != result.getElementType() &&
      query.getElementTypeBitWidth() >= result.getElementTypeBitWidth())
    return emitOpError("has queries of ")
           << query.getElementType() << " and a result of " << result.getElementType()
           << "; expected the same or a wider type";
  int64_t batch = rank - 2, row = rank - 2, column = rank - 1;
  auto checkEqual = [&](StringRef what, int64_t a, int64_t b) -> LogicalResult {
    if (succeeded(verifyCompatibleDims({a, b})))
      return success();
    return emitOpError() << what << " differ: " << a << " and " << b;
  };
  if (failed(
          checkEqual("rows of query and result", query.getDimSize(row), result.getDimSize(row))) ||
      failed(checkEqual("columns of query and key", query.getDimSize(column),
                        key.getDimSize(column))) ||
      failed(checkEqual("rows of key and value", key.getDimSize(row), value.getDimSize(row))) ||
      failed(checkEqual("columns of value and result", value.getDimSize(column),
                        result.getDimSize(column))))
    return failure();

  auto checkBroadcast = [&](StringRef name, int64_t dim, int64_t size,
                            int64_t full) -> LogicalResult {
    if (size == 1 || succeeded(verifyCompatibleDims({size, full})))
      return success();
    return emitOpError() << name << " has size " << size << " in dimension " << dim << "; expected "
                         << full << " or 1";
  };
  for (int64_t dim = 0; dim < batch; ++dim)
    if (failed(checkEqual("batch sizes of query and result", query.getDimSize(dim),
                          result.getDimSize(dim))) ||
        failed(checkBroadcast("key", dim, key.getDimSize(dim), result.getDimSize(dim))) ||
        failed(checkBroadcast("value", dim, value.getDimSize(dim), result.getDimSize(dim))))
      return failure();

  if (!getMask()) {
    if (getFill())
      return emitOpError("has a fill but no mask");
    return success();
  }
  auto mask = cast<RankedTensorType>(getMask().getType());
  if (mask.getRank() != rank)
    return emitOpError("mask has rank ") << mask.getRank() << ", the result " << rank;
  if (getFill() && !mask.getElementType().isInteger(1))
    return emitOpError("has a fill but its mask is not boolean");
  for (int64_t dim = 0; dim < rank; ++dim)
    if (failed(checkBroadcast("mask", dim, mask.getDimSize(dim),
                              dim == column ? key.getDimSize(row) : result.getDimSize(dim))))
      return failure();
  return success();
}

LogicalResult tw::SoftmaxOp::reifyResultShapes(OpBuilder &builder,
                                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyInit(builder, getLoc(), getInit(), shapes);
}

LogicalResult tw::LayerNormOp::reifyResultShapes(OpBuilder &builder,
                                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyInit(builder, getLoc(), getInit(), shapes);
}

LogicalResult tw::RmsNormOp::reifyResultShapes(OpBuilder &builder,
                                               ReifiedRankedShapedTypeDims &shapes) {
  return reifyInit(builder, getLoc(), getInit(), shapes);
}

LogicalResult tw::AttentionOp::reifyResultShapes(OpBuilder &builder,
                                                 ReifiedRankedShapedTypeDims &shapes) {
  return reifyInit(builder, getLoc(), getInit(), shapes);
}
