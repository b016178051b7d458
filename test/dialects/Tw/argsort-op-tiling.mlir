// RUN: tw-opt %s -transform-interpreter -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: @rows
// CHECK: scf.for %[[I:.*]] = {{.*}} step %c4
// CHECK:   %[[X:.*]] = tensor.extract_slice %{{.*}}[%[[I]], 0] [4, %{{.*}}] [1, 1] : tensor<64x?xf32> to tensor<4x?xf32>
// CHECK:   tw.argsort dimension(1) ins(%[[X]] : tensor<4x?xf32>) outs({{.*}} : tensor<4x?xi64>)
func.func @rows(%x: tensor<64x?xf32>, %e: tensor<64x?xi64>) -> tensor<64x?xi64> {
  %0 = tw.argsort dimension(1) ins(%x : tensor<64x?xf32>) outs(%e : tensor<64x?xi64>) -> tensor<64x?xi64>
  return %0 : tensor<64x?xi64>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.argsort"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Of the elements a tile has all, whatever places it has.
// CHECK-LABEL: @places
// CHECK: scf.for %[[I:.*]] = {{.*}} step %c4
// CHECK:   %[[X:.*]] = tensor.extract_slice %{{.*}}[%[[I]], 0] [4, 500] [1, 1] : tensor<64x500xf32> to tensor<4x500xf32>
// CHECK:   tw.argsort dimension(1) first(40) ins(%[[X]] : tensor<4x500xf32>) outs({{.*}} : tensor<4x10xi64>)
func.func @places(%x: tensor<64x500xf32>, %e: tensor<64x10xi64>) -> tensor<64x10xi64> {
  %0 = tw.argsort dimension(1) first(40) ins(%x : tensor<64x500xf32>) outs(%e : tensor<64x10xi64>) -> tensor<64x10xi64>
  return %0 : tensor<64x10xi64>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.argsort"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @no_part_of_a_row(%x: tensor<64x500xf32>, %e: tensor<64x500xi64>) -> tensor<64x500xi64> {
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %0 = tw.argsort dimension(1) ins(%x : tensor<64x500xf32>) outs(%e : tensor<64x500xi64>) -> tensor<64x500xi64>
  return %0 : tensor<64x500xi64>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.argsort"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [0, 100] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
