// RUN: tw-opt %s -tw-contract-words -split-input-file | FileCheck %s
// Odd numbers of products get one of zeros.

// CHECK-LABEL: func.func @matmul_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x63xbf16>, %[[W:[^:]+]]: tensor<63x16xbf16>
// CHECK-DAG:   %[[ZERO:.+]] = arith.constant 0.000000e+00 : bf16
// CHECK:       %[[XP:.+]] = tensor.pad %[[X]] low[0, 0] high[0, 1]
// CHECK:         tensor.yield %[[ZERO]]
// CHECK:       tw.words %[[XP]] : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK:       %[[WP:.+]] = tensor.pad %[[W]] low[0, 0] high[1, 0]
// CHECK:       tensor.extract_slice %[[WP]][0, 0] [32, 16] [2, 1]
// CHECK:       tw.bf16_dot
func.func @matmul_dynamic(%x: tensor<?x63xbf16>, %w: tensor<63x16xbf16>, %i: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<?x63xbf16>, tensor<63x16xbf16>) outs(%i : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %r : tensor<?x16xf32>
}

// -----

// The image, of three channels, is padded anyway: it is copied once.
// CHECK-LABEL: func.func @padded_image_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x10x10x3xbf16>
// CHECK:       %[[P:.+]] = tensor.pad %[[X]] low[0, 1, 1, 0] high[0, 1, 1, 1]
// CHECK:       tw.words %[[P]] : tensor<?x12x12x4xbf16> -> tensor<?x12x12x2xi32>
// CHECK:       tensor.pad %{{.*}} low[0, 0, 0, 0] high[0, 0, 1, 0]
// CHECK-NOT:   tensor.pad
// CHECK:       tw.bf16_dot
func.func @padded_image_dynamic(%x: tensor<?x10x10x3xbf16>, %f: tensor<3x3x3x6xbf16>, %o: tensor<?x10x10x6xf32>) -> tensor<?x10x10x6xf32> {
  %zero = arith.constant 0.0 : bf16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : bf16
  } : tensor<?x10x10x3xbf16> to tensor<?x12x12x3xbf16>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %f : tensor<?x12x12x3xbf16>, tensor<3x3x3x6xbf16>) outs(%o : tensor<?x10x10x6xf32>) -> tensor<?x10x10x6xf32>
  return %r : tensor<?x10x10x6xf32>
}

// -----

// What surrounds the image is not zero and stays what it is.
// CHECK-LABEL: func.func @border_of_ones(
// CHECK:       %[[P:.+]] = tensor.pad %{{.*}} low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK:       tensor.pad %[[P]] low[0, 0, 0, 0] high[0, 0, 0, 1]
// CHECK:       tw.bf16_dot
func.func @border_of_ones(%x: tensor<1x10x10x3xbf16>, %f: tensor<3x3x3x6xbf16>, %o: tensor<1x10x10x6xf32>) -> tensor<1x10x10x6xf32> {
  %one = arith.constant 1.0 : bf16
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %one : bf16
  } : tensor<1x10x10x3xbf16> to tensor<1x12x12x3xbf16>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %f : tensor<1x12x12x3xbf16>, tensor<3x3x3x6xbf16>) outs(%o : tensor<1x10x10x6xf32>) -> tensor<1x10x10x6xf32>
  return %r : tensor<1x10x10x6xf32>
}

// -----

// An even loop is better than the last one.
// CHECK-LABEL: func.func @even_loop_first(
// CHECK-NOT:   tensor.pad
// CHECK:       tw.bf16_dot
func.func @even_loop_first(%x: tensor<8x4x3xbf16>, %w: tensor<4x3x16xbf16>, %i: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.contract indexing_maps = [affine_map<(m, n, j, k) -> (m, j, k)>,
                                        affine_map<(m, n, j, k) -> (j, k, n)>,
                                        affine_map<(m, n, j, k) -> (m, n)>]
      ins(%x, %w : tensor<8x4x3xbf16>, tensor<4x3x16xbf16>) outs(%i : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}
