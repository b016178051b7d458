// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg on the rows of a tile: the pieces that softmax, norms and attention decompose into.
#ifndef TILEWRIGHT_PASSES_TILE_ROWOPERATIONS_H
#define TILEWRIGHT_PASSES_TILE_ROWOPERATIONS_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace tw {

/// Emits linalg operations that reduce a tile along some of its dimensions, its rows, and combine
/// it with one value a row. Arithmetic is in f32 at least; bodies see wide scalars.
class RowBuilder {
public:
  using Body = llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

  /// The rows of `tile` are its dimensions for which `reduced` is true.
  RowBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tile,
             llvm::ArrayRef<bool> reduced);

  /// The type of intermediate results.
  mlir::FloatType getWideType() const { return wide; }
  /// The position of an element in the tile, of its row, and in the row.
  mlir::AffineMap getTileMap() const { return tileMap; }
  mlir::AffineMap getRowMap() const { return rowMap; }
  mlir::AffineMap getInRowMap() const { return inRowMap; }
  /// The number of elements of a row, as a scalar of the wide type.
  mlir::Value getRowLength();

  /// One value a row: `combine(body(inputs), accumulator)` over its elements.
  mlir::Value reduce(mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps, double neutral,
                     Body body, Body combine);
  /// One value a row from values of rows.
  mlir::Value mapRows(mlir::ValueRange rows, Body body);
  /// The same, written over `init`, whose values are the last that the body gets.
  mlir::Value updateRows(mlir::ValueRange rows, mlir::Value init, Body body);
  /// `value` for each row.
  mlir::Value fillRows(double value);
  /// body(inputs) for each element; the result has the type of `init`, which is overwritten.
  mlir::Value mapTile(mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps,
                      mlir::Value init, Body body);

  /// The same of elements that are in `init`, over which the result is written; their values are
  /// the last that the body gets. Unlike an `init` that is an input as well, it needs no copy.
  mlir::Value updateTile(mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps,
                         mlir::Value init, Body body);

  mlir::Value constant(double value);
  /// A tensor for intermediate results in the shape of the tile.
  mlir::Value emptyTile();

private:
  mlir::Value emptyRows();
  mlir::Value combineRows(mlir::ValueRange rows, mlir::Value init, bool readInit, Body body);
  mlir::Value combineTile(mlir::ValueRange inputs, llvm::ArrayRef<mlir::AffineMap> maps,
                          mlir::Value init, bool readInit, Body body);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value tile;
  mlir::FloatType wide;
  llvm::SmallVector<bool> reduced;
  mlir::AffineMap tileMap, rowMap, inRowMap;
};

/// The exponentials of a softmax and what to multiply them by.
struct RowExponentials {
  mlir::Value exponentials;
  /// One over the sum of a row.
  mlir::Value reciprocals;
};

/// Whether exponentials keep what is nothing beside the 1 of the largest (math.exp with `afn`).
/// Masks of about -100 make such numbers, and they or their products are subnormal, for each of
/// which Intel's processors take some 150 cycles.
enum class Negligible { Keep, Drop };

/// exp((x - max) * factor) and the reciprocal of its sum for each row of `x`. `factor` must be
/// positive. A row that is -inf throughout gives NaN, or with `zeroMaskedRows` 0 and 0.
/// `init` takes the exponentials; it may be `x`.
RowExponentials buildRowExponentials(RowBuilder &rows, mlir::Value x, mlir::Value init,
                                     double factor, bool zeroMaskedRows, Negligible negligible);

/// x - max - log(sum(exp(x - max))) for each row of `x`, written to `init`.
mlir::Value buildLogarithms(RowBuilder &rows, mlir::Value x, mlir::Value init);

/// The pieces of it, for softmax on a row that comes in parts. `shift` is a value for each row.
mlir::Value buildRowMaxima(RowBuilder &rows, mlir::Value x);
mlir::Value buildRowSums(RowBuilder &rows, mlir::Value x);
/// 0 for -inf: -inf - 0 is -inf, and -inf - -inf would be NaN.
mlir::Value buildFiniteMaxima(RowBuilder &rows, mlir::Value maxima);
mlir::Value buildExponential(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value x,
                             Negligible negligible);
mlir::Value buildExponentials(RowBuilder &rows, mlir::Value x, mlir::Value shift, mlir::Value init,
                              double factor, Negligible negligible);
/// One over the sum of a row; of 0 it is inf, or 0 with `zeroMaskedRows`.
mlir::Value buildReciprocals(RowBuilder &rows, mlir::Value sums, bool zeroMaskedRows);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ROWOPERATIONS_H
