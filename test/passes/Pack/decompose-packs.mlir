// RUN: tw-opt %s -tw-decompose-packs -split-input-file | FileCheck %s

// Rows of panels, read where they are in a row of the weights.
// CHECK-DAG: #[[READ:.+]] = affine_map<(d0, d1, d2) -> (d1, d0, d2)>
// CHECK-DAG: #[[WRITE:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func.func @whole_panels(
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<64x128xf32>
// CHECK: %[[E:.+]] = tensor.empty() : tensor<4x64x32xf32>
// CHECK: %[[X:.+]] = tensor.expand_shape %[[W]] {{\[\[}}0], [1, 2]] output_shape [64, 4, 32]
// CHECK: linalg.generic {indexing_maps = [#[[READ]], #[[WRITE]]], iterator_types = ["parallel", "parallel", "parallel"]} ins(%[[X]] : tensor<64x4x32xf32>) outs(%[[E]] :
// CHECK-NOT: linalg.pack
func.func @whole_panels(%w: tensor<64x128xf32>) -> tensor<4x64x32xf32> {
  %e = tensor.empty() : tensor<4x64x32xf32>
  %p = linalg.pack %w outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<64x128xf32> -> tensor<4x64x32xf32>
  return %p : tensor<4x64x32xf32>
}

// -----

// Three whole panels, 4 columns of the last one, its 28 columns of padding: no loop has a
// condition. The transpose is read through.
// CHECK-DAG: #[[READ:.+]] = affine_map<(d0, d1, d2) -> (d0, d2, d1)>
// CHECK-DAG: #[[REST:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @rest(
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<100x64xf32>
// CHECK-DAG: %[[ZERO:.+]] = arith.constant 0.0
// CHECK-NOT: linalg.transpose
// CHECK: %[[E:.+]] = tensor.empty() : tensor<4x64x32xf32>
// CHECK: %[[WHOLE:.+]] = tensor.extract_slice %[[W]][0, 0] [96, 64]
// CHECK: %[[X:.+]] = tensor.expand_shape %[[WHOLE]] {{.*}} : tensor<96x64xf32> into tensor<3x32x64xf32>
// CHECK: %[[E0:.+]] = tensor.extract_slice %[[E]][0, 0, 0] [3, 64, 32]
// CHECK: %[[G0:.+]] = linalg.generic {indexing_maps = [#[[READ]], {{.*}} ins(%[[X]] : {{.*}} outs(%[[E0]] :
// CHECK: %[[R0:.+]] = tensor.insert_slice %[[G0]] into %[[E]][0, 0, 0]
// CHECK: %[[REST_IN:.+]] = tensor.extract_slice %[[W]][96, 0] [4, 64]
// CHECK: %[[E1:.+]] = tensor.extract_slice %[[R0]][3, 0, 0] [1, 64, 4]
// CHECK: %[[G1:.+]] = linalg.generic {indexing_maps = [#[[REST]], {{.*}} ins(%[[REST_IN]] : {{.*}} outs(%[[E1]] :
// CHECK: %[[R1:.+]] = tensor.insert_slice %[[G1]] into %[[R0]][3, 0, 0]
// CHECK: %[[E2:.+]] = tensor.extract_slice %[[R1]][3, 0, 4] [1, 64, 28]
// CHECK: %[[G2:.+]] = linalg.generic {{.*}} outs(%[[E2]] :
// CHECK: linalg.yield %[[ZERO]]
// CHECK: tensor.insert_slice %[[G2]] into %[[R1]][3, 0, 4]
func.func @rest(%w: tensor<100x64xf32>) -> tensor<4x64x32xf32> {
  %zero = arith.constant 0.0 : f32
  %t = tensor.empty() : tensor<64x100xf32>
  %v = linalg.transpose ins(%w : tensor<100x64xf32>) outs(%t : tensor<64x100xf32>) permutation = [1, 0]
  %e = tensor.empty() : tensor<4x64x32xf32>
  %p = linalg.pack %v padding_value(%zero : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<64x100xf32> -> tensor<4x64x32xf32>
  return %p : tensor<4x64x32xf32>
}

// -----

// Upstream's form for what tw-pack-panels does not make: a dynamic size, two dimensions.
// CHECK-LABEL: func.func @no_panels(
// CHECK-NOT: linalg.generic
// CHECK: tensor.expand_shape
// CHECK: linalg.transpose
// CHECK: tensor.expand_shape
// CHECK: linalg.transpose
// CHECK-NOT: linalg.pack
func.func @no_panels(%a: tensor<?x64xf32>, %e: tensor<?x64x4xf32>, %b: tensor<64x64xf32>, %f: tensor<8x8x8x8xf32>) -> (tensor<?x64x4xf32>, tensor<8x8x8x8xf32>) {
  %p = linalg.pack %a inner_dims_pos = [0] inner_tiles = [4] into %e : tensor<?x64xf32> -> tensor<?x64x4xf32>
  %q = linalg.pack %b inner_dims_pos = [0, 1] inner_tiles = [8, 8] into %f : tensor<64x64xf32> -> tensor<8x8x8x8xf32>
  return %p, %q : tensor<?x64x4xf32>, tensor<8x8x8x8xf32>
}
