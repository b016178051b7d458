// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/RowSort.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

tw::RowSort::RowSort(OpBuilder &builder, Location loc, Value count)
    : builder(builder), loc(loc), count(count), zero(index(0)), one(index(1)) {}

Value tw::RowSort::read(Value tensor, ValueRange at) {
  return tensor::ExtractOp::create(builder, loc, tensor, at);
}

Value tw::RowSort::write(Value element, Value tensor, ValueRange at) {
  return tensor::InsertOp::create(builder, loc, element, tensor, at);
}

SmallVector<Value> tw::RowSort::loop(Value from, Value to, Value step, ValueRange inits,
                                     Body body) {
  return scf::ForOp::create(builder, loc, from, to, step, inits,
                            [&](OpBuilder &, Location, Value position, ValueRange carried) {
                              scf::YieldOp::create(builder, loc, body(position, carried));
                            })
      .getResults();
}
