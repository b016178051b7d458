// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/IndexElement.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using tw::Element;

std::optional<Element> tw::findIndex(const ElementFrame &frame, Element e) {
  std::optional<Element> found = frame.findTensor(e, {}, /*allowBroadcast=*/true);
  if (!found)
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(found->value.getType());
  auto isConstant = [](AffineExpr expr) { return isa<AffineConstantExpr>(expr); };
  if (!type || !type.getElementType().isSignlessInteger() || type.getElementType().isInteger(1) ||
      !llvm::all_of(found->map.getResults(), isConstant))
    return std::nullopt;
  return found;
}

Value tw::buildIndex(OpBuilder &builder, Location loc, Element element) {
  SmallVector<Value> indices;
  for (AffineExpr expr : element.map.getResults())
    indices.push_back(
        arith::ConstantIndexOp::create(builder, loc, cast<AffineConstantExpr>(expr).getValue()));
  Value integer = tensor::ExtractOp::create(builder, loc, element.value, indices);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(), integer);
}
