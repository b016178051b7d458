// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TilingInterface of the named operations. The iteration space is that of the result; a dimension
// along which an operation reduces has iterator type `reduction` and cannot be cut, because each
// element of a row needs the whole row.
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

namespace {

using Sizes = ArrayRef<OpFoldResult>;

SmallVector<Range> getResultDomain(OpBuilder &builder, Location loc, Value init) {
  SmallVector<Range> domain;
  for (OpFoldResult size : tensor::getMixedSizes(builder, loc, init))
    domain.push_back({builder.getIndexAttr(0), size, builder.getIndexAttr(1)});
  return domain;
}

/// `source[offsets][sizes]` where dimensions of size 1 that are broadcast stay whole.
/// `broadcast` says which dimensions may be.
tensor::ExtractSliceOp slice(OpBuilder &builder, Location loc, Value source, Sizes offsets,
                             Sizes sizes, bool broadcast = false) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<OpFoldResult> sliceOffsets(offsets), sliceSizes(sizes);
  SmallVector<OpFoldResult> strides(offsets.size(), builder.getIndexAttr(1));
  for (int64_t dim = 0; broadcast && dim < type.getRank(); ++dim)
    if (type.getDimSize(dim) == 1) {
      sliceOffsets[dim] = builder.getIndexAttr(0);
      sliceSizes[dim] = builder.getIndexAttr(1);
    }
  return tensor::ExtractSliceOp::create(builder, loc, source, sliceOffsets, sliceSizes, strides);
}

/// Clones `op` on `operands` and reports the slices among them.
TilingResult cloneOnTile(OpBuilder &builder, Operation *op, ArrayRef<Value> operands,
                         Type resultType) {
  Operation *tiled = mlir::clone(builder, op, resultType, operands);
  SmallVector<Operation *> slices;
  for (Value operand : operands)
    if (auto sliceOp = operand.getDefiningOp<tensor::ExtractSliceOp>())
      slices.push_back(sliceOp);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

/// Whether the tile is known to cover dimension `dim` of the tensors of `op`.
bool isWhole(DestinationStyleOpInterface op, int64_t dim, Sizes offsets, Sizes sizes) {
  if (!isZeroInteger(offsets[dim]))
    return false;
  using Variable = ValueBoundsConstraintSet::Variable;
  auto isSizeOf = [&](Value tensor) {
    FailureOr<bool> equal =
        ValueBoundsConstraintSet::areEqual(Variable(sizes[dim]), Variable(tensor, dim));
    return succeeded(equal) && *equal;
  };
  // The same size, but it is written as that of one or the other.
  return isSizeOf(op.getDpsInits().front()) || isSizeOf(op->getOperand(0)) ||
         isSizeOf(op->getResult(0));
}

// --- Operations on rows: softmax, layer_norm, rms_norm --------------------------------------

bool isReduced(tw::SoftmaxOp op, int64_t dim) {
  return dim == static_cast<int64_t>(op.getDimension());
}
bool isReduced(tw::LayerNormOp op, int64_t dim) {
  return dim >= static_cast<int64_t>(op.getAxis());
}
bool isReduced(tw::RmsNormOp op, int64_t dim) { return dim >= static_cast<int64_t>(op.getAxis()); }

template <typename RowOp> SmallVector<utils::IteratorType> getRowIterators(RowOp op) {
  SmallVector<utils::IteratorType> types;
  for (int64_t dim = 0; dim < op.getResultType().getRank(); ++dim)
    types.push_back(isReduced(op, dim) ? utils::IteratorType::reduction
                                       : utils::IteratorType::parallel);
  return types;
}

/// Fails without a word, since fusion only tries.
template <typename RowOp>
FailureOr<TilingResult> tileRows(RowOp op, OpBuilder &builder, Sizes offsets, Sizes sizes) {
  for (int64_t dim = 0; dim < op.getResultType().getRank(); ++dim)
    if (isReduced(op, dim) && !isWhole(op, dim, offsets, sizes))
      return failure();
  SmallVector<Value> operands(op->getOperands()); // gamma and beta have no tiled dimension
  Value &input = operands.front(), &init = operands.back();
  input = slice(builder, op.getLoc(), input, offsets, sizes);
  init = slice(builder, op.getLoc(), init, offsets, sizes);
  return cloneOnTile(builder, op, operands, init.getType());
}

// --- Attention ------------------------------------------------------------------------------

FailureOr<TilingResult> tileAttention(tw::AttentionOp op, OpBuilder &builder, Sizes offsets,
                                      Sizes sizes) {
  Location loc = op.getLoc();
  int64_t row = op.getNumBatchDims(), column = row + 1;
  // The tile of an operand: the batch part of the result's tile, then two dimensions.
  auto tile = [&](Value operand, bool rows, bool columns, bool broadcast) -> Value {
    SmallVector<OpFoldResult> operandOffsets(offsets), operandSizes(sizes);
    for (auto [dim, tiled] : {std::pair(row, rows), std::pair(column, columns)})
      if (!tiled) {
        operandOffsets[dim] = builder.getIndexAttr(0);
        operandSizes[dim] = tensor::getMixedSize(builder, loc, operand, dim);
      }
    return slice(builder, loc, operand, operandOffsets, operandSizes, broadcast);
  };
  SmallVector<Value> operands = {tile(op.getQuery(), true, false, false),
                                 tile(op.getKey(), false, false, true),
                                 tile(op.getValue(), false, true, true)};
  if (op.getMask())
    operands.push_back(tile(op.getMask(), true, false, true));
  if (Value causal = op.getCausalOffset()) {
    AffineExpr sum = builder.getAffineDimExpr(0) + builder.getAffineDimExpr(1);
    operands.push_back(getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, sum,
                                              {OpFoldResult(causal), offsets[row]})));
  }
  operands.push_back(tile(op.getInit(), true, true, false));
  return cloneOnTile(builder, op, operands, operands.back().getType());
}

} // namespace

