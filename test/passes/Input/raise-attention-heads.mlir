// RUN: tw-opt %s -tw-raise-attention -canonicalize -split-input-file | FileCheck %s

#repeat = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
#all = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>

// Grouped-query attention: two heads of keys, each for three of queries. The keys come transposed.
// CHECK-LABEL: @grouped_queries
// CHECK-DAG: %[[Q:.*]] = tensor.expand_shape %arg0 {{\[}}[0, 1], [2], [3]] output_shape [2, 3, 7, 8]
// CHECK-DAG: %[[K:.*]] = tensor.expand_shape %arg1 {{\[}}[0, 1], [2], [3]] output_shape [2, 1, 5, 8]
// CHECK-DAG: %[[V:.*]] = tensor.expand_shape %arg2 {{\[}}[0, 1], [2], [3]] output_shape [2, 1, 5, 8]
// CHECK: %[[A:.*]] = tw.attention scale(1.000000e+00) ins(%[[Q]], %[[K]], %[[V]] : tensor<2x3x7x8xf32>, tensor<2x1x5x8xf32>, tensor<2x1x5x8xf32>)
// CHECK: tensor.collapse_shape %[[A]] {{\[}}[0, 1], [2], [3]]
// CHECK-NOT: linalg
func.func @grouped_queries(%q: tensor<6x7x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<2x5x8xf32>, %ew: tensor<2x3x5x8xf32>, %ek: tensor<6x8x5xf32>, %e: tensor<6x7x5xf32>, %eo: tensor<6x7x8xf32>) -> tensor<6x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %kw = linalg.generic {indexing_maps = [#repeat, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%k : tensor<2x5x8xf32>) outs(%ew : tensor<2x3x5x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2x3x5x8xf32>
  %vw = linalg.broadcast ins(%v : tensor<2x5x8xf32>) outs(%ew : tensor<2x3x5x8xf32>) dimensions = [1]
  %k3 = tensor.collapse_shape %kw [[0, 1], [2], [3]] : tensor<2x3x5x8xf32> into tensor<6x5x8xf32>
  %v3 = tensor.collapse_shape %vw [[0, 1], [2], [3]] : tensor<2x3x5x8xf32> into tensor<6x5x8xf32>
  %kt = linalg.transpose ins(%k3 : tensor<6x5x8xf32>) outs(%ek : tensor<6x8x5xf32>) permutation = [0, 2, 1]
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<6x7x8xf32>, tensor<6x8x5xf32>) outs(%s0 : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %p = tw.softmax dimension(2) ins(%s : tensor<6x7x5xf32>) outs(%e : tensor<6x7x5xf32>) -> tensor<6x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  %o = linalg.batch_matmul ins(%p, %v3 : tensor<6x7x5xf32>, tensor<6x5x8xf32>) outs(%o0 : tensor<6x7x8xf32>) -> tensor<6x7x8xf32>
  return %o : tensor<6x7x8xf32>
}

// -----

#q = affine_map<(b, h, m, n, d) -> (b, m, h, d)>
#k = affine_map<(b, h, m, n, d) -> (b, n, h, d)>
#s = affine_map<(b, h, m, n, d) -> (b, h, m, n)>
#p = affine_map<(b, h, m, d, n) -> (b, h, m, n)>
#v = affine_map<(b, h, m, d, n) -> (b, n, h, d)>
#o = affine_map<(b, h, m, d, n) -> (b, m, h, d)>

// Contractions in the layout of the projections; dynamic sizes everywhere. Only transposes remain.
// CHECK-LABEL: @generic_contractions
// CHECK-COUNT-3: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// CHECK: tw.attention {{.*}} : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>)
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// CHECK-NOT: linalg.generic
func.func @generic_contractions(%q: tensor<?x?x?x?xf32>, %k: tensor<?x?x?x?xf32>, %v: tensor<?x?x?x?xf32>, %e: tensor<?x?x?x?xf32>, %eo: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %zero = arith.constant 0.0 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %s = linalg.generic {indexing_maps = [#q, #k, #s], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%q, %k : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) outs(%s0 : tensor<?x?x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x?x?x?xf32>
  %p = tw.softmax dimension(3) ins(%s : tensor<?x?x?x?xf32>) outs(%e : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32>
  %o = linalg.generic {indexing_maps = [#p, #v, #o], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]} ins(%p, %v : tensor<?x?x?x?xf32>, tensor<?x?x?x?xf32>) outs(%o0 : tensor<?x?x?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x?x?x?xf32>
  return %o : tensor<?x?x?x?xf32>
}
