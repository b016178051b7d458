// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

SmallVector<int64_t> tw::WordsOp::getWordShape(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> words(shape);
  words.back() /= 2;
  return words;
}

void tw::WordsOp::build(OpBuilder &builder, OperationState &state, Value source) {
  auto type = cast<RankedTensorType>(source.getType());
  build(builder, state, RankedTensorType::get(getWordShape(type.getShape()), builder.getI32Type()),
        source);
}

LogicalResult tw::WordsOp::verify() {
  auto from = cast<ShapedType>(getSource().getType()), to = cast<ShapedType>(getType());
  if (isa<MemRefType>(from) != isa<MemRefType>(to))
    return emitOpError("views a tensor as a tensor, or a memref as a memref");
  if (from.getRank() == 0 || from.isDynamicDim(from.getRank() - 1) ||
      from.getShape().back() % 2 != 0)
    return emitOpError("needs a last dimension of even static size, got ") << from;
  if (to.getShape() != ArrayRef(getWordShape(from.getShape())))
    return emitOpError("of ") << from << " does not have the shape of " << to;
  if (auto memory = dyn_cast<MemRefType>(from))
    if (!memory.getLayout().isIdentity() || !cast<MemRefType>(to).getLayout().isIdentity())
      return emitOpError("on memory needs rows that follow one another, got ") << from;
  return success();
}

LogicalResult tw::WordsOp::reifyResultShapes(OpBuilder &builder,
                                             ReifiedRankedShapedTypeDims &shapes) {
  if (!isa<RankedTensorType>(getType()))
    return failure();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, getLoc(), getSource());
  sizes.back() = builder.getIndexAttr(cast<RankedTensorType>(getType()).getShape().back());
  shapes.push_back(std::move(sizes));
  return success();
}

namespace {

/// Words of a slice -> a slice of words, so that the whole tensor is viewed, whose rows follow one
/// another.
struct WordsOfSlice : OpRewritePattern<tw::WordsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::WordsOp op, PatternRewriter &rewriter) const override {
    auto slice = op.getSource().getDefiningOp<tensor::ExtractSliceOp>();
    if (!slice)
      return rewriter.notifyMatchFailure(op, "not of a slice");
    unsigned last = slice.getSourceType().getRank() - 1;
    auto isEven = [](OpFoldResult value) {
      std::optional<int64_t> known = getConstantIntValue(value);
      return known && *known % 2 == 0;
    };
    if (slice.getDroppedDims().test(last) || !isEven(slice.getMixedOffsets()[last]) ||
        !isEven(slice.getMixedSizes()[last]) ||
        !isConstantIntValue(slice.getMixedStrides()[last], 1) ||
        slice.getSourceType().isDynamicDim(last) || slice.getSourceType().getDimSize(last) % 2 != 0)
      return rewriter.notifyMatchFailure(op, "the slice may begin or end inside a word");
    SmallVector<OpFoldResult> offsets = slice.getMixedOffsets(), sizes = slice.getMixedSizes();
    for (OpFoldResult *value : {&offsets[last], &sizes[last]})
      *value = rewriter.getIndexAttr(*getConstantIntValue(*value) / 2);
    rewriter.setInsertionPoint(slice);
    Value words = tw::WordsOp::create(rewriter, op.getLoc(), slice.getSource());
    rewriter.replaceOpWithNewOp<tensor::ExtractSliceOp>(
        op, cast<RankedTensorType>(op.getType()), words, offsets, sizes, slice.getMixedStrides());
    return success();
  }
};

/// Words of a reshape -> a reshape of words: a slice may be behind it.
template <typename Reshape> struct WordsOfReshape : OpRewritePattern<tw::WordsOp> {
  using OpRewritePattern<tw::WordsOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::WordsOp op, PatternRewriter &rewriter) const override {
    auto reshape = op.getSource().getDefiningOp<Reshape>();
    if (!reshape)
      return rewriter.notifyMatchFailure(op, "not of a reshape");
    RankedTensorType source = reshape.getSrcType();
    unsigned last = source.getRank() - 1;
    if (source.getRank() == 0 || source.isDynamicDim(last) || source.getDimSize(last) % 2 != 0)
      return rewriter.notifyMatchFailure(op, "a row of the source may end inside a word");
    // There, not at the words: it is a copy where rows do not follow one another, and the words may
    // be in a loop.
    rewriter.setInsertionPoint(reshape);
    Value words = tw::WordsOp::create(rewriter, op.getLoc(), reshape.getSrc());
    auto type = cast<RankedTensorType>(op.getType());
    if constexpr (std::is_same_v<Reshape, tensor::ExpandShapeOp>) {
      SmallVector<OpFoldResult> sizes = reshape.getMixedOutputShape();
      sizes.back() = rewriter.getIndexAttr(type.getShape().back());
      rewriter.replaceOpWithNewOp<Reshape>(op, type, words, reshape.getReassociationIndices(),
                                           sizes);
    } else {
      rewriter.replaceOpWithNewOp<Reshape>(op, type, words, reshape.getReassociationIndices());
    }
    return success();
  }
};

} // namespace

