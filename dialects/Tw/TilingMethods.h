// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the implementations of TilingInterface have in common. Every named operation has the
// iteration space of its result.
#ifndef TILEWRIGHT_DIALECTS_TW_TILINGMETHODS_H
#define TILEWRIGHT_DIALECTS_TW_TILINGMETHODS_H

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace tw {

/// From 0 to the sizes of `init` in steps of 1.
mlir::SmallVector<mlir::Range> getResultDomain(mlir::OpBuilder &builder, mlir::Location loc,
                                               mlir::Value init);

/// `source[offsets][sizes]` where dimensions of size 1 that are broadcast stay whole.
/// `broadcast` says which dimensions may be.
mlir::tensor::ExtractSliceOp sliceTile(mlir::OpBuilder &builder, mlir::Location loc,
                                       mlir::Value source,
                                       llvm::ArrayRef<mlir::OpFoldResult> offsets,
                                       llvm::ArrayRef<mlir::OpFoldResult> sizes,
                                       bool broadcast = false);

/// Clones `op` on `operands` and reports the slices among them.
mlir::TilingResult cloneOnTile(mlir::OpBuilder &builder, mlir::Operation *op,
                               llvm::ArrayRef<mlir::Value> operands, mlir::Type resultType);

} // namespace tw

/// The seven methods of the interface for the operation `OpTy`: only the iterators and what gives
/// a tile, `TILE(op, builder, offsets, sizes)`, differ. For use outside of namespaces.
#define TW_TILING_INTERFACE(OpTy, ITERATORS, TILE)                                                 \
  mlir::SmallVector<mlir::utils::IteratorType> OpTy::getLoopIteratorTypes() { return ITERATORS; }  \
  mlir::SmallVector<mlir::Range> OpTy::getIterationDomain(mlir::OpBuilder &builder) {              \
    return tw::getResultDomain(builder, getLoc(), getInit());                                      \
  }                                                                                                \
  mlir::FailureOr<mlir::TilingResult> OpTy::getTiledImplementation(                                \
      mlir::OpBuilder &builder, llvm::ArrayRef<mlir::OpFoldResult> offsets,                        \
      llvm::ArrayRef<mlir::OpFoldResult> sizes) {                                                  \
    return TILE(*this, builder, offsets, sizes);                                                   \
  }                                                                                                \
  mlir::LogicalResult OpTy::getResultTilePosition(                                                 \
      mlir::OpBuilder &, unsigned, llvm::ArrayRef<mlir::OpFoldResult> offsets,                     \
      llvm::ArrayRef<mlir::OpFoldResult> sizes,                                                    \
      llvm::SmallVector<mlir::OpFoldResult> &resultOffsets,                                        \
      llvm::SmallVector<mlir::OpFoldResult> &resultSizes) {                                        \
    resultOffsets.assign(offsets.begin(), offsets.end());                                          \
    resultSizes.assign(sizes.begin(), sizes.end());                                                \
    return mlir::success();                                                                        \
  }                                                                                                \
  mlir::LogicalResult OpTy::getIterationDomainTileFromResultTile(                                  \
      mlir::OpBuilder &, unsigned, llvm::ArrayRef<mlir::OpFoldResult> offsets,                     \
      llvm::ArrayRef<mlir::OpFoldResult> sizes,                                                    \
      llvm::SmallVectorImpl<mlir::OpFoldResult> &domainOffsets,                                    \
      llvm::SmallVectorImpl<mlir::OpFoldResult> &domainSizes) {                                    \
    domainOffsets.assign(offsets.begin(), offsets.end());                                          \
    domainSizes.assign(sizes.begin(), sizes.end());                                                \
    return mlir::success();                                                                        \
  }                                                                                                \
  mlir::FailureOr<mlir::TilingResult> OpTy::generateResultTileValue(                               \
      mlir::OpBuilder &builder, unsigned, llvm::ArrayRef<mlir::OpFoldResult> offsets,              \
      llvm::ArrayRef<mlir::OpFoldResult> sizes) {                                                  \
    return TILE(*this, builder, offsets, sizes);                                                   \
  }

#endif // TILEWRIGHT_DIALECTS_TW_TILINGMETHODS_H
