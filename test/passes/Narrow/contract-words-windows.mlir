// RUN: tw-opt %s -tw-contract-words -split-input-file | FileCheck %s
// Convolutions, whose windows are summed over as well.

// As the graph phase leaves it: channels last. Channels are paired, in pixels and filter alike.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1 * 2 + d4, d2 * 2 + d5, d6)>
// CHECK-DAG: #[[$F:.+]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d4, d5, d6, d3)>
// CHECK-LABEL: func.func @channels_last_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x11x11x4xbf16>, %[[W:[^:]+]]: tensor<3x3x4x6xbf16>
// CHECK-DAG:   %[[XW:.+]] = tw.words %[[X]] : tensor<?x11x11x4xbf16> -> tensor<?x11x11x2xi32>
// CHECK-DAG:   %[[EVEN:.+]] = tensor.extract_slice %[[W]][0, 0, 0, 0] [3, 3, 2, 6] [1, 1, 2, 1]
// CHECK-DAG:   %[[ODD:.+]] = tensor.extract_slice %[[W]][0, 0, 1, 0] [3, 3, 2, 6] [1, 1, 2, 1]
// CHECK:       %[[WW:.+]] = linalg.generic {{.*}} ins(%[[EVEN]], %[[ODD]] : {{.*}} outs(%{{.*}} : tensor<3x3x2x6xi32>)
// CHECK:       linalg.generic {indexing_maps = [#[[$IN]], #[[$F]], #{{.+}}], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
// CHECK-SAME:    ins(%[[XW]], %[[WW]] : tensor<?x11x11x2xi32>, tensor<3x3x2x6xi32>) outs(%{{.*}} : tensor<?x5x5x6xf32>)
// CHECK:         tw.bf16_dot
func.func @channels_last_dynamic(%x: tensor<?x11x11x4xbf16>, %f: tensor<3x3x4x6xbf16>, %o: tensor<?x5x5x6xf32>) -> tensor<?x5x5x6xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h * 2 + kh, w * 2 + kw, ic)>,
                                        affine_map<(n, h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<?x11x11x4xbf16>, tensor<3x3x4x6xbf16>) outs(%o : tensor<?x5x5x6xf32>) {
  ^bb0(%in: bf16, %w: bf16, %out: f32):
    %0 = arith.extf %in : bf16 to f32
    %1 = arith.extf %w : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %out, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<?x5x5x6xf32>
  return %r : tensor<?x5x5x6xf32>
}

// -----

// Channels first: pixels are the columns, and the channels of both operands are interleaved.
// CHECK-LABEL: func.func @channels_first(
// CHECK:       tensor.extract_slice %{{.*}}[0, 1, 0, 0] [6, 2, 3, 3] [1, 2, 1, 1]
// CHECK:       tensor.extract_slice %{{.*}}[0, 1, 0, 0] [1, 2, 10, 10] [1, 2, 1, 1]
// CHECK-NOT:   tw.words
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x2x10x10xi32>, tensor<6x2x3x3xi32>) outs(%{{.*}} : tensor<1x6x8x8xf32>)
// CHECK:         tw.bf16_dot
func.func @channels_first(%x: tensor<1x4x10x10xbf16>, %f: tensor<6x4x3x3xbf16>, %o: tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32> {
  %r = linalg.conv_2d_nchw_fchw ins(%x, %f : tensor<1x4x10x10xbf16>, tensor<6x4x3x3xbf16>) outs(%o : tensor<1x6x8x8xf32>) -> tensor<1x6x8x8xf32>
  return %r : tensor<1x6x8x8xf32>
}

// -----

// Groups of channels: one group's are paired.
// CHECK-LABEL: func.func @grouped(
// CHECK:       tw.words %{{.*}} : tensor<1x10x10x2x4xbf16> -> tensor<1x10x10x2x2xi32>
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x10x10x2x2xi32>, tensor<2x3x3x2x6xi32>)
// CHECK:         tw.bf16_dot
func.func @grouped(%x: tensor<1x10x10x2x4xbf16>, %f: tensor<2x3x3x4x6xbf16>, %o: tensor<1x8x8x2x6xf32>) -> tensor<1x8x8x2x6xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, g, oc, kh, kw, ic) -> (n, h + kh, w + kw, g, ic)>,
                                        affine_map<(n, h, w, g, oc, kh, kw, ic) -> (g, kh, kw, ic, oc)>,
                                        affine_map<(n, h, w, g, oc, kh, kw, ic) -> (n, h, w, g, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x10x10x2x4xbf16>, tensor<2x3x3x4x6xbf16>) outs(%o : tensor<1x8x8x2x6xf32>) {
  ^bb0(%in: bf16, %w: bf16, %out: f32):
    %0 = arith.extf %in : bf16 to f32
    %1 = arith.extf %w : bf16 to f32
    %2 = arith.mulf %0, %1 : f32
    %3 = arith.addf %out, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<1x8x8x2x6xf32>
  return %r : tensor<1x8x8x2x6xf32>
}

// -----

// One channel. The window is even, but its pixels are no neighbours in memory.
// CHECK-LABEL: func.func @no_single_channel(
// CHECK-NOT:   tw.
// CHECK:       linalg.conv_2d_nhwc_hwcf
func.func @no_single_channel(%x: tensor<1x10x10x1xbf16>, %f: tensor<2x2x1x6xbf16>, %o: tensor<1x9x9x6xf32>) -> tensor<1x9x9x6xf32> {
  %r = linalg.conv_2d_nhwc_hwcf ins(%x, %f : tensor<1x10x10x1xbf16>, tensor<2x2x1x6xbf16>) outs(%o : tensor<1x9x9x6xf32>) -> tensor<1x9x9x6xf32>
  return %r : tensor<1x9x9x6xf32>
}

// -----

// Image and filter both run along the columns.
// CHECK-LABEL: func.func @no_depthwise(
// CHECK-NOT:   tw.
// CHECK:       linalg.depthwise_conv_2d_nhwc_hwc
func.func @no_depthwise(%x: tensor<1x10x10x4xbf16>, %f: tensor<2x2x4xbf16>, %o: tensor<1x9x9x4xf32>) -> tensor<1x9x9x4xf32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %f : tensor<1x10x10x4xbf16>, tensor<2x2x4xbf16>) outs(%o : tensor<1x9x9x4xf32>) -> tensor<1x9x9x4xf32>
  return %r : tensor<1x9x9x4xf32>
}
