// RUN: tw-opt %s -transform-interpreter -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: @softmax
// CHECK: scf.for %[[I:.*]] = {{.*}} step %c4
// CHECK:   %[[X:.*]] = tensor.extract_slice %{{.*}}[%[[I]], 0] [4, 8] [1, 1]
// CHECK:   tw.softmax dimension(1) ins(%[[X]] : tensor<4x8xf32>) outs({{.*}}) -> tensor<4x8xf32>
// CHECK:   tensor.insert_slice {{.*}}[%[[I]], 0] [4, 8] [1, 1]
func.func @softmax(%x: tensor<16x8xf32>, %e: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %0 = tw.softmax dimension(1) ins(%x : tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) -> tensor<16x8xf32>
  return %0 : tensor<16x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.softmax"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [4, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

func.func @no_tile_of_a_row(%x: tensor<16x8xf32>, %e: tensor<16x8xf32>) -> tensor<16x8xf32> {
  // expected-error @below {{tile operation}}
  // expected-error @below {{failed to generate tiling loops}}
  %0 = tw.softmax dimension(1) ins(%x : tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) -> tensor<16x8xf32>
  return %0 : tensor<16x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.softmax"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// The norm is computed where its consumer needs it, a whole row at a time.
// CHECK-LABEL: @layer_norm_fused
// CHECK: scf.for
// CHECK:   %[[N:.*]] = tw.layer_norm axis(1) {{.*}} ins(%{{.*}} : tensor<?x8xf32>) gamma(%{{.*}} : tensor<8xf32>)
// CHECK:   linalg.exp ins(%[[N]] : tensor<?x8xf32>)
func.func @layer_norm_fused(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = tw.layer_norm axis(1) epsilon(1.0e-5) ins(%x : tensor<?x8xf32>) gamma(%g : tensor<8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = linalg.exp ins(%0 : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["linalg.exp"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.fuse %0 tile_sizes [4, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Rows of Q, columns of V; K stays whole, broadcast dimensions stay, the causal offset moves.
// CHECK-LABEL: @attention
// CHECK: scf.for %[[H:.*]] = %c0 to %c4 step %c1
// CHECK: scf.for %[[M:.*]] = %c0 to %{{.*}} step %c16
// CHECK: scf.for %[[C:.*]] = %c0 to %c6 step %c3
// CHECK-DAG: %[[Q:.*]] = tensor.extract_slice %{{.*}}[%[[H]], %[[M]], 0] [1, %{{.*}}, 8]
// CHECK-DAG: %[[V:.*]] = tensor.extract_slice %{{.*}}[0, 0, %[[C]]] [1, 32, 3]
// CHECK-DAG: %[[B:.*]] = tensor.extract_slice %{{.*}}[%[[H]], 0, 0] [1, 1, 32]
// CHECK-DAG: %[[O:.*]] = affine.apply {{.*}}(%[[M]])
// CHECK: tw.attention {{.*}} ins(%[[Q]], %{{.*}}, %[[V]] : tensor<1x?x8xf32>, tensor<1x32x8xf32>, tensor<1x32x3xf32>) mask(%[[B]] : tensor<1x1x32xf32>) causal(%[[O]])
func.func @attention(%q: tensor<4x?x8xf32>, %k: tensor<1x32x8xf32>, %v: tensor<1x32x6xf32>, %b: tensor<4x1x32xf32>, %e: tensor<4x?x6xf32>) -> tensor<4x?x6xf32> {
  %c5 = arith.constant 5 : index
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<4x?x8xf32>, tensor<1x32x8xf32>, tensor<1x32x6xf32>) mask(%b : tensor<4x1x32xf32>) causal(%c5) outs(%e : tensor<4x?x6xf32>) -> tensor<4x?x6xf32>
  return %0 : tensor<4x?x6xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.attention"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loops:3 = transform.structured.tile_using_for %0 tile_sizes [1, 16, 3] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// A tile that may be part of a row is not computed from a part: the norm stays outside.
// CHECK-LABEL: @no_fusion_of_a_part
// CHECK: %[[N:.*]] = tw.rms_norm
// CHECK: scf.for
// CHECK:   tensor.extract_slice %[[N]]
// CHECK:   linalg.exp
func.func @no_fusion_of_a_part(%x: tensor<?x?xf32>, %e: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = tw.rms_norm axis(1) epsilon(1.0e-5) ins(%x : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = linalg.exp ins(%0 : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["linalg.exp"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loops:2 = transform.structured.fuse %0 tile_sizes [4, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Rows of dynamic length, whole: fused.
// CHECK-LABEL: @dynamic_rows
// CHECK: scf.for
// CHECK:   %[[N:.*]] = tw.softmax dimension(1) ins(%{{.*}} : tensor<?x?xf32>)
// CHECK:   linalg.exp ins(%[[N]] : tensor<?x?xf32>)
func.func @dynamic_rows(%x: tensor<?x?xf32>, %e: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %0 = tw.softmax dimension(1) ins(%x : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %1 = linalg.exp ins(%0 : tensor<?x?xf32>) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %1 : tensor<?x?xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["linalg.exp"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.fuse %0 tile_sizes [4, 0] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
