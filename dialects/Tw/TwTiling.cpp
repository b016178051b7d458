// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// TilingInterface of operations on rows and of attention. A dimension along which an operation
// reduces has iterator type `reduction` and cannot be cut, because each element of a row needs the
// whole row.
#include "dialects/Tw/TilingMethods.h"
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

namespace {

using Sizes = ArrayRef<OpFoldResult>;

/// What the loops around began with instead of what they carry, which has the same shape. Bounds of
/// the latter cannot be asked for while tiling builds the loop: it has no terminator yet.
Value behindLoops(Value value) {
  while (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast_or_null<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
    if (!init)
      break;
    value = init->get();
  }
  return value;
}

/// Whether the tile is known to cover dimension `dim` of the tensors of `op`.
bool isWhole(DestinationStyleOpInterface op, int64_t dim, Sizes offsets, Sizes sizes) {
  if (!isZeroInteger(offsets[dim]))
    return false;
  using Variable = ValueBoundsConstraintSet::Variable;
  auto isSizeOf = [&](Value tensor) {
    FailureOr<bool> equal = ValueBoundsConstraintSet::areEqual(Variable(sizes[dim]),
                                                               Variable(behindLoops(tensor), dim));
    return succeeded(equal) && *equal;
  };
  // The same size, but it is written as that of one or the other.
  return isSizeOf(op.getDpsInits().front()) || isSizeOf(op->getOperand(0)) ||
         isSizeOf(op->getResult(0));
}

// --- Operations on rows: softmax, layer_norm, rms_norm, argsort -----------------------------

bool isReduced(tw::SoftmaxOp op, int64_t dim) {
  return dim == static_cast<int64_t>(op.getDimension());
}
bool isReduced(tw::LayerNormOp op, int64_t dim) {
  return dim >= static_cast<int64_t>(op.getAxis());
}
bool isReduced(tw::ArgsortOp op, int64_t dim) {
  return dim == static_cast<int64_t>(op.getDimension());
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
  SmallVector<OpFoldResult> inputSizes(sizes);
  // Of an order there may be fewer places than elements.
  if (auto order = dyn_cast<tw::ArgsortOp>(op.getOperation()))
    inputSizes[order.getDimension()] =
        tensor::getMixedSize(builder, op.getLoc(), input, order.getDimension());
  input = tw::sliceTile(builder, op.getLoc(), input, offsets, inputSizes);
  init = tw::sliceTile(builder, op.getLoc(), init, offsets, sizes);
  return tw::cloneOnTile(builder, op, operands, init.getType());
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
    return tw::sliceTile(builder, loc, operand, operandOffsets, operandSizes, broadcast);
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
  return tw::cloneOnTile(builder, op, operands, operands.back().getType());
}

} // namespace

TW_TILING_INTERFACE(tw::ArgsortOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(tw::SoftmaxOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(tw::LayerNormOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(tw::RmsNormOp, getRowIterators(*this), tileRows)
TW_TILING_INTERFACE(tw::AttentionOp,
                    SmallVector<utils::IteratorType>(getResultType().getRank(),
                                                     utils::IteratorType::parallel),
                    tileAttention)
