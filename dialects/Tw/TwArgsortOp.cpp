// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Verifier and shape of tw.argsort; its tiles are those of the other operations on rows.
#include "dialects/Tw/Tw.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

LogicalResult tw::ArgsortOp::verify() {
  RankedTensorType input = getInput().getType(), result = getResultType();
  if (static_cast<int64_t>(getDimension()) >= result.getRank())
    return emitOpError("has dimension ")
           << getDimension() << " for a tensor of rank " << result.getRank();
  SmallVector<int64_t> elements(input.getShape()), places(result.getShape());
  if (elements.size() == places.size()) {
    int64_t &count = elements[getDimension()], &asked = places[getDimension()];
    int64_t end = getFirst() + (ShapedType::isDynamic(asked) ? 0 : asked);
    if (!ShapedType::isDynamic(count) && end > count)
      return emitOpError("has places to ") << end << " of " << count << " elements";
    // Fewer places than elements, or as many.
    count = asked = ShapedType::kDynamic;
  }
  if (failed(verifyCompatibleShape(elements, places)))
    return emitOpError("orders ") << input << " as " << result << "; expected one shape";
  // A narrower one could not hold the positions of most rows.
  if (result.getElementTypeBitWidth() < 32)
    return emitOpError("has positions of ") << result.getElementType() << "; expected i32 or i64";
  return success();
}

LogicalResult tw::ArgsortOp::reifyResultShapes(OpBuilder &builder,
                                               ReifiedRankedShapedTypeDims &shapes) {
  shapes = {tensor::getMixedSizes(builder, getLoc(), getInit())};
  return success();
}
