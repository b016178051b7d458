// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Sorts and writes to computed places, which arrive as linalg that compares all pairs.
#ifndef TILEWRIGHT_PASSES_INPUT_SORTANDSCATTERPASSES_TD
#define TILEWRIGHT_PASSES_INPUT_SORTANDSCATTERPASSES_TD

include "mlir/Pass/PassBase.td"

def NarrowArgsort : Pass<"tw-narrow-argsort", "::mlir::func::FuncOp"> {
  let summary = "Sort no further than the places of an order that are read";
  let description = [{
    A sort arrives as ranks, and as what has each rank: after tw-raise-argsort and tw-raise-scatter
    positions are written where the order says, and once more where that says. This is the order
    itself, as long as the places that are asked for. And of an order of which a slice is read, as
    `topk`, `kthvalue` and `median` do, only those places are computed.

    An order with other readers than the slice, and slices whose places are not known, stay.

    Example:
    ```mlir
    %order = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
    %rank = tw.scatter dimension(0) combine(add) ins(%numbers, %order : ...) outs(%zeros : ...) -> tensor<900xi64>
    %r = tw.scatter dimension(0) combine(add) ins(%numbers, %rank : ...) outs(%few : ...) -> tensor<100xi64>
    ```
    becomes
    ```mlir
    %r = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<100xi64>) -> tensor<100xi64>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseArgsort : Pass<"tw-raise-argsort", "::mlir::func::FuncOp"> {
  let summary = "Sort instead of counting for each element those that go before it";
  let description = [{
    linalg has no form for a sort, so it arrives as ranks: for each element the number of those that
    are less, or equal and earlier. Instead of comparing all pairs, `tw.argsort` gives the positions
    in sorted order, and a `tw.scatter` writes to each position which one it was.

    Integers and floats are matched, ascending and descending, floats with NaN above all numbers. A
    dimension of static size below 64 is left: its pairs are compared faster, in vectors.

    Example:
    ```mlir
    %r = linalg.generic ... ins(%x, %x : tensor<?xi32>, tensor<?xi32>) outs(%zeros : tensor<?xi64>) {
    ^bb0(%one: i32, %other: i32, %out: i64): // other < one or (other == one and j < i) is counted
    ```
    becomes
    ```mlir
    %order = tw.argsort dimension(0) ins(%x : tensor<?xi32>) outs(%e : tensor<?xi64>) -> tensor<?xi64>
    %r = tw.scatter dimension(0) combine(add) ins(%numbers, %order : tensor<?xi64>, tensor<?xi64>) outs(%zeros : tensor<?xi64>) -> tensor<?xi64>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def RaiseScatter : Pass<"tw-raise-scatter", "::mlir::func::FuncOp"> {
  let summary = "Write at computed places instead of asking each place who names it";
  let description = [{
    linalg has no form for writes at computed places, so they arrive as a reduction: each place of
    the result combines, over all that is written, what is selected where its position is equal to
    the index. That takes as many steps as places times writes; `tw.scatter` takes one a write.

    Sums, products, maxima and minima are raised, where the other side of the selection is neutral.
    So is the maximum of the numbers of what names a place, or -1: a plain scatter is a look-up by
    that number. Refused: two reductions, an index that is no tensor, other values where nothing is
    written.

    Example:
    ```mlir
    %r = linalg.generic ... ins(%targets, %edges : tensor<?xi64>, tensor<?x64xf32>) outs(%zeros : tensor<1000x64xf32>) {
    ^bb0(%target: i64, %edge: f32, %out: f32):
      %c = arith.cmpi eq, %target, %p : i64 // where %p is linalg.index 0
      %s = arith.select %c, %edge, %zero : f32
      %a = arith.addf %s, %out : f32
    ```
    becomes
    ```mlir
    %r = tw.scatter dimension(0) combine(add) ins(%edges, %t : tensor<?x64xf32>, tensor<?x1xi64>) outs(%zeros : tensor<1000x64xf32>) -> tensor<1000x64xf32>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

#endif // TILEWRIGHT_PASSES_INPUT_SORTANDSCATTERPASSES_TD
