// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Transposes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

SmallVector<OpFoldResult> tw::getTensorSizes(OpBuilder &builder, Location loc, Value tensor) {
  while (auto result = dyn_cast<OpResult>(tensor)) {
    auto dps = dyn_cast<DestinationStyleOpInterface>(result.getOwner());
    if (!dps)
      break;
    tensor = dps.getTiedOpOperand(result)->get();
  }
  if (auto empty = tensor.getDefiningOp<tensor::EmptyOp>())
    return empty.getMixedSizes();
  if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
    return expand.getMixedOutputShape();
  if (isa_and_nonnull<tensor::PadOp, tensor::CollapseShapeOp, tensor::ConcatOp>(
          tensor.getDefiningOp())) {
    auto reify = cast<ReifyRankedShapedTypeOpInterface>(tensor.getDefiningOp());
    ReifiedRankedShapedTypeDims sizes;
    if (succeeded(reify.reifyResultShapes(builder, sizes)))
      return sizes.front();
  }
  return tensor::getMixedSizes(builder, loc, tensor);
}

Value tw::createEmptyLike(OpBuilder &builder, Location loc, Value tensor, Type elementType) {
  return tensor::EmptyOp::create(builder, loc, getTensorSizes(builder, loc, tensor), elementType);
}

RankedTensorType tw::permuteType(RankedTensorType type, ArrayRef<int64_t> perm) {
  return RankedTensorType::get(applyPermutation(type.getShape(), perm), type.getElementType());
}

Value tw::createTransposed(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> perm) {
  if (isIdentityPermutation(perm))
    return value;
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    return createTransposed(builder, loc, transpose.getInput(),
                            applyPermutation(transpose.getPermutation(), perm));
  auto type = cast<RankedTensorType>(value.getType());
  SplatElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat)))
    return arith::ConstantOp::create(builder, loc, splat.resizeSplat(permuteType(type, perm)));
  Value empty = tensor::EmptyOp::create(builder, loc,
                                        applyPermutation(getTensorSizes(builder, loc, value), perm),
                                        type.getElementType());
  if (value.getDefiningOp<tensor::EmptyOp>())
    return empty;
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return linalg::FillOp::create(builder, loc, fill.getInputs(), empty).getResult(0);
  return linalg::TransposeOp::create(builder, loc, value, empty, perm)->getResult(0);
}

bool tw::movesNoData(RankedTensorType type, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (int64_t dim : perm) {
    if (type.getDimSize(dim) == 1)
      continue;
    if (dim < last)
      return false;
    last = dim;
  }
  return true;
}
