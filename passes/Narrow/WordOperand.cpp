// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/WordOperand.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

/// Every second element along `dim`, from `first` on.
static Value sliceEverySecond(OpBuilder &builder, Location loc, Value tensor, int64_t dim,
                              int64_t first) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, tensor);
  SmallVector<OpFoldResult> offsets(sizes.size(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(sizes.size(), builder.getIndexAttr(1));
  auto type = cast<RankedTensorType>(tensor.getType());
  offsets[dim] = builder.getIndexAttr(first);
  sizes[dim] = builder.getIndexAttr(type.getDimSize(dim) / 2);
  strides[dim] = builder.getIndexAttr(2);
  return tensor::ExtractSliceOp::create(builder, loc, tensor, offsets, sizes, strides);
}

Value tw::toWords(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (dim + 1 == type.getRank())
    return tw::WordsOp::create(builder, loc, tensor);
  Value lower = sliceEverySecond(builder, loc, tensor, dim, 0);
  Value upper = sliceEverySecond(builder, loc, tensor, dim, 1);
  Type i32 = builder.getI32Type();
  Value empty =
      tensor::EmptyOp::create(builder, loc, tensor::getMixedSizes(builder, loc, lower), i32);
  AffineMap map = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  auto emit = [&](OpBuilder &b, Location l, ValueRange v) {
    auto bits = [&](Value number) -> Value {
      Value half = arith::BitcastOp::create(b, l, b.getI16Type(), number);
      return arith::ExtUIOp::create(b, l, i32, half);
    };
    Value sixteen = arith::ConstantOp::create(b, l, b.getI32IntegerAttr(16));
    Value high = arith::ShLIOp::create(b, l, bits(v[1]), sixteen);
    linalg::YieldOp::create(b, l, Value(arith::OrIOp::create(b, l, bits(v[0]), high)));
  };
  return linalg::GenericOp::create(builder, loc, empty.getType(), ValueRange{lower, upper}, empty,
                                   ArrayRef<AffineMap>{map, map, map}, loops, emit)
      .getResult(0);
}
