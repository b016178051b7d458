// RUN: tw-opt %s -tw-raise-attention -canonicalize -split-input-file | FileCheck %s
// More than one mask. The numbers are tested in test/python/passes/test_raising.py.

#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#bias = affine_map<(d0, d1, d2) -> (d1, d2)>
#window = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>

// Two images of three windows each: a bias for all, then a mask for each of the three, for which
// the windows are told apart.
// CHECK-DAG: #[[BIAS:.+]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// CHECK-DAG: #[[WINDOW:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d2, d3)>
// CHECK-LABEL: @windows
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<6x7x8xf32>, %[[K:[a-z0-9]+]]: tensor<6x8x5xf32>, %{{.+}}, %[[B:[a-z0-9]+]]: tensor<7x5xf32>, %[[M:[a-z0-9]+]]: tensor<3x7x5xf32>
// CHECK: %[[MASK:.+]] = linalg.generic {indexing_maps = [#[[WINDOW]], #[[BIAS]], #{{.+}}], {{.*}}} ins(%[[M]], %[[B]] : {{.*}}) outs(%{{.+}} : tensor<1x3x7x5xf32>)
// CHECK: arith.addf
// CHECK: %[[R:.+]] = tw.attention scale(5.000000e-01) ins({{.*}} : tensor<2x3x7x8xf32>, tensor<2x3x5x8xf32>, tensor<2x3x5x8xf32>) mask(%[[MASK]] : tensor<1x3x7x5xf32>)
// CHECK: tensor.collapse_shape %[[R]] {{\[}}[0, 1], [2], [3]]
// CHECK-NOT: tw.softmax
func.func @windows(%q: tensor<6x7x8xf32>, %kt: tensor<6x8x5xf32>, %v: tensor<6x5x8xf32>, %b: tensor<7x5xf32>, %m: tensor<3x7x5xf32>,
                   %e: tensor<6x7x5xf32>, %e4: tensor<2x3x7x5xf32>, %eo: tensor<6x7x8xf32>) -> tensor<6x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<6x7x8xf32>, tensor<6x8x5xf32>) outs(%s0 : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id3, #bias, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b : tensor<6x7x5xf32>, tensor<7x5xf32>) outs(%e : tensor<6x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %out: f32):
    %0 = arith.mulf %in, %half : f32
    %1 = arith.addf %0, %bias : f32
    linalg.yield %1 : f32
  } -> tensor<6x7x5xf32>
  %images = tensor.expand_shape %x [[0, 1], [2], [3]] output_shape [2, 3, 7, 5] : tensor<6x7x5xf32> into tensor<2x3x7x5xf32>
  %y = linalg.generic {indexing_maps = [#id, #window, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%images, %m : tensor<2x3x7x5xf32>, tensor<3x7x5xf32>) outs(%e4 : tensor<2x3x7x5xf32>) {
  ^bb0(%in: f32, %mask: f32, %out: f32):
    %0 = arith.addf %in, %mask : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x7x5xf32>
  %merged = tensor.collapse_shape %y [[0, 1], [2], [3]] : tensor<2x3x7x5xf32> into tensor<6x7x5xf32>
  %p = tw.softmax dimension(2) ins(%merged : tensor<6x7x5xf32>) outs(%e : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<6x7x5xf32>, tensor<6x5x8xf32>) outs(%o0 : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  return %o : tensor<6x7x8xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#bias = affine_map<(d0, d1, d2) -> (d2)>

// A bias of each key, and a boolean mask of scores, of any number of keys: hidden is what has -inf
// added.
// CHECK-LABEL: @bias_and_hidden
// CHECK-SAME: %[[B:[a-z0-9]+]]: tensor<?xf32>, %[[M:[a-z0-9]+]]: tensor<4x7x?xi1>
// CHECK: %[[MASK:.+]] = linalg.generic {{.*}} ins(%[[B]], %[[M]] : tensor<?xf32>, tensor<4x7x?xi1>) outs(%{{.+}} : tensor<4x7x?xf32>)
// CHECK: ^bb0(%[[BIAS:.+]]: f32, %[[SEEN:.+]]: i1,
// CHECK: arith.select %[[SEEN]], %[[BIAS]], %{{.+}} : f32
// CHECK: tw.attention scale(1.000000e+00) ins({{.*}}) mask(%[[MASK]] : tensor<4x7x?xf32>) outs
// CHECK-NOT: tw.softmax
func.func @bias_and_hidden(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x?xf32>, %v: tensor<4x?x8xf32>, %b: tensor<?xf32>, %m: tensor<4x7x?xi1>,
                           %e: tensor<4x7x?xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x?xf32>) -> tensor<4x7x?xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x?xf32>) outs(%s0 : tensor<4x7x?xf32>) -> tensor<4x7x?xf32>
  %x = linalg.generic {indexing_maps = [#id, #bias, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m : tensor<4x7x?xf32>, tensor<?xf32>, tensor<4x7x?xi1>) outs(%e : tensor<4x7x?xf32>) {
  ^bb0(%in: f32, %bias: f32, %seen: i1, %out: f32):
    %0 = arith.addf %in, %bias : f32
    %1 = arith.select %seen, %0, %low : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x?xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x?xf32>) outs(%e : tensor<4x7x?xf32>) -> tensor<4x7x?xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x?xf32>, tensor<4x?x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

// Nothing is done to the scores between the reshapes: they stay one batch.
// CHECK-LABEL: @no_merge_to_raise
// CHECK: tw.softmax dimension(2)
func.func @no_merge_to_raise(%x: tensor<2x3x7x5xf32>, %e: tensor<6x7x5xf32>) -> tensor<6x7x5xf32> {
  %merged = tensor.collapse_shape %x [[0, 1], [2], [3]] : tensor<2x3x7x5xf32> into tensor<6x7x5xf32>
  %p = tw.softmax dimension(2) ins(%merged : tensor<6x7x5xf32>) outs(%e : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  return %p : tensor<6x7x5xf32>
}
