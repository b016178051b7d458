// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

void tw::UnfoldOp::build(OpBuilder &builder, OperationState &state, Value source, int64_t size,
                         int64_t step) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = (shape.back() - size) / step + 1;
  shape.push_back(size);
  build(builder, state, type.clone(shape), source, builder.getI64IntegerAttr(step));
}

LogicalResult tw::UnfoldOp::verify() {
  auto from = cast<RankedTensorType>(getSource().getType());
  auto to = cast<RankedTensorType>(getType());
  if (from.getRank() == 0 || from.isDynamicDim(from.getRank() - 1))
    return emitOpError("needs a last dimension of static size, got ") << from;
  ArrayRef<int64_t> shape = to.getShape();
  int64_t length = from.getShape().back(), step = getStep();
  if (to.getElementType() != from.getElementType() || to.getRank() != from.getRank() + 1 ||
      shape.drop_back(2) != from.getShape().drop_back() || ShapedType::isDynamic(shape.back()) ||
      shape.back() < 1 || shape.back() > length ||
      shape[to.getRank() - 2] != (length - shape.back()) / step + 1)
    return emitOpError("of ") << from << " with step " << step << " is not of type " << to;
  return success();
}

LogicalResult tw::UnfoldOp::reifyResultShapes(OpBuilder &builder,
                                              ReifiedRankedShapedTypeDims &shapes) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, getLoc(), getSource());
  ArrayRef<int64_t> shape = cast<RankedTensorType>(getType()).getShape();
  sizes.back() = builder.getIndexAttr(shape[sizes.size() - 1]);
  sizes.push_back(builder.getIndexAttr(shape.back()));
  shapes.push_back(std::move(sizes));
  return success();
}

//===-- Bufferization ---------------------------------------------------------------------===//

/// A source with gaps between its rows is copied.
bool tw::UnfoldOp::bufferizesToMemoryRead(OpOperand &, const bufferization::AnalysisState &) {
  return true;
}

bool tw::UnfoldOp::bufferizesToMemoryWrite(OpOperand &, const bufferization::AnalysisState &) {
  return false;
}

bufferization::AliasingValueList
tw::UnfoldOp::getAliasingValues(OpOperand &, const bufferization::AnalysisState &) {
  return {{getOperation()->getResult(0), bufferization::BufferRelation::Unknown}};
}

bool tw::UnfoldOp::isWritable(Value, const bufferization::AnalysisState &) { return false; }

static MemRefType getWindows(tw::UnfoldOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<int64_t> strides = {1, op.getStep()};
  ArrayRef<int64_t> outer = cast<RankedTensorType>(op.getSource().getType()).getShape();
  int64_t stride = 1;
  for (int64_t size : llvm::reverse(outer.drop_front())) {
    stride = ShapedType::isDynamic(size) || ShapedType::isDynamic(stride) ? ShapedType::kDynamic
                                                                          : stride * size;
    strides.push_back(stride);
  }
  std::reverse(strides.begin(), strides.end());
  return MemRefType::get(type.getShape(), type.getElementType(),
                         StridedLayoutAttr::get(op.getContext(), 0, strides));
}

FailureOr<bufferization::BufferLikeType>
tw::UnfoldOp::getBufferType(Value, const bufferization::BufferizationOptions &,
                            const bufferization::BufferizationState &, SmallVector<Value> &) {
  return cast<bufferization::BufferLikeType>(getWindows(*this));
}

LogicalResult tw::UnfoldOp::bufferize(RewriterBase &rewriter,
                                      const bufferization::BufferizationOptions &options,
                                      bufferization::BufferizationState &state) {
  Location loc = getLoc();
  FailureOr<Value> buffer = bufferization::getBuffer(rewriter, getSource(), options, state);
  if (failed(buffer))
    return failure();
  auto from = cast<RankedTensorType>(getSource().getType());
  if (!cast<MemRefType>(buffer->getType()).getLayout().isIdentity()) {
    FailureOr<Value> copy =
        bufferization::allocateTensorForShapedValue(rewriter, loc, getSource(), options, state);
    if (failed(copy))
      return failure();
    auto whole = MemRefType::get(from.getShape(), from.getElementType());
    buffer = bufferization::ToBufferOp::create(rewriter, loc, whole, *copy).getResult();
  }
  MemRefType type = getWindows(*this);
  auto [strides, offset] = type.getStridesAndOffset();
  auto rows = memref::ExtractStridedMetadataOp::create(rewriter, loc, *buffer);
  SmallVector<OpFoldResult> sizes = rows.getConstifiedMixedSizes();
  SmallVector<OpFoldResult> steps = rows.getConstifiedMixedStrides();
  sizes.back() = rewriter.getIndexAttr(type.getShape()[sizes.size() - 1]);
  sizes.push_back(rewriter.getIndexAttr(type.getShape().back()));
  steps.back() = rewriter.getIndexAttr(getStep());
  steps.push_back(rewriter.getIndexAttr(1));
  bufferization::replaceOpWithNewBufferizedOp<memref::ReinterpretCastOp>(
      rewriter, *this, type, *buffer, rewriter.getIndexAttr(offset), sizes, steps);
  return success();
}
