// RUN: tw-opt %s -tw-convert-to-channels-last -split-input-file | FileCheck %s

// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4, d2 * 2 + d5 * 3, d6)>
// CHECK-DAG: #[[$W:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-DAG: #[[$OUT:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3)>

// CHECK-LABEL: func @conv(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x3x9x11xf32>, %[[W:[^:]+]]: tensor<16x3x3x2xf32>
// CHECK: %[[XT:.+]] = linalg.transpose ins(%[[X]] : {{.+}} outs(%{{.+}} : tensor<1x9x11x3xf32>) permutation = [0, 2, 3, 1]
// CHECK: %[[WT:.+]] = linalg.transpose ins(%[[W]] : {{.+}} outs(%{{.+}} : tensor<3x2x3x16xf32>) permutation = [2, 3, 1, 0]
// CHECK: %[[INIT:.+]] = linalg.fill {{.+}} -> tensor<1x4x4x16xf32>
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #[[$OUT]]]
// CHECK-SAME: ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]
// CHECK-SAME: ins(%[[XT]], %[[WT]] : {{.+}} outs(%[[INIT]]
// CHECK: arith.mulf
// CHECK: %[[RT:.+]] = linalg.transpose ins(%[[R]] : {{.+}} permutation = [0, 3, 1, 2]
// CHECK: return %[[RT]]
func.func @conv(%x: tensor<1x3x9x11xf32>, %w: tensor<16x3x3x2xf32>) -> tensor<1x16x4x4xf32> {
  %c0 = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x16x4x4xf32>
  %f = linalg.fill ins(%c0 : f32) outs(%e : tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  %r = linalg.conv_2d_nchw_fchw {strides = dense<2> : vector<2xi64>, dilations = dense<[1, 3]> : vector<2xi64>}
      ins(%x, %w : tensor<1x3x9x11xf32>, tensor<16x3x3x2xf32>) outs(%f : tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
  return %r : tensor<1x16x4x4xf32>
}

// -----

// Three columns fill little of a vector: the filter has its input channels last.
// CHECK: #[[$W:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d3, d6)>
// CHECK-LABEL: func @few_columns(
// CHECK: linalg.transpose ins(%{{.+}} : tensor<3x64x5x5xf32>) outs(%{{.+}} : tensor<5x5x3x64xf32>) permutation = [2, 3, 0, 1]
// CHECK: linalg.generic {indexing_maps = [#{{.+}}, #[[$W]], #{{.+}}]
func.func @few_columns(%x: tensor<?x64x20x20xf32>, %w: tensor<3x64x5x5xf32>, %init: tensor<?x3x16x16xf32>) -> tensor<?x3x16x16xf32> {
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<?x64x20x20xf32>, tensor<3x64x5x5xf32>) outs(%init : tensor<?x3x16x16xf32>) -> tensor<?x3x16x16xf32>
  return %r : tensor<?x3x16x16xf32>
}

// -----

// A depthwise filter has its channels last, and the channels are in input and output alike.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d4, d2 + d5, d3)>
// CHECK-DAG: #[[$W:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5, d3)>
// CHECK-LABEL: func @depthwise_dynamic(
// CHECK: linalg.transpose ins(%{{.+}} : tensor<?x6x?x?xf32>) outs(%{{.+}} : tensor<?x?x?x6xf32>) permutation = [0, 2, 3, 1]
// CHECK: linalg.transpose ins(%{{.+}} : tensor<6x3x3xf32>) outs(%{{.+}} : tensor<3x3x6xf32>) permutation = [1, 2, 0]
// CHECK: linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #{{.+}}]
// CHECK: linalg.transpose {{.+}} outs(%{{.+}} : tensor<?x6x?x?xf32>) permutation = [0, 3, 1, 2]
func.func @depthwise_dynamic(%x: tensor<?x6x?x?xf32>, %w: tensor<6x3x3xf32>, %init: tensor<?x6x?x?xf32>) -> tensor<?x6x?x?xf32> {
  %r = linalg.depthwise_conv_2d_nchw_chw ins(%x, %w : tensor<?x6x?x?xf32>, tensor<6x3x3xf32>) outs(%init : tensor<?x6x?x?xf32>) -> tensor<?x6x?x?xf32>
  return %r : tensor<?x6x?x?xf32>
}

// -----

// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1 + d5, d2 + d6, d3, d7)>
// CHECK-DAG: #[[$W:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d3, d5, d6, d7, d4)>
// CHECK-DAG: #[[$OUT:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1, d2, d3, d4)>
// CHECK-LABEL: func @grouped(
// CHECK: linalg.transpose ins(%{{.+}} : tensor<1x2x3x8x9xf32>) outs(%{{.+}} : tensor<1x8x9x2x3xf32>)
// CHECK: linalg.transpose ins(%{{.+}} : tensor<2x4x3x3x3xf32>) outs(%{{.+}} : tensor<2x3x3x3x4xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #[[$OUT]]]
func.func @grouped(%x: tensor<1x2x3x8x9xf32>, %w: tensor<2x4x3x3x3xf32>, %init: tensor<1x2x4x6x7xf32>) -> tensor<1x2x4x6x7xf32> {
  %r = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x3x8x9xf32>, tensor<2x4x3x3x3xf32>) outs(%init : tensor<1x2x4x6x7xf32>) -> tensor<1x2x4x6x7xf32>
  return %r : tensor<1x2x4x6x7xf32>
}

