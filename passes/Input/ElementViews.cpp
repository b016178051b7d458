// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Following an element through what only moves or widens it.
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

RankedTensorType asTensor(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

/// The coordinates of the source of a reshape that splits dimensions, from those of its result.
std::optional<AffineMap> splitSource(tensor::ExpandShapeOp expand, AffineMap map) {
  AffineExpr zero = getAffineConstantExpr(0, map.getContext());
  SmallVector<AffineExpr> coordinates;
  for (ArrayRef<int64_t> group : expand.getReassociationIndices()) {
    AffineExpr position = zero;
    for (int64_t dim : group) {
      int64_t size = expand.getResultType().getDimSize(dim);
      if (ShapedType::isDynamic(size) && position != zero)
        return std::nullopt; // a stride that is not known
      if (size != 1)
        position = position == zero ? map.getResult(dim) : position * size + map.getResult(dim);
    }
    coordinates.push_back(position);
  }
  return AffineMap::get(map.getNumDims(), 0, coordinates, map.getContext());
}

/// The coordinates of the source of a reshape that only removes unit dimensions, from those of its
/// result.
std::optional<AffineMap> mergeSource(tensor::CollapseShapeOp collapse, AffineMap map) {
  RankedTensorType source = collapse.getSrcType();
  AffineExpr zero = getAffineConstantExpr(0, map.getContext());
  // To rank 0 there are no groups.
  SmallVector<AffineExpr> coordinates(source.getRank(), zero);
  for (auto [narrowDim, group] : llvm::enumerate(collapse.getReassociationIndices())) {
    auto isFull = [&](int64_t dim) { return source.getDimSize(dim) != 1; };
    if (llvm::count_if(group, isFull) > 1)
      return std::nullopt; // merges two dimensions
    if (auto full = llvm::find_if(group, isFull); full != group.end())
      coordinates[*full] = map.getResult(narrowDim);
  }
  return AffineMap::get(map.getNumDims(), 0, coordinates, map.getContext());
}

/// Whether a slice is all of its source, but the first position only along some dimensions: an
/// element of it is at the same coordinates. Of any other slice the source would be taken for a
/// tensor of the frame's sizes.
bool keepsCoordinates(tensor::ExtractSliceOp slice) {
  RankedTensorType source = slice.getSourceType(), result = slice.getResultType();
  if (source.getRank() != result.getRank() || !slice.hasUnitStride() || !slice.hasZeroOffset())
    return false;
  for (auto [dim, size] : llvm::enumerate(slice.getMixedSizes())) {
    if (result.getDimSize(dim) == 1)
      continue;
    auto whole = dyn_cast<Value>(size) ? cast<Value>(size).getDefiningOp<tensor::DimOp>() : nullptr;
    bool isWhole = ShapedType::isDynamic(result.getDimSize(dim))
                       ? whole && whole.getSource() == slice.getSource() &&
                             whole.getConstantIndex() == static_cast<int64_t>(dim)
                       : result.getDimSize(dim) == source.getDimSize(dim);
    if (!isWhole)
      return false;
  }
  return true;
}

} // namespace

std::optional<Element> ElementFrame::stepThroughView(Element e, bool throughWidening) const {
  if (!asTensor(e.value)) {
    if (auto argument = dyn_cast<BlockArgument>(e.value)) {
      auto op = dyn_cast_or_null<linalg::LinalgOp>(argument.getOwner()->getParentOp());
      if (!op || argument.getArgNumber() >= op.getNumDpsInputs())
        return std::nullopt;
      OpOperand *operand = op.getMatchingOpOperand(argument);
      AffineMap map = op.getMatchingIndexingMap(operand).compose(e.map);
      return atUnitsZero({operand->get(), map});
    }
    if (throughWidening)
      if (auto widen = e.value.getDefiningOp<arith::ExtFOp>())
        return Element{widen.getIn(), e.map};
    // The front end combines masks with one that is true throughout.
    if (auto both = e.value.getDefiningOp<arith::AndIOp>(); both && e.value.getType().isInteger(1))
      for (unsigned side : {0, 1})
        if (constant({both->getOperand(side), e.map}) == 1.0)
          return Element{both->getOperand(1 - side), e.map};
    return std::nullopt;
  }

  if (auto cast = e.value.getDefiningOp<tensor::CastOp>())
    return asTensor(cast.getSource()) ? std::optional(atUnitsZero({cast.getSource(), e.map}))
                                      : std::nullopt;
  if (auto expand = e.value.getDefiningOp<tensor::ExpandShapeOp>()) {
    if (auto map = splitSource(expand, e.map))
      return atUnitsZero({expand.getSrc(), *map});
    return std::nullopt;
  }
  if (auto collapse = e.value.getDefiningOp<tensor::CollapseShapeOp>()) {
    if (auto map = mergeSource(collapse, e.map))
      return atUnitsZero({collapse.getSrc(), *map});
    return std::nullopt;
  }
  if (auto slice = e.value.getDefiningOp<tensor::ExtractSliceOp>())
    return keepsCoordinates(slice) ? std::optional(atUnitsZero({slice.getSource(), e.map}))
                                   : std::nullopt;
  // An elementwise operation is a view if what it yields is not computed in it.
  std::optional<Element> yielded = enterBody(e);
  if (!yielded)
    return std::nullopt;
  Block *body = e.value.getDefiningOp<linalg::LinalgOp>().getBlock();
  while (yielded && yielded->value.getParentBlock() == body)
    yielded = stepThroughView(*yielded, throughWidening);
  return yielded;
}

Element ElementFrame::strip(Element e) const {
  while (auto next = stepThroughView(e, /*throughWidening=*/true))
    e = *next;
  return e;
}
