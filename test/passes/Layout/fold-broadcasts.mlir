// RUN: tw-opt %s -tw-fold-broadcasts -split-input-file | FileCheck %s

#id = affine_map<(n, c, h) -> (n, c, h)>
// CHECK-DAG: #[[$ID:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$CHANNEL:.+]] = affine_map<(d0, d1, d2) -> (d1)>

// CHECK-LABEL: func @bias(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x6x7xf32>, %[[BIAS:[^:]+]]: tensor<6xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$CHANNEL]], #[[$ID]]]
// CHECK-SAME: ins(%[[X]], %[[BIAS]] : tensor<?x6x7xf32>, tensor<6xf32>)
func.func @bias(%x: tensor<?x6x7xf32>, %bias: tensor<6xf32>, %e: tensor<?x6x7xf32>) -> tensor<?x6x7xf32> {
  %b = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%e : tensor<?x6x7xf32>) dimensions = [0, 2]
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %b : tensor<?x6x7xf32>, tensor<?x6x7xf32>) outs(%e : tensor<?x6x7xf32>) {
  ^bb0(%in: f32, %v: f32, %out: f32):
    %s = arith.addf %in, %v : f32
    linalg.yield %s : f32
  } -> tensor<?x6x7xf32>
  return %r : tensor<?x6x7xf32>
}

// -----

// A scale of batch norm: dimensions of size 1, read at 0.
#id = affine_map<(n, c, h) -> (n, c, h)>
#channel = affine_map<(n, c, h) -> (c, 0)>
// CHECK-DAG: #[[$ID:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-DAG: #[[$CHANNEL:.+]] = affine_map<(d0, d1, d2) -> (d1)>

// CHECK-LABEL: func @unit_dims(
// CHECK-SAME: %[[S:[^:]+]]: tensor<6xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$CHANNEL]], #[[$ID]]]
// CHECK-SAME: ins(%{{.+}}, %[[S]] : tensor<2x6x7xf32>, tensor<6xf32>)
func.func @unit_dims(%s: tensor<6xf32>, %x: tensor<2x6x7xf32>, %e: tensor<2x6x7xf32>) -> tensor<2x6x7xf32> {
  %b = tensor.expand_shape %s [[0, 1]] output_shape [6, 1] : tensor<6xf32> into tensor<6x1xf32>
  %r = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %b : tensor<2x6x7xf32>, tensor<6x1xf32>) outs(%e : tensor<2x6x7xf32>) {
  ^bb0(%in: f32, %v: f32, %out: f32):
    %m = arith.mulf %in, %v : f32
    linalg.yield %m : f32
  } -> tensor<2x6x7xf32>
  return %r : tensor<2x6x7xf32>
}

// -----

#row = affine_map<(b, k, n) -> (k, n)>
#id = affine_map<(b, k, n) -> (b, k, n)>
// CHECK-DAG: #[[$LHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$RHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[$OUT:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>

