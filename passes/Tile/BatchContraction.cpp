// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/BatchContraction.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

AffineMap tw::getBroadcastMap(OpBuilder &builder, Value operand, unsigned numDims,
                              ArrayRef<unsigned> dims, unsigned numBroadcast) {
  auto type = cast<RankedTensorType>(operand.getType());
  SmallVector<AffineExpr> positions;
  for (auto [position, dim] : llvm::enumerate(dims))
    positions.push_back(position < numBroadcast && type.getDimSize(position) == 1
                            ? builder.getAffineConstantExpr(0)
                            : builder.getAffineDimExpr(dim));
  return AffineMap::get(numDims, 0, positions, builder.getContext());
}

Value tw::buildBatchContraction(OpBuilder &builder, Location loc, Value lhs, Value rhs,
                                bool rhsTransposed, Value init) {
  unsigned rank = cast<RankedTensorType>(init.getType()).getRank(), numDims = rank + 1;
  unsigned i = rank - 2, j = rank - 1, l = rank;
  auto dims = [&](unsigned row, unsigned column) {
    auto batch = llvm::to_vector(llvm::seq<unsigned>(0, rank - 2));
    batch.append({row, column});
    return batch;
  };
  SmallVector<AffineMap> maps = {
      getBroadcastMap(builder, lhs, numDims, dims(i, l), 0),
      getBroadcastMap(builder, rhs, numDims, rhsTransposed ? dims(j, l) : dims(l, j), rank - 2),
      builder.getMultiDimIdentityMap(numDims).getMajorSubMap(rank)};
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  iterators.push_back(utils::IteratorType::reduction);
  Type wide = cast<RankedTensorType>(init.getType()).getElementType();
  auto emit = [&](OpBuilder &b, Location l, ValueRange v) {
    if (v[0].getType().isInteger(32)) {
      linalg::YieldOp::create(b, l, Value(tw::Bf16DotOp::create(b, l, v[0], v[1], v[2])));
      return;
    }
    auto widen = [&](Value value) -> Value {
      return value.getType() == wide ? value : arith::ExtFOp::create(b, l, wide, value).getResult();
    };
    Value product = arith::MulFOp::create(b, l, widen(v[0]), widen(v[1]));
    linalg::YieldOp::create(b, l, arith::AddFOp::create(b, l, v[2], product).getResult());
  };
  return linalg::GenericOp::create(builder, loc, init.getType(), ValueRange{lhs, rhs}, init, maps,
                                   iterators, emit)
      .getResult(0);
}

Value tw::fillZero(OpBuilder &builder, Location loc, Value tensor) {
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  Value zero = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(element, 0.0));
  return linalg::FillOp::create(builder, loc, zero, tensor).getResult(0);
}
