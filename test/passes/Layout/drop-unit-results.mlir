// RUN: tw-opt %s -tw-drop-unit-results | FileCheck %s

#all = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0, 0)>
#one = affine_map<(d0, d1) -> (0, 0)>
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func.func @row_sums
// CHECK: %[[I:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
// CHECK: %[[G:.*]] = linalg.generic {indexing_maps = [#[[ALL]], #[[ROW]]]{{.*}} outs(%[[I]] : tensor<4xf32>)
// CHECK: tensor.expand_shape %[[G]] {{\[}}[0, 1]] output_shape [4, 1]
func.func @row_sums(%x: tensor<4x8xf32>, %i: tensor<4x1xf32>) -> tensor<4x1xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x8xf32>) outs(%i : tensor<4x1xf32>) {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}

// CHECK-LABEL: func.func @dynamic_rows
// CHECK: %[[G:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?xf32>)
// CHECK: tensor.expand_shape %[[G]] {{\[}}[0, 1]] output_shape [%{{.*}}, 1]
func.func @dynamic_rows(%x: tensor<?x?xf32>, %i: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<?x?xf32>) outs(%i : tensor<?x1xf32>) {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// CHECK-LABEL: func.func @full_sum
// CHECK: linalg.generic {indexing_maps = [#[[ALL]], #[[NONE]]]{{.*}} outs(%{{.*}} : tensor<f32>)
// CHECK: tensor.expand_shape %{{.*}} [] output_shape [1, 1] : tensor<f32> into tensor<1x1xf32>
func.func @full_sum(%x: tensor<4x8xf32>, %i: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #one], iterator_types = ["reduction", "reduction"]} ins(%x : tensor<4x8xf32>) outs(%i : tensor<1x1xf32>) {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.addf %a, %b : f32
    linalg.yield %1 : f32
  } -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// A unit dimension that a loop walks stays.
// CHECK-LABEL: func.func @no_change_of_loops
// CHECK-NOT: tensor.collapse_shape
func.func @no_change_of_loops(%x: tensor<4x1xf32>, %i: tensor<4x1xf32>) -> tensor<4x1xf32> {
  %0 = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x1xf32>) outs(%i : tensor<4x1xf32>) {
  ^bb0(%a: f32, %b: f32):
    %1 = arith.negf %a : f32
    linalg.yield %1 : f32
  } -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}
