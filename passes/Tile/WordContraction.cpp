// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/WordContraction.h"

#include "mlir/IR/BuiltinTypes.h"
#include "passes/Layout/SliceDimension.h"
#include "passes/Narrow/ContractionBody.h"
#include "passes/Narrow/WordOperand.h"
#include "passes/Tile/BatchContraction.h"

using namespace mlir;

bool tw::hasWords(Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.getElementType().isBF16() && !type.isDynamicDim(dim) && type.getDimSize(dim) % 2 == 0;
}

/// Elements `first` to `first + count` along `dim`; the tensor itself if those are all.
static Value slice(OpBuilder &builder, Location loc, Value tensor, int64_t dim, int64_t first,
                   int64_t count) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (count == type.getDimSize(dim))
    return tensor;
  return tw::sliceDimension(builder, loc, tensor, dim, builder.getIndexAttr(first),
                            builder.getIndexAttr(count));
}

Value tw::buildRoundedContraction(OpBuilder &builder, Location loc, Value lhs, Value rhs,
                                  Value init) {
  auto type = cast<RankedTensorType>(rhs.getType());
  int64_t dim = type.getRank() - 2, count = type.getDimSize(dim), even = count / 2 * 2;
  Value result = init;
  if (even != 0) {
    Value rounded = slice(builder, loc, lhs, dim + 1, 0, even);
    if (cast<RankedTensorType>(lhs.getType()).getElementType() != type.getElementType())
      rounded = tw::convertElements(builder, loc, rounded, type.getElementType());
    result = tw::buildBatchContraction(
        builder, loc, tw::toWords(builder, loc, rounded, dim + 1),
        tw::toWords(builder, loc, slice(builder, loc, rhs, dim, 0, even), dim),
        /*rhsTransposed=*/false, init);
  }
  if (even == count)
    return result;
  return tw::buildBatchContraction(builder, loc, slice(builder, loc, lhs, dim + 1, even, 1),
                                   slice(builder, loc, rhs, dim, even, 1), /*rhsTransposed=*/false,
                                   result);
}