void tw::WordsOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<WordsOfSlice, WordsOfReshape<tensor::CollapseShapeOp>,
               WordsOfReshape<tensor::ExpandShapeOp>>(context);
}

//===-- Bufferization ---------------------------------------------------------------------===//

/// A source with gaps between its rows is copied.
bool tw::WordsOp::bufferizesToMemoryRead(OpOperand &, const bufferization::AnalysisState &) {
  return true;
}

bool tw::WordsOp::bufferizesToMemoryWrite(OpOperand &, const bufferization::AnalysisState &) {
  return false;
}

bufferization::AliasingValueList
tw::WordsOp::getAliasingValues(OpOperand &, const bufferization::AnalysisState &) {
  return {{getOperation()->getResult(0), bufferization::BufferRelation::Equivalent}};
}

FailureOr<bufferization::BufferLikeType>
tw::WordsOp::getBufferType(Value, const bufferization::BufferizationOptions &,
                           const bufferization::BufferizationState &, SmallVector<Value> &) {
  auto type = cast<RankedTensorType>(getType());
  return cast<bufferization::BufferLikeType>(
      MemRefType::get(type.getShape(), type.getElementType()));
}

LogicalResult tw::WordsOp::bufferize(RewriterBase &rewriter,
                                     const bufferization::BufferizationOptions &options,
                                     bufferization::BufferizationState &state) {
  FailureOr<Value> buffer = bufferization::getBuffer(rewriter, getSource(), options, state);
  if (failed(buffer))
    return failure();
  if (!cast<MemRefType>(buffer->getType()).getLayout().isIdentity()) {
    FailureOr<Value> copy = bufferization::allocateTensorForShapedValue(
        rewriter, getLoc(), getSource(), options, state);
    if (failed(copy))
      return failure();
    auto type = cast<RankedTensorType>(getSource().getType());
    buffer = bufferization::ToBufferOp::create(
                 rewriter, getLoc(), MemRefType::get(type.getShape(), type.getElementType()), *copy)
                 .getResult();
  }
  auto type = cast<RankedTensorType>(getType());
  bufferization::replaceOpWithNewBufferizedOp<tw::WordsOp>(
      rewriter, *this, MemRefType::get(type.getShape(), type.getElementType()), *buffer);
  return success();
}

//===-- Products --------------------------------------------------------------------------===//

LogicalResult tw::Bf16DotOp::verify() {
  if (isa<TensorType>(getType()))
    return emitOpError("is on scalars and vectors; linalg.generic has it for tensors");
  if (!getElementTypeOrSelf(getLhs().getType()).isInteger(32))
    return emitOpError("multiplies words of 32 bits, got ") << getLhs().getType();
  if (!getElementTypeOrSelf(getType()).isF32())
    return emitOpError("adds up in f32, got ") << getType();
  return success();
}

LogicalResult tw::TileDotOp::verify() {
  ArrayRef<int64_t> lhs = getLhs().getType().getShape(), rhs = getRhs().getType().getShape();
  ArrayRef<int64_t> result = getType().getShape();
  if (lhs[0] != result[0] || lhs[1] != rhs[0] || rhs[1] != result[1])
    return emitOpError("multiplies [m, k] by [k, n] words into [m, n], got ")
           << getLhs().getType() << ", " << getRhs().getType() << " and " << getType();
  if (getType().isScalable() || llvm::any_of(lhs, [](int64_t size) { return size > kSize; }) ||
      result[1] > kSize)
    return emitOpError("has tiles of at most ") << kSize << " by " << kSize;
  return success();
}
