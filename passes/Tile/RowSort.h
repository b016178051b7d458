// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops that sort one row of keys, which are unsigned numbers, and their positions.
#ifndef TILEWRIGHT_PASSES_TILE_ROWSORT_H
#define TILEWRIGHT_PASSES_TILE_ROWSORT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace tw {

/// What both ways of sorting are built from.
struct RowSort {
  RowSort(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value count);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Value count; // of elements
  mlir::Value zero, one;

  mlir::Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(builder, loc, value);
  }
  mlir::Value add(mlir::Value a, mlir::Value b) {
    return mlir::arith::AddIOp::create(builder, loc, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }
  mlir::Value isLess(mlir::Value a, mlir::Value b) {
    return mlir::arith::CmpIOp::create(builder, loc, mlir::arith::CmpIPredicate::ult, a, b);
  }
  mlir::Value read(mlir::Value tensor, mlir::ValueRange at);
  mlir::Value write(mlir::Value element, mlir::Value tensor, mlir::ValueRange at);

  /// A loop that carries tensors.
  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value position,
                                                                 mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value from, mlir::Value to, mlir::Value step,
                                      mlir::ValueRange inits, Body body);
};

/// Sorts `row`, keys and positions, by merging runs of 1, 2, 4, ... elements; `other` are tensors
/// of the same types. n log n, without a branch that depends on what is compared, and stable.
llvm::SmallVector<mlir::Value> buildMergeSort(RowSort sort, mlir::ValueRange row,
                                              mlir::ValueRange other);

/// The same by digits of 8 bits, the lowest first: a few steps for each element, and some 500 for
/// each digit. (H. H. Seward's radix sort; Knuth, The Art of Computer Programming 3, 5.2.5.)
llvm::SmallVector<mlir::Value> buildRadixSort(RowSort sort, mlir::ValueRange row,
                                              mlir::ValueRange other);

/// Elements of a row among which some places of its order are.
struct SelectedPlaces {
  llvm::SmallVector<mlir::Value> row; // keys and positions, in the order that they had
  mlir::Value count;                  // of them; what follows in `row` has no meaning
  mlir::Value before;                 // how many elements of the order come before all of these
};

/// Finds the elements among which the places from `first` to `last` are, by their leading bits:
/// some more than these places, unless most elements are alike. `other` are tensors of the types of
/// `row`.
SelectedPlaces buildSelection(RowSort sort, mlir::ValueRange row, mlir::ValueRange other,
                              mlir::Value first, mlir::Value last);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_ROWSORT_H
