// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the operands of a batched product to tensors in the layout that attention wants, and back.
#include "passes/Input/ContractionOperand.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using tw::BatchShape;
using tw::ContractionOperand;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The dimensions of an operand in the order batch, row, column (or column, row).
SmallVector<int64_t> getOrder(const ContractionOperand &operand, bool transposed) {
  SmallVector<int64_t> order;
  for (ArrayRef<int64_t> group : operand.batch)
    order.append(group.begin(), group.end());
  order.append(
      {transposed ? operand.column : operand.row, transposed ? operand.row : operand.column});
  return order;
}

Value buildTranspose(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> order) {
  if (llvm::equal(order, llvm::seq<int64_t>(0, order.size())))
    return value;
  SmallVector<OpFoldResult> sizes, sourceSizes = tensor::getMixedSizes(builder, loc, value);
  for (int64_t dim : order)
    sizes.push_back(sourceSizes[dim]);
  Value init = tensor::EmptyOp::create(builder, loc, sizes, typeOf(value).getElementType());
  return linalg::TransposeOp::create(builder, loc, value, init, order)->getResult(0);
}

/// Removes the dimensions without a role from the tensor.
void dropUnitDims(OpBuilder &builder, Location loc, ContractionOperand &operand) {
  SmallVector<int64_t> order = getOrder(operand, /*transposed=*/false);
  RankedTensorType type = typeOf(operand.value);
  if (static_cast<int64_t>(order.size()) == type.getRank())
    return;
  SmallVector<int64_t> shape, position(type.getRank(), -1);
  SmallVector<ReassociationIndices> groups;
  ReassociationIndices open;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bool hasRole = llvm::is_contained(order, dim);
    if (hasRole && !shape.empty())
      groups.push_back(std::exchange(open, {}));
    open.push_back(dim);
    if (hasRole) {
      position[dim] = shape.size();
      shape.push_back(type.getDimSize(dim));
    }
  }
  groups.push_back(open);
  operand.value = tensor::CollapseShapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), operand.value, groups);
  for (SmallVector<int64_t> &dims : operand.batch)
    for (int64_t &dim : dims)
      dim = position[dim];
  operand.row = position[operand.row];
  operand.column = position[operand.column];
}

/// The groups of `shape`, then the two matrix dimensions, as a reassociation.
SmallVector<ReassociationIndices> getReassociation(const BatchShape &shape) {
  SmallVector<ReassociationIndices> groups;
  int64_t rank = typeOf(shape.like).getRank();
  for (ArrayRef<int64_t> group : shape.groups)
    groups.emplace_back(group);
  groups.push_back({rank - 2});
  groups.push_back({rank - 1});
  return groups;
}

} // namespace

std::optional<SmallVector<SmallVector<int64_t>>> tw::groupBatch(const ContractionOperand &operand,
                                                                const BatchShape &shape) {
  SmallVector<SmallVector<int64_t>> parts;
  for (auto [dims, wanted] : llvm::zip_equal(operand.batch, shape.groups)) {
    // One unknown size a group is known to agree, since the products of the groups do.
    ArrayRef<int64_t> rest = dims;
    unsigned unknown = 0;
    for (int64_t wantedDim : wanted) {
      int64_t wantedSize = typeOf(shape.like).getDimSize(wantedDim);
      parts.emplace_back();
      int64_t product = 1;
      do {
        if (rest.empty())
          return std::nullopt;
        int64_t size = typeOf(operand.value).getDimSize(rest.front());
        parts.back().push_back(rest.front());
        rest = rest.drop_front();
        if (ShapedType::isDynamic(size) || ShapedType::isDynamic(wantedSize)) {
          ++unknown;
          product = wantedSize;
        } else {
          product *= size;
        }
      } while (product < wantedSize);
      if (product != wantedSize)
        return std::nullopt;
    }
    for (; !rest.empty() && typeOf(operand.value).getDimSize(rest.front()) == 1;
         rest = rest.drop_front())
      parts.back().push_back(rest.front());
    if (!rest.empty() || unknown > 1)
      return std::nullopt;
  }
  return parts;
}

Value tw::buildOperand(OpBuilder &builder, Location loc, ContractionOperand operand,
                       const BatchShape &shape, bool transposed) {
  dropUnitDims(builder, loc, operand);
  Value value = buildTranspose(builder, loc, operand.value, getOrder(operand, transposed));
  int64_t rank = typeOf(shape.like).getRank();
  if (auto parts = groupBatch(operand, shape)) {
    SmallVector<ReassociationIndices> groups;
    int64_t next = 0;
    for (ArrayRef<int64_t> part : *parts) {
      groups.emplace_back();
      for ([[maybe_unused]] int64_t dim : part)
        groups.back().push_back(next++);
    }
    groups.push_back({next});
    groups.push_back({next + 1});
    if (typeOf(value).getRank() == rank)
      return value;
    return tensor::CollapseShapeOp::create(builder, loc, value, groups);
  }
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, shape.like);
  SmallVector<OpFoldResult> narrow = tensor::getMixedSizes(builder, loc, value);
  SmallVector<int64_t> staticSizes(typeOf(shape.like).getShape());
  for (int64_t fromBack : {1, 2}) {
    sizes[rank - fromBack] = narrow[narrow.size() - fromBack];
    staticSizes[rank - fromBack] = typeOf(value).getShape().take_back(fromBack).front();
  }
  auto type = RankedTensorType::get(staticSizes, typeOf(value).getElementType());
  return tensor::ExpandShapeOp::create(builder, loc, type, value, getReassociation(shape), sizes);
}

Value tw::buildResult(OpBuilder &builder, Location loc, Value value,
                      const ContractionOperand &result, const BatchShape &shape) {
  int64_t rank = typeOf(result.value).getRank();
  if (typeOf(value).getRank() != rank)
    value = tensor::CollapseShapeOp::create(builder, loc, value, getReassociation(shape));
  SmallVector<int64_t> order = getOrder(result, /*transposed=*/false), inverse(rank);
  for (auto [position, dim] : llvm::enumerate(order))
    inverse[dim] = position;
  value = buildTranspose(builder, loc, value, inverse);
  if (value.getType() != result.value.getType())
    value = tensor::CastOp::create(builder, loc, result.value.getType(), value);
  return value;
}
