// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/TilingMethods.h"

using namespace mlir;

SmallVector<Range> tw::getResultDomain(OpBuilder &builder, Location loc, Value init) {
  SmallVector<Range> domain;
  for (OpFoldResult size : tensor::getMixedSizes(builder, loc, init))
    domain.push_back({builder.getIndexAttr(0), size, builder.getIndexAttr(1)});
  return domain;
}

tensor::ExtractSliceOp tw::sliceTile(OpBuilder &builder, Location loc, Value source,
                                     ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                                     bool broadcast) {
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

TilingResult tw::cloneOnTile(OpBuilder &builder, Operation *op, ArrayRef<Value> operands,
                             Type resultType) {
  Operation *tiled = mlir::clone(builder, op, resultType, operands);
  SmallVector<Operation *> slices;
  for (Value operand : operands)
    if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
      slices.push_back(slice);
  return TilingResult{{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}
