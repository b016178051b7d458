// RUN: tw-opt %s -tw-contract-pointwise -split-input-file | FileCheck %s

// One image: a product of two matrices. The sum begins with zeros of the same shape.
// CHECK-DAG: #[[X:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[W:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[R:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @one_image(
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<1x16x8x7xf32>, %[[B:[a-z0-9]+]]: tensor<32x16x1x1xf32>
// CHECK-DAG: %[[XC:.+]] = tensor.collapse_shape %[[A]] {{\[\[}}0, 1], [2, 3]] : tensor<1x16x8x7xf32> into tensor<16x56xf32>
// CHECK-DAG: %[[E:.+]] = tensor.empty() : tensor<32x56xf32>
// CHECK-DAG: %[[Z:.+]] = linalg.fill {{.*}} outs(%[[E]]
// CHECK-DAG: %[[WC:.+]] = tensor.collapse_shape %[[B]] {{\[\[}}0], [1, 2, 3]] : tensor<32x16x1x1xf32> into tensor<32x16xf32>
// CHECK: %[[P:.+]] = linalg.generic {indexing_maps = [#[[X]], #[[W]], #[[R]]], iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[XC]], %[[WC]] : {{.*}}) outs(%[[Z]]
// CHECK: tensor.expand_shape %[[P]] {{\[\[}}0, 1], [2, 3]] output_shape [1, 32, 8, 7] : tensor<32x56xf32> into tensor<1x32x8x7xf32>
func.func @one_image(%x: tensor<1x16x8x7xf32>, %w: tensor<32x16x1x1xf32>) -> tensor<1x32x8x7xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32x8x7xf32>
  %z = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32x8x7xf32>) -> tensor<1x32x8x7xf32>
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x8x7xf32>, tensor<32x16x1x1xf32>) outs(%z : tensor<1x32x8x7xf32>) -> tensor<1x32x8x7xf32>
  return %r : tensor<1x32x8x7xf32>
}

// -----

// A signal, of unknown length and in batches of unknown size: nothing has to be merged.
// CHECK-DAG: #[[X:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-DAG: #[[W:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d3)>
// CHECK-LABEL: func.func @dynamic_signal(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2]] : tensor<32x16x1xf32> into tensor<32x16xf32>
// CHECK: %[[P:.+]] = linalg.generic {indexing_maps = [#[[X]], #[[W]], #{{.+}}], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK: return %[[P]] : tensor<?x32x?xf32>
func.func @dynamic_signal(%x: tensor<?x16x?xf32>, %w: tensor<32x16x1xf32>, %i: tensor<?x32x?xf32>) -> tensor<?x32x?xf32> {
  %r = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<?x16x?xf32>, tensor<32x16x1xf32>) outs(%i : tensor<?x32x?xf32>) -> tensor<?x32x?xf32>
  return %r : tensor<?x32x?xf32>
}

// -----

// Images of unknown size.
// CHECK-LABEL: func.func @dynamic_image(
// CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] : tensor<2x16x?x?xf32> into tensor<2x16x?xf32>
// CHECK: linalg.generic
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] output_shape [2, 32, %{{.+}}, %{{.+}}] : tensor<2x32x?xf32> into tensor<2x32x?x?xf32>
func.func @dynamic_image(%x: tensor<2x16x?x?xf32>, %w: tensor<32x16x1x1xf32>, %i: tensor<2x32x?x?xf32>) -> tensor<2x32x?x?xf32> {
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<2x16x?x?xf32>, tensor<32x16x1x1xf32>) outs(%i : tensor<2x32x?x?xf32>) -> tensor<2x32x?x?xf32>
  return %r : tensor<2x32x?x?xf32>
}

// -----

// Connected, through a sum, with a window of nine pixels, which has channels last: it follows.
// CHECK-LABEL: func.func @no_company(
// CHECK-COUNT-2: linalg.conv_2d_nchw_fchw
func.func @no_company(%x: tensor<1x16x8x8xf32>, %w: tensor<16x16x1x1xf32>, %v: tensor<16x16x3x3xf32>, %i: tensor<1x16x8x8xf32>, %j: tensor<1x16x6x6xf32>) -> tensor<1x16x6x6xf32> {
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x8x8xf32>, tensor<16x16x1x1xf32>) outs(%i : tensor<1x16x8x8xf32>) -> tensor<1x16x8x8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>, affine_map<(n, c, h, w) -> (n, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%r, %x : tensor<1x16x8x8xf32>, tensor<1x16x8x8xf32>) outs(%i : tensor<1x16x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %t = arith.addf %a, %b : f32
    linalg.yield %t : f32
  } -> tensor<1x16x8x8xf32>
  %u = linalg.conv_2d_nchw_fchw ins(%s, %v : tensor<1x16x8x8xf32>, tensor<16x16x3x3xf32>) outs(%j : tensor<1x16x6x6xf32>) -> tensor<1x16x6x6xf32>
  return %u : tensor<1x16x6x6xf32>
}

// -----

// In front of a transpose it may have channels last for nothing; with a stride, pixels are apart.
// CHECK-LABEL: func.func @no_use_or_no_product(
// CHECK-COUNT-2: linalg.conv_2d_nchw_fchw
func.func @no_use_or_no_product(%x: tensor<1x16x8x8xf32>, %w: tensor<32x16x1x1xf32>, %i: tensor<1x32x8x8xf32>, %e: tensor<1x8x8x32xf32>, %j: tensor<1x32x4x4xf32>) -> (tensor<1x8x8x32xf32>, tensor<1x32x4x4xf32>) {
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x8x8xf32>, tensor<32x16x1x1xf32>) outs(%i : tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
  %t = linalg.transpose ins(%r : tensor<1x32x8x8xf32>) outs(%e : tensor<1x8x8x32xf32>) permutation = [0, 2, 3, 1]
  %s = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>} ins(%x, %w : tensor<1x16x8x8xf32>, tensor<32x16x1x1xf32>) outs(%j : tensor<1x32x4x4xf32>) -> tensor<1x32x4x4xf32>
  return %t, %s : tensor<1x8x8x32xf32>, tensor<1x32x4x4xf32>
}

// -----

// 49 pixels would leave 15 lanes of four vectors empty.
// CHECK-LABEL: func.func @no_full_vectors(
// CHECK: linalg.conv_2d_nchw_fchw
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @no_full_vectors(%x: tensor<1x16x7x7xf32>, %w: tensor<32x16x1x1xf32>, %i: tensor<1x32x7x7xf32>) -> tensor<1x32x7x7xf32> {
    %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x7x7xf32>, tensor<32x16x1x1xf32>) outs(%i : tensor<1x32x7x7xf32>) -> tensor<1x32x7x7xf32>
    return %r : tensor<1x32x7x7xf32>
  }
}
