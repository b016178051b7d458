// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/SliceDimension.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

Value tw::sliceDimension(OpBuilder &builder, Location loc, Value tensor, int64_t dim,
                         OpFoldResult first, OpFoldResult count, int64_t stride) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  offsets[dim] = first;
  sizes[dim] = count;
  strides[dim] = builder.getIndexAttr(stride);
  return tensor::ExtractSliceOp::create(builder, loc, tensor, offsets, sizes, strides);
}
