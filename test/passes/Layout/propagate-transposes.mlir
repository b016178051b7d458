// RUN: tw-opt %s -tw-propagate-transposes -split-input-file | FileCheck %s

#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
#channel = affine_map<(n, c, h, w) -> (c)>
// CHECK-DAG: #[[$ID:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$CHANNEL:.+]] = affine_map<(d0, d1, d2, d3) -> (d3)>

// Bias and residual between two transposes: the loops are permuted, both transposes are gone, and
// the bias is read along the last loop.
// CHECK-LABEL: func @residual(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x6x7x16xf32>, %[[Y:[^:]+]]: tensor<2x6x7x16xf32>, %[[B:[^:]+]]: tensor<16xf32>
// CHECK-NOT: linalg.transpose
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$CHANNEL]], #[[$ID]], #[[$ID]]]
// CHECK-SAME: ins(%[[X]], %[[B]], %[[Y]] : {{.+}} outs(%{{.+}} : tensor<2x6x7x16xf32>)
// CHECK: return %[[R]]
func.func @residual(%x: tensor<2x6x7x16xf32>, %y: tensor<2x6x7x16xf32>, %b: tensor<16xf32>) -> tensor<2x6x7x16xf32> {
  %e = tensor.empty() : tensor<2x16x6x7xf32>
  %xt = linalg.transpose ins(%x : tensor<2x6x7x16xf32>) outs(%e : tensor<2x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %yt = linalg.transpose ins(%y : tensor<2x6x7x16xf32>) outs(%e : tensor<2x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %s = linalg.generic {indexing_maps = [#id, #channel, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%xt, %b, %yt : tensor<2x16x6x7xf32>, tensor<16xf32>, tensor<2x16x6x7xf32>) outs(%e : tensor<2x16x6x7xf32>) {
  ^bb0(%in: f32, %bias: f32, %res: f32, %out: f32):
    %0 = arith.addf %in, %bias : f32
    %1 = arith.addf %0, %res : f32
    linalg.yield %1 : f32
  } -> tensor<2x16x6x7xf32>
  %e2 = tensor.empty() : tensor<2x6x7x16xf32>
  %r = linalg.transpose ins(%s : tensor<2x16x6x7xf32>) outs(%e2 : tensor<2x6x7x16xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<2x6x7x16xf32>
}

// -----

// A reduction takes its loops along, and linalg.index follows them.
#in = affine_map<(n, c, h, w) -> (n, c, h, w)>
#pooled = affine_map<(n, c, h, w) -> (n, c, 0, 0)>
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$POOLED:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
// CHECK-LABEL: func @global_pool_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?x7x16xf32>
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$IN]], #[[$POOLED]]], iterator_types = ["parallel", "reduction", "reduction", "parallel"]}
// CHECK-SAME: ins(%[[X]] : {{.+}} outs(%{{.+}} : tensor<?x1x1x16xf32>)
// CHECK: linalg.index 1
// CHECK: linalg.transpose ins(%[[R]] : {{.+}} permutation = [0, 3, 1, 2]
func.func @global_pool_dynamic(%x: tensor<?x?x7x16xf32>, %n: index, %h: index) -> tensor<?x16x1x1xf32> {
  %c0 = arith.constant 0.0 : f32
  %e = tensor.empty(%n, %h) : tensor<?x16x?x7xf32>
  %xt = linalg.transpose ins(%x : tensor<?x?x7x16xf32>) outs(%e : tensor<?x16x?x7xf32>) permutation = [0, 3, 1, 2]
  %e1 = tensor.empty(%n) : tensor<?x16x1x1xf32>
  %f = linalg.fill ins(%c0 : f32) outs(%e1 : tensor<?x16x1x1xf32>) -> tensor<?x16x1x1xf32>
  %r = linalg.generic {indexing_maps = [#in, #pooled], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%xt : tensor<?x16x?x7xf32>) outs(%f : tensor<?x16x1x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 2 : index
    %j = arith.index_cast %i : index to i32
    %k = arith.sitofp %j : i32 to f32
    %m = arith.mulf %in, %k : f32
    %s = arith.addf %m, %out : f32
    linalg.yield %s : f32
  } -> tensor<?x16x1x1xf32>
  return %r : tensor<?x16x1x1xf32>
}

// -----

// A contraction keeps its layout.
// CHECK-LABEL: func @no_move_past_matmul(
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: linalg.matmul ins(%[[T]]
func.func @no_move_past_matmul(%x: tensor<8x4xf32>, %w: tensor<8x3xf32>, %init: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%x : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  %r = linalg.matmul ins(%t, %w : tensor<4x8xf32>, tensor<8x3xf32>) outs(%init : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %r : tensor<4x3xf32>
}

// -----

// Below the addition there would be a transpose of the sum and one of %y: one more than here.
#map = affine_map<(i, j) -> (i, j)>
// CHECK-LABEL: func @no_move_that_adds(
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: %[[R:.+]] = linalg.generic {{.+}} ins(%[[T]],
// CHECK: return %[[R]]
func.func @no_move_that_adds(%x: tensor<8x4xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%x : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  %r = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%t, %y : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %v: f32, %out: f32):
    %s = arith.addf %in, %v : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}
