// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToGpu/KernelArguments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

tw::KernelArguments::KernelArguments(OpBuilder &builder, gpu::LaunchOp launch) {
  builder.setInsertionPoint(launch);
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(launch.getBody(), used);
  for (Value value : used) {
    Operation *def = value.getDefiningOp();
    if (def && def->hasTrait<OpTrait::ConstantLike>())
      constants.push_back(def);
    else if (auto data = value.getDefiningOp<memref::GetGlobalOp>())
      constantData.push_back(data);
    else if (isa<MemRefType>(value.getType()))
      addBuffer(builder, value);
    else
      operands.insert(value);
  }
}

void tw::KernelArguments::addBuffer(OpBuilder &builder, Value value) {
  Location loc = value.getLoc();
  auto type = cast<MemRefType>(value.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  auto parts = memref::ExtractStridedMetadataOp::create(builder, loc, value);
  Buffer buffer{value, parts.getBaseBuffer(), builder.getIndexAttr(offset), {}, {}};
  operands.insert(buffer.base);
  auto pass = [&](Value open) -> OpFoldResult {
    operands.insert(open);
    return open;
  };
  if (ShapedType::isDynamic(offset))
    buffer.offset = pass(parts.getOffset());
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    // As a dim, which folds to the size that an allocation was made with: buffers of one size
    // then share it.
    buffer.sizes.push_back(type.isDynamicDim(dim) ? pass(builder.createOrFold<memref::DimOp>(
                                                        loc, value, static_cast<int64_t>(dim)))
                                                  : OpFoldResult(builder.getIndexAttr(size)));
  }
  // Strides of a contiguous buffer follow from its sizes.
  if (!type.getLayout().isIdentity())
    for (auto [dim, stride] : llvm::enumerate(strides))
      buffer.strides.push_back(ShapedType::isDynamic(stride)
                                   ? pass(parts.getStrides()[dim])
                                   : OpFoldResult(builder.getIndexAttr(stride)));
  buffers.push_back(std::move(buffer));
}

void tw::KernelArguments::rebuild(OpBuilder &builder, ValueRange arguments, IRMapping &mapping) {
  mapping.map(operands.getArrayRef(), arguments);
  for (Operation *constant : constants)
    builder.clone(*constant, mapping);
  for (memref::GetGlobalOp data : constantData)
    builder.clone(*data, mapping);
  auto inKernel = [&](OpFoldResult host) -> OpFoldResult {
    if (auto value = dyn_cast<Value>(host))
      return mapping.lookupOrDefault(value);
    return host;
  };
  for (const Buffer &buffer : buffers) {
    Location loc = buffer.value.getLoc();
    auto type = cast<MemRefType>(buffer.value.getType());
    SmallVector<OpFoldResult> sizes = llvm::map_to_vector(buffer.sizes, inKernel);
    SmallVector<OpFoldResult> strides = llvm::map_to_vector(buffer.strides, inKernel);
    if (type.getLayout().isIdentity()) {
      OpFoldResult stride = builder.getIndexAttr(1);
      strides.resize(type.getRank());
      for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
        strides[dim] = stride;
        std::optional<int64_t> a = getConstantIntValue(stride), b = getConstantIntValue(sizes[dim]);
        if (a && b)
          stride = builder.getIndexAttr(*a * *b);
        else
          stride = arith::MulIOp::create(builder, loc,
                                         getValueOrCreateConstantIndexOp(builder, loc, stride),
                                         getValueOrCreateConstantIndexOp(builder, loc, sizes[dim]))
                       .getResult();
      }
    }
    Value base = mapping.lookup(buffer.base);
    mapping.map(buffer.value,
                memref::ReinterpretCastOp::create(builder, loc, type, base, inKernel(buffer.offset),
                                                  sizes, strides));
  }
}
