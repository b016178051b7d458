// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Memory behind tiles: what tile registers are loaded from and stored to, or are replaced by.
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_TILEBUFFERS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_TILEBUFFERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/DenseMap.h"

namespace tw {

/// Buffers of one tile each on the stack of a function.
class TileBuffers {
public:
  TileBuffers(mlir::func::FuncOp function, bool emulate);

  /// Whether tiles live in memory, for a processor without tile registers.
  bool emulate() const { return emulated; }

  /// A buffer for `tile`. Tiles that live in memory have one each; else buffers are handed out in
  /// turn, and hold a tile only until it is loaded.
  mlir::Value create(mlir::OpBuilder &builder, mlir::VectorType tile);

  /// The memory to which `tile`, which was `original`, is stored where it is computed.
  mlir::Value getStored(mlir::OpBuilder &builder, mlir::Value original, mlir::Value tile);

private:
  mlir::Value allocate(mlir::OpBuilder &builder, mlir::VectorType tile);

  mlir::func::FuncOp function;
  bool emulated;
  /// Buffers of one type, of which `next` is the next one's number.
  struct Ring {
    llvm::SmallVector<mlir::Value> buffers;
    unsigned next = 0;
  };
  llvm::DenseMap<mlir::Type, Ring> scratch;
  llvm::DenseMap<mlir::Type, llvm::SmallVector<mlir::Value>> results;
  llvm::DenseMap<mlir::Value, mlir::Value> stored;
  /// Which of `results` a tile is stored to.
  llvm::DenseMap<mlir::Value, unsigned> numbers;
};

/// Elements from one row of a buffer to the next along dimension `dim`.
mlir::Value getStride(mlir::ImplicitLocOpBuilder &b, mlir::Value memory, unsigned dim);

/// Row `row` of the tile that `read` reads, with zeros for what lies beyond the memory.
mlir::Value readRow(mlir::ImplicitLocOpBuilder &b, mlir::vector::TransferReadOp read, int64_t row);

/// Fills a buffer of one tile.
void storeRows(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer,
               llvm::function_ref<mlir::Value(int64_t)> getRow);

/// Copies a buffer of one tile to `memory`, with rows along `rowDim` from `indices` on.
void copyRows(mlir::ImplicitLocOpBuilder &b, mlir::Value buffer, mlir::Value memory,
              mlir::ValueRange indices, unsigned rowDim);

/// Adds the product of two tiles of words to a tile of f32, all in memory, by tw.bf16_dot.
void emulateDot(mlir::ImplicitLocOpBuilder &b, mlir::Value lhs, mlir::Value rhs,
                mlir::Value accumulator);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_TILEBUFFERS_H
