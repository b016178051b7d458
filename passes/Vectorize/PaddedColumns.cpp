// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/PaddedColumns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

bool tw::hasColumns(Value tensor, int64_t columns) {
  auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
  auto argument = slice ? dyn_cast<BlockArgument>(slice.getSource()) : BlockArgument();
  if (!argument || !isa<FunctionOpInterface>(argument.getOwner()->getParentOp()) ||
      !slice.hasUnitStride() || slice.getType().getRank() == 0)
    return false;
  int64_t last = slice.getSourceType().getRank() - 1;
  int64_t offset = slice.getStaticOffset(last), size = slice.getSourceType().getDimSize(last);
  return !slice.getDroppedDims().test(last) && ShapedType::isStatic(offset) &&
         ShapedType::isStatic(size) && offset + columns <= size;
}

Value tw::widenColumns(OpBuilder &builder, Value tensor, int64_t columns) {
  OpBuilder::InsertionGuard guard(builder);
  auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>();
  builder.setInsertionPointAfter(slice);
  SmallVector<OpFoldResult> sizes = slice.getMixedSizes();
  sizes.back() = builder.getIndexAttr(columns);
  SmallVector<int64_t> shape(slice.getType().getShape());
  shape.back() = columns;
  return tensor::ExtractSliceOp::create(builder, slice.getLoc(), slice.getType().clone(shape),
                                        slice.getSource(), slice.getMixedOffsets(), sizes,
                                        slice.getMixedStrides());
}

tw::TileRow tw::changePieces(OpBuilder &builder, Location loc, ValueRange values,
                             ArrayRef<ColumnPiece> from, ArrayRef<ColumnPiece> to) {
  TileRow result;
  for (ColumnPiece wanted : to) {
    Value whole;
    for (auto [piece, value] : llvm::zip_equal(from, values)) {
      int64_t begin = std::max(piece.offset, wanted.offset);
      int64_t lanes = std::min(piece.offset + piece.lanes, wanted.offset + wanted.lanes) - begin;
      if (lanes <= 0)
        continue;
      Value part = value;
      if (lanes < piece.lanes)
        part = vector::ExtractStridedSliceOp::create(
            builder, loc, value, ArrayRef<int64_t>{begin - piece.offset}, ArrayRef<int64_t>{lanes},
            ArrayRef<int64_t>{1});
      if (lanes == wanted.lanes) {
        whole = part;
        break;
      }
      if (!whole) {
        auto type = VectorType::get({wanted.lanes}, getElementTypeOrSelf(value.getType()));
        whole = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
      }
      whole = vector::InsertStridedSliceOp::create(builder, loc, part, whole,
                                                   ArrayRef<int64_t>{begin - wanted.offset},
                                                   ArrayRef<int64_t>{1});
    }
    result.push_back(whole);
  }
  return result;
}
