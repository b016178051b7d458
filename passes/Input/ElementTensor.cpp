// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From an element back to a tensor, for the operands of a raised operation.
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

/// Groups dimensions so that each group has exactly one that is `kept`; all in none if none is.
SmallVector<ReassociationIndices> groupAround(ArrayRef<bool> kept) {
  SmallVector<ReassociationIndices> groups;
  ReassociationIndices group;
  bool open = false;
  for (auto [dim, isKept] : llvm::enumerate(kept)) {
    if (isKept && open) {
      groups.push_back(std::move(group));
      group = {};
    }
    open |= isKept;
    group.push_back(dim);
  }
  if (open)
    groups.push_back(std::move(group));
  return groups;
}

} // namespace

std::optional<Element> ElementFrame::findTensor(Element e, ArrayRef<int64_t> dims,
                                                bool allowBroadcast) const {
  auto isUsable = [&](Element candidate) {
    if (!isa<RankedTensorType>(candidate.value.getType()))
      return false;
    ArrayRef<int64_t> rest = dims;
    auto skipTo = [&](int64_t dim) {
      while (!rest.empty() && rest.front() != dim) {
        if (!allowBroadcast && sizes[rest.front()] != 1)
          return false;
        rest = rest.drop_front();
      }
      return true;
    };
    for (AffineExpr coordinate : candidate.map.getResults()) {
      if (auto constant = dyn_cast<AffineConstantExpr>(coordinate);
          constant && !constant.getValue())
        continue;
      auto dim = dyn_cast<AffineDimExpr>(coordinate);
      if (!dim || !skipTo(dim.getPosition()) || rest.empty())
        return false;
      rest = rest.drop_front();
    }
    // A zero along a dimension that is larger than 1 selects a slice.
    for (auto [coordinate, size] :
         llvm::zip_equal(candidate.map.getResults(),
                         cast<RankedTensorType>(candidate.value.getType()).getShape()))
      if (isa<AffineConstantExpr>(coordinate) && size != 1)
        return false;
    return skipTo(-1);
  };
  std::optional<Element> found;
  for (std::optional<Element> candidate = e; candidate && (!found || allowBroadcast);
       candidate = stepThroughView(*candidate, /*throughWidening=*/false))
    if (isUsable(*candidate))
      found = candidate;
  return found;
}

Value ElementFrame::reshape(OpBuilder &builder, Location loc, Element tensor,
                            ArrayRef<int64_t> dims) const {
  auto type = cast<RankedTensorType>(tensor.value.getType());
  SmallVector<int64_t> wanted(dims.size(), 1), narrow;
  SmallVector<bool> kept, filled(dims.size(), false);
  for (auto [coordinate, size] : llvm::zip_equal(tensor.map.getResults(), type.getShape())) {
    auto dim = dyn_cast<AffineDimExpr>(coordinate);
    kept.push_back(static_cast<bool>(dim));
    if (!dim)
      continue;
    narrow.push_back(size);
    int64_t position = llvm::find(dims, static_cast<int64_t>(dim.getPosition())) - dims.begin();
    wanted[position] = size;
    filled[position] = true;
  }
  if (type.getShape() == ArrayRef(wanted))
    return tensor.value;
  Value value = tensor.value;
  auto narrowType = RankedTensorType::get(narrow, type.getElementType());
  if (narrowType != type)
    value = tensor::CollapseShapeOp::create(builder, loc, narrowType, value, groupAround(kept));
  auto wantedType = RankedTensorType::get(wanted, type.getElementType());
  if (wantedType != narrowType)
    value = tensor::ExpandShapeOp::create(builder, loc, wantedType, value, groupAround(filled));
  return value;
}