// The same seven methods for each operation; only iterators and tiles differ.
#define TW_TILING_INTERFACE(OpTy, ITERATORS, TILE)                                                 \
  SmallVector<utils::IteratorType> tw::OpTy::getLoopIteratorTypes() { return ITERATORS; }          \
  SmallVector<Range> tw::OpTy::getIterationDomain(OpBuilder &builder) {                            \
    return getResultDomain(builder, getLoc(), getInit());                                          \
  }                                                                                                \
  FailureOr<TilingResult> tw::OpTy::getTiledImplementation(OpBuilder &builder, Sizes offsets,      \
                                                           Sizes sizes) {                          \
    return TILE(*this, builder, offsets, sizes);                                                   \
  }                                                                                                \
  LogicalResult tw::OpTy::getResultTilePosition(OpBuilder &, unsigned, Sizes offsets, Sizes sizes, \
                                                SmallVector<OpFoldResult> &resultOffsets,          \
                                                SmallVector<OpFoldResult> &resultSizes) {          \
    resultOffsets.assign(offsets.begin(), offsets.end());                                          \
    resultSizes.assign(sizes.begin(), sizes.end());                                                \
    return success();                                                                              \
  }                                                                                                \
  LogicalResult tw::OpTy::getIterationDomainTileFromResultTile(                                    \
      OpBuilder &, unsigned, Sizes offsets, Sizes sizes,                                           \
      SmallVectorImpl<OpFoldResult> &domainOffsets, SmallVectorImpl<OpFoldResult> &domainSizes) {  \
    domainOffsets.assign(offsets.begin(), offsets.end());                                          \
    domainSizes.assign(sizes.begin(), sizes.end());                                                \
    return success();                                                                              \
  }                                                                                                \
  FailureOr<TilingResult> tw::OpTy::generateResultTileValue(OpBuilder &builder, unsigned,          \
                                                            Sizes offsets, Sizes sizes) {          \
    return TILE(*this, builder, offsets, sizes);                                                   \
  }

TW_TILING_INTERFACE(SoftmaxOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(LayerNormOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(RmsNormOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(AttentionOp,
                    SmallVector<utils::IteratorType>(getResultType().getRank(),
                                                     utils::IteratorType::parallel),
                    tileAttention)

#undef TW_TILING_INTERFACE
