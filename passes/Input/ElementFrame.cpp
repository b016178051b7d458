// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

RankedTensorType tensorType(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// The linalg operation in whose body `block` is, or null.
linalg::LinalgOp getBodyOwner(Block *block) {
  return block ? dyn_cast_or_null<linalg::LinalgOp>(block->getParentOp()) : linalg::LinalgOp();
}

} // namespace

ElementFrame::ElementFrame(ArrayRef<int64_t> sizes, MLIRContext *context)
    : sizes(sizes), context(context) {}

SmallVector<int64_t> ElementFrame::getDims() const {
  SmallVector<int64_t> dims;
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (size != 1)
      dims.push_back(dim);
  return dims;
}

Element ElementFrame::element(Value value) const {
  SmallVector<AffineExpr> coordinates;
  for (auto [dim, size] : llvm::enumerate(sizes))
    coordinates.push_back(size == 1 ? getAffineConstantExpr(0, context)
                                    : getAffineDimExpr(dim, context));
  return atUnitsZero({value, AffineMap::get(sizes.size(), 0, coordinates, context)});
}

Element ElementFrame::atUnitsZero(Element e) const {
  RankedTensorType type = tensorType(e.value);
  if (!type || !type.hasRank())
    return e;
  SmallVector<AffineExpr> coordinates(e.map.getResults());
  for (auto [coordinate, size] : llvm::zip_equal(coordinates, type.getShape()))
    if (size == 1)
      coordinate = getAffineConstantExpr(0, context);
  return {e.value, AffineMap::get(e.map.getNumDims(), 0, coordinates, context)};
}

/// From an element of the result of an elementwise operation to the scalar that its body yields.
std::optional<Element> ElementFrame::enterBody(Element e) const {
  auto result = dyn_cast<OpResult>(e.value);
  auto op = result ? dyn_cast<linalg::LinalgOp>(result.getOwner()) : linalg::LinalgOp();
  if (!op || op.getNumParallelLoops() != op.getNumLoops())
    return std::nullopt;
  AffineMap map = op.getIndexingMapMatchingResult(result);
  if (!map.isPermutation())
    return std::nullopt;
  Value yielded = op.getBlock()->getTerminator()->getOperand(result.getResultNumber());
  return Element{yielded, inversePermutation(map).compose(e.map)};
}

Element ElementFrame::stripRounding(Element e) const {
  while (auto operands = match<arith::TruncFOp>(e))
    e = (*operands)[0];
  return e;
}

Operation *ElementFrame::definition(Element e, SmallVectorImpl<Element> &operands) const {
  e = strip(e);
  if (tensorType(e.value)) {
    std::optional<Element> yielded = enterBody(e);
    if (!yielded)
      return nullptr;
    e = strip(*yielded);
  }
  Operation *op = e.value.getDefiningOp();
  if (!op || tensorType(e.value))
    return nullptr;
  for (Value operand : op->getOperands())
    operands.push_back({operand, e.map});
  return op;
}

bool ElementFrame::same(Element a, Element b) const {
  a = strip(a);
  b = strip(b);
  if (a.value != b.value)
    return false;
  bool positioned = tensorType(a.value) || getBodyOwner(a.value.getParentBlock());
  return !positioned || a.map == b.map;
}

std::optional<double> ElementFrame::constant(Element e) const {
  e = strip(e);
  // Neither is folded in general: the result is rounded.
  if (Operation *op = e.value.getDefiningOp(); isa_and_nonnull<arith::TruncFOp, math::SqrtOp>(op)) {
    std::optional<double> source = constant({op->getOperand(0), e.map});
    if (!source)
      return std::nullopt;
    APFloat value(isa<math::SqrtOp>(op) ? std::sqrt(*source) : *source);
    bool losesInfo;
    value.convert(cast<FloatType>(e.value.getType()).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
    return value.convertToDouble();
  }
  Attribute attribute;
  if (!matchPattern(e.value, m_Constant(&attribute)))
    return std::nullopt;
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  if (auto number = dyn_cast<FloatAttr>(attribute))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getValue().roundToDouble(/*isSigned=*/!number.getType().isInteger(1));
  return std::nullopt;
}

std::optional<AffineExpr> ElementFrame::position(Element e) const {
  SmallVector<Element> operands;
  e = strip(e);
  if (tensorType(e.value)) {
    std::optional<Element> yielded = enterBody(e);
    if (!yielded)
      return std::nullopt;
    return position(*yielded);
  }
  if (std::optional<double> value = constant(e))
    return getAffineConstantExpr(static_cast<int64_t>(*value), context);
  Operation *op = e.value.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (auto index = dyn_cast<linalg::IndexOp>(op))
    return e.map.getResult(index.getDim());
  if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op))
    return position({op->getOperand(0), e.map});
  if (!isa<arith::AddIOp, arith::SubIOp>(op))
    return std::nullopt;
  std::optional<AffineExpr> a = position({op->getOperand(0), e.map});
  std::optional<AffineExpr> b = position({op->getOperand(1), e.map});
  if (!a || !b)
    return std::nullopt;
  return isa<arith::AddIOp>(op) ? *a + *b : *a - *b;
}

std::optional<int64_t> ElementFrame::positionDim(Element e) const {
  std::optional<AffineExpr> expr = position(e);
  if (!expr || !isa<AffineDimExpr>(*expr))
    return std::nullopt;
  return cast<AffineDimExpr>(*expr).getPosition();
}
