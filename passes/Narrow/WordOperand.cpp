// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/WordOperand.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Layout/SliceDimension.h"
#include "passes/Layout/Transposes.h"

using namespace mlir;

Value tw::padToEven(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getDimSize(dim) % 2 == 0)
    return tensor;
  OpFoldResult zero = builder.getIndexAttr(0);
  SmallVector<OpFoldResult> low(type.getRank(), zero), high(type.getRank(), zero);
  // Padding of zeros that is there grows: else all would be copied once more.
  auto pad = tensor.getDefiningOp<tensor::PadOp>();
  if (pad && pad.getConstantPaddingValue() && ShapedType::isStatic(pad.getStaticHigh()[dim]) &&
      matchPattern(pad.getConstantPaddingValue(), m_PosZeroFloat())) {
    tensor = pad.getSource();
    low = pad.getMixedLowPad();
    high = pad.getMixedHighPad();
  }
  high[dim] = builder.getIndexAttr(*getConstantIntValue(high[dim]) + 1);
  SmallVector<int64_t> shape(type.getShape());
  ++shape[dim];
  Value fill = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  return tensor::PadOp::create(builder, loc, type.clone(shape), tensor, low, high, fill);
}

Value tw::toWords(OpBuilder &builder, Location loc, Value tensor, int64_t dim) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (dim + 1 == type.getRank())
    return tw::WordsOp::create(builder, loc, tensor);
  auto slice = [&](int64_t first) {
    return tw::sliceDimension(builder, loc, tensor, dim, builder.getIndexAttr(first),
                              builder.getIndexAttr(type.getDimSize(dim) / 2), /*stride=*/2);
  };
  Value lower = slice(0), upper = slice(1);
  Type i32 = builder.getI32Type();
  Value empty = tw::createEmptyLike(builder, loc, lower, i32);
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
