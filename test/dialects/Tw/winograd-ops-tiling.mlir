// RUN: tw-opt %s -transform-interpreter -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// Two rows of tiles read six rows of pixels, two of which the next tiles read too.
// CHECK: #[[DOUBLE:.*]] = affine_map<(d0) -> (d0 * 2)>
// CHECK-LABEL: @input
// CHECK: scf.for %[[I:.*]] = {{.*}} step %c2
// CHECK:   %[[H:.*]] = affine.apply #[[DOUBLE]](%[[I]])
// CHECK:   %[[X:.*]] = tensor.extract_slice %{{.*}}[0, %[[H]], 0, 0] [%{{.*}}, 6, 18, 16] [1, 1, 1, 1]
// CHECK:   tw.winograd_input ins(%[[X]] : tensor<?x6x18x16xf32>) outs({{.*}} : tensor<4x4x?x2x8x16xf32>)
func.func @input(%x: tensor<?x18x18x16xf32>, %v: tensor<4x4x?x8x8x16xf32>) -> tensor<4x4x?x8x8x16xf32> {
  %0 = tw.winograd_input ins(%x : tensor<?x18x18x16xf32>) outs(%v : tensor<4x4x?x8x8x16xf32>) -> tensor<4x4x?x8x8x16xf32>
  return %0 : tensor<4x4x?x8x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.winograd_input"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [0, 0, 0, 2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK: #[[HALF:.*]] = affine_map<(d0) -> (d0 ceildiv 2)>
// CHECK-LABEL: @output
// CHECK: scf.for %[[I:.*]] = {{.*}} step %c4
// CHECK:   %[[T:.*]] = affine.apply #[[HALF]](%[[I]])
// CHECK:   %[[M:.*]] = tensor.extract_slice %{{.*}}[0, 0, 0, %[[T]], 0, 0] [4, 4, 1, 2, 8, 16]
// CHECK:   tw.winograd_output ins(%[[M]] : tensor<4x4x1x2x8x16xf32>) outs({{.*}} : tensor<1x4x15x16xf32>)
func.func @output(%m: tensor<4x4x1x8x8x16xf32>, %y: tensor<1x16x15x16xf32>) -> tensor<1x16x15x16xf32> {
  %0 = tw.winograd_output ins(%m : tensor<4x4x1x8x8x16xf32>) outs(%y : tensor<1x16x15x16xf32>) -> tensor<1x16x15x16xf32>
  return %0 : tensor<1x16x15x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.winograd_output"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @no_tile_at_an_odd_pixel(%m: tensor<4x4x1x8x8x16xf32>, %y: tensor<1x15x15x16xf32>) -> tensor<1x15x15x16xf32> {
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %0 = tw.winograd_output ins(%m : tensor<4x4x1x8x8x16xf32>) outs(%y : tensor<1x15x15x16xf32>) -> tensor<1x15x15x16xf32>
  return %0 : tensor<1x15x15x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.winograd_output"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [0, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @no_part_of_a_tile(%x: tensor<1x18x18x16xf32>, %v: tensor<4x4x1x8x8x16xf32>) -> tensor<4x4x1x8x8x16xf32> {
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %0 = tw.winograd_input ins(%x : tensor<1x18x18x16xf32>) outs(%v : tensor<4x4x1x8x8x16xf32>) -> tensor<4x4x1x8x8x16xf32>
  return %0 : tensor<4x4x1x8x8x16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.winograd_input"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [2] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
