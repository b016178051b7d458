// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s -resolve-ranked-shaped-type-result-dims | FileCheck %s --check-prefix=SIZES

// CHECK-LABEL: func.func @overlapping_dynamic(
// CHECK:       tw.unfold %{{.+}} step(2) : tensor<?x9xf32> -> tensor<?x4x3xf32>
// SIZES-LABEL: func.func @overlapping_dynamic(
// SIZES-SAME:    %[[X:[^:]+]]: tensor<?x9xf32>
// SIZES-DAG:   %[[ROWS:.+]] = tensor.dim %[[X]]
// SIZES-DAG:   %[[COUNT:.+]] = arith.constant 4
// SIZES:       return %{{.+}}, %[[ROWS]], %[[COUNT]]
func.func @overlapping_dynamic(%x: tensor<?x9xf32>) -> (tensor<?x4x3xf32>, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %w = tw.unfold %x step(2) : tensor<?x9xf32> -> tensor<?x4x3xf32>
  %rows = tensor.dim %w, %c0 : tensor<?x4x3xf32>
  %count = tensor.dim %w, %c1 : tensor<?x4x3xf32>
  return %w, %rows, %count : tensor<?x4x3xf32>, index, index
}

// What does not fill a window is left out, and windows may leave gaps.
// CHECK-LABEL: func.func @gaps(
// CHECK:       tw.unfold %{{.+}} step(4) : tensor<10xi32> -> tensor<3x2xi32>
func.func @gaps(%x: tensor<10xi32>) -> tensor<3x2xi32> {
  %w = tw.unfold %x step(4) : tensor<10xi32> -> tensor<3x2xi32>
  return %w : tensor<3x2xi32>
}
