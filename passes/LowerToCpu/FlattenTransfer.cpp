// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/MemoryLoops.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace {

MemRefType typeOf(Value memory) { return cast<MemRefType>(memory.getType()); }

Value castToShape(OpBuilder &builder, Location loc, Value memory, ArrayRef<int64_t> shape) {
  MemRefType type = typeOf(memory);
  if (type.getShape() == shape)
    return memory;
  auto refined =
      MemRefType::get(shape, type.getElementType(), type.getLayout(), type.getMemorySpace());
  return memref::CastOp::create(builder, loc, refined, memory);
}

/// Whether element [i + 1][0] follows the last element of [i], by static strides alone.
bool isContiguousAt(MemRefType type, int64_t dim) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return false;
  return ShapedType::isStatic(strides[dim]) && ShapedType::isStatic(strides[dim + 1]) &&
         ShapedType::isStatic(type.getDimSize(dim + 1)) &&
         strides[dim] == strides[dim + 1] * type.getDimSize(dim + 1);
}

void forEachMemory(tw::Transfer &transfer, function_ref<Value(Value)> change) {
  transfer.target = change(transfer.target);
  if (transfer.source)
    transfer.source = change(transfer.source);
}

bool allMemory(const tw::Transfer &transfer, function_ref<bool(MemRefType)> holds) {
  return holds(typeOf(transfer.target)) && (!transfer.source || holds(typeOf(transfer.source)));
}

void collapse(OpBuilder &builder, Location loc, tw::Transfer &transfer,
              ArrayRef<ReassociationIndices> groups) {
  if (static_cast<int64_t>(groups.size()) == typeOf(transfer.target).getRank())
    return;
  forEachMemory(transfer, [&](Value memory) -> Value {
    return memref::CollapseShapeOp::create(builder, loc, memory, groups);
  });
}

} // namespace

tw::Transfer tw::flatten(OpBuilder &builder, Location loc, Transfer transfer) {
  if (transfer.source) {
    SmallVector<int64_t> shape(typeOf(transfer.target).getShape());
    for (auto [size, other] : llvm::zip(shape, typeOf(transfer.source).getShape()))
      if (ShapedType::isDynamic(size))
        size = other;
    forEachMemory(transfer, [&](Value memory) { return castToShape(builder, loc, memory, shape); });
  }
  int64_t rank = typeOf(transfer.target).getRank();
  if (rank == 0)
    return transfer;
  // Whole buffers first: with dynamic sizes their strides are not static, and a view of less rank
  // would forget that they are contiguous.
  if (allMemory(transfer, [](MemRefType type) { return type.getLayout().isIdentity(); })) {
    collapse(builder, loc, transfer, {llvm::to_vector<2>(llvm::seq(rank))});
    return transfer;
  }
  SmallVector<int64_t> shape(typeOf(transfer.target).getShape());
  llvm::erase(shape, 1);
  forEachMemory(transfer, [&](Value memory) -> Value {
    FailureOr<Value> reduced = memref::SubViewOp::rankReduceIfNeeded(builder, loc, memory, shape);
    return succeeded(reduced) ? *reduced : memory;
  });
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0, end = typeOf(transfer.target).getRank(); dim < end; ++dim) {
    bool joins = dim > 0 && allMemory(transfer, [&](MemRefType type) {
                   return isContiguousAt(type, dim - 1);
                 });
    if (joins)
      groups.back().push_back(dim);
    else
      groups.push_back({dim});
  }
  collapse(builder, loc, transfer, groups);
  return transfer;
}