// -----

// A pooling of three dimensions comes as linalg.generic; its second operand only says how large
// the window is.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d0, d1 * 2 + d5, d2 * 2 + d6, d3 * 2 + d7, d4)>
// CHECK-DAG: #[[$K:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6, d7) -> (d5, d6, d7)>
// CHECK-LABEL: func @max_pool_3d(
// CHECK: linalg.generic {indexing_maps = [#[[$IN]], #[[$K]], #{{.+}}]
// CHECK: arith.maximumf
func.func @max_pool_3d(%x: tensor<1x4x6x6x6xf32>, %k: tensor<2x2x2xf32>, %init: tensor<1x4x3x3x3xf32>) -> tensor<1x4x3x3x3xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, c, d, h, w, i, j, k) -> (n, c, d * 2 + i, h * 2 + j, w * 2 + k)>,
                                        affine_map<(n, c, d, h, w, i, j, k) -> (i, j, k)>,
                                        affine_map<(n, c, d, h, w, i, j, k) -> (n, c, d, h, w)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %k : tensor<1x4x6x6x6xf32>, tensor<2x2x2xf32>) outs(%init : tensor<1x4x3x3x3xf32>) {
  ^bb0(%in: f32, %size: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<1x4x3x3x3xf32>
  return %r : tensor<1x4x3x3x3xf32>
}

// -----

// Channels are last already: no transpose, but the loops are put in order.
// CHECK: #[[$W:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-LABEL: func @nhwc(
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {{.+}}#[[$W]]
func.func @nhwc(%x: tensor<1x8x9x3xf32>, %w: tensor<3x3x3x16xf32>, %init: tensor<1x6x7x16xf32>) -> tensor<1x6x7x16xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x9x3xf32>, tensor<3x3x3x16xf32>) outs(%init : tensor<1x6x7x16xf32>) -> tensor<1x6x7x16xf32>
  return %r : tensor<1x6x7x16xf32>
}

// -----

// CHECK-LABEL: func @no_window(
// CHECK-NOT: linalg.generic
// CHECK: linalg.batch_matmul
func.func @no_window(%a: tensor<2x4x8xf32>, %b: tensor<2x8x3xf32>, %init: tensor<2x4x3xf32>) -> tensor<2x4x3xf32> {
  %r = linalg.batch_matmul ins(%a, %b : tensor<2x4x8xf32>, tensor<2x8x3xf32>) outs(%init : tensor<2x4x3xf32>) -> tensor<2x4x3xf32>
  return %r : tensor<2x4x3xf32>
}