// One matrix for the whole batch is read as it is.
// CHECK-LABEL: func @batch_of_one_matrix(
// CHECK-SAME: %[[W:[^:]+]]: tensor<8x16xf32>, %[[X:[^:]+]]: tensor<?x4x8xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #[[$OUT]]]
// CHECK-SAME: ins(%[[X]], %[[W]] : tensor<?x4x8xf32>, tensor<8x16xf32>)
func.func @batch_of_one_matrix(%w: tensor<8x16xf32>, %x: tensor<?x4x8xf32>, %e: tensor<?x8x16xf32>, %o: tensor<?x4x16xf32>) -> tensor<?x4x16xf32> {
  %b = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<8x16xf32>) outs(%e : tensor<?x8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<?x8x16xf32>
  %r = linalg.batch_matmul ins(%x, %b : tensor<?x4x8xf32>, tensor<?x8x16xf32>) outs(%o : tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  return %r : tensor<?x4x16xf32>
}

// -----

// A batch of two dimensions that are made one: nn.Linear on images with channels last.
// CHECK-DAG: #[[$LHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$RHS:.+]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-LABEL: func @merged_batch_of_one_matrix(
// CHECK-SAME: %[[W:[^:]+]]: tensor<8x16xf32>, %[[X:[^:]+]]: tensor<?x4x8xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$LHS]], #[[$RHS]], #{{.+}}]
// CHECK-SAME: ins(%[[X]], %[[W]] : tensor<?x4x8xf32>, tensor<8x16xf32>)
func.func @merged_batch_of_one_matrix(%w: tensor<8x16xf32>, %x: tensor<?x4x8xf32>, %e: tensor<?x5x8x16xf32>, %o: tensor<?x4x16xf32>) -> tensor<?x4x16xf32> {
  %b = linalg.broadcast ins(%w : tensor<8x16xf32>) outs(%e : tensor<?x5x8x16xf32>) dimensions = [0, 1]
  %c = tensor.collapse_shape %b [[0, 1], [2], [3]] : tensor<?x5x8x16xf32> into tensor<?x8x16xf32>
  %r = linalg.batch_matmul ins(%x, %c : tensor<?x4x8xf32>, tensor<?x8x16xf32>) outs(%o : tensor<?x4x16xf32>) -> tensor<?x4x16xf32>
  return %r : tensor<?x4x16xf32>
}

// -----

// The bias of a grouped convolution: its channels are split after the broadcast.
#id = affine_map<(n, g, c, h) -> (n, g, c, h)>
// CHECK: #[[$CHANNEL:.+]] = affine_map<(d0, d1, d2, d3) -> (d1, d2)>

// CHECK-LABEL: func @expanded_broadcast(
// CHECK-SAME: %[[BIAS:[^:]+]]: tensor<6xf32>
// CHECK: %[[B:.+]] = tensor.expand_shape %[[BIAS]] {{\[\[}}0, 1]] output_shape [2, 3]
// CHECK: linalg.generic {{.+}}#[[$CHANNEL]]{{.+}} ins(%{{.+}}, %[[B]] : tensor<?x2x3x7xf32>, tensor<2x3xf32>)
func.func @expanded_broadcast(%bias: tensor<6xf32>, %n: index, %x: tensor<?x2x3x7xf32>, %e: tensor<?x6x7xf32>, %e2: tensor<?x2x3x7xf32>) -> tensor<?x2x3x7xf32> {
  %b = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%e : tensor<?x6x7xf32>) dimensions = [0, 2]
  %g = tensor.expand_shape %b [[0], [1, 2], [3]] output_shape [%n, 2, 3, 7] : tensor<?x6x7xf32> into tensor<?x2x3x7xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %g : tensor<?x2x3x7xf32>, tensor<?x2x3x7xf32>) outs(%e2 : tensor<?x2x3x7xf32>) {
  ^bb0(%in: f32, %v: f32, %out: f32):
    %s = arith.addf %in, %v : f32
    linalg.yield %s : f32
  } -> tensor<?x2x3x7xf32>
  return %r : tensor<?x2x3x7xf32>
}

// -----

// Without the broadcast nothing would say how long the reduced loop is.
// CHECK-LABEL: func @no_fold_gives_size(
// CHECK: linalg.broadcast
func.func @no_fold_gives_size(%v: tensor<6xf32>, %e: tensor<6x7xf32>, %init: tensor<6xf32>) -> tensor<6xf32> {
  %b = linalg.broadcast ins(%v : tensor<6xf32>) outs(%e : tensor<6x7xf32>) dimensions = [1]
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%b : tensor<6x7xf32>) outs(%init : tensor<6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<6xf32>
  return %r : tensor<6xf32>
}

// -----

// An expansion that splits a dimension is no broadcast.
#id = affine_map<(i, j) -> (i, j)>
// CHECK-LABEL: func @no_fold_split(
// CHECK: tensor.expand_shape
func.func @no_fold_split(%v: tensor<6xf32>, %e: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %x = tensor.expand_shape %v [[0, 1]] output_shape [2, 3] : tensor<6xf32> into tensor<2x3xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.negf %in : f32
    linalg.yield %s : f32
  } -> tensor<2x3xf32>
  return %r : tensor<2x3xf32>
}

// -----

// Rows that are repeated among themselves are no rows of the source.
// CHECK-LABEL: func @no_fold_merged_rows(
// CHECK: linalg.broadcast
// CHECK: linalg.matmul
func.func @no_fold_merged_rows(%w: tensor<8x16xf32>, %x: tensor<4x24xf32>, %e: tensor<3x8x16xf32>, %o: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %b = linalg.broadcast ins(%w : tensor<8x16xf32>) outs(%e : tensor<3x8x16xf32>) dimensions = [0]
  %c = tensor.collapse_shape %b [[0, 1], [2]] : tensor<3x8x16xf32> into tensor<24x16xf32>
  %r = linalg.matmul ins(%x, %c : tensor<4x24xf32>, tensor<24x16xf32>) outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// -----

// Dimensions of size 1 that come and go repeat nothing: the name says more.
// CHECK-LABEL: func @no_generic_of_unit_dims(
// CHECK: linalg.matmul
func.func @no_generic_of_unit_dims(%w: tensor<8x16xf32>, %x: tensor<4x8xf32>, %o: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %b = tensor.expand_shape %w [[0, 1], [2, 3]] output_shape [1, 8, 16, 1] : tensor<8x16xf32> into tensor<1x8x16x1xf32>
  %c = tensor.collapse_shape %b [[0, 1], [2, 3]] : tensor<1x8x16x1xf32> into tensor<8x16xf32>
  %r = linalg.matmul ins(%x, %c : tensor<4x8xf32>, tensor<8x16xf32>) outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}
