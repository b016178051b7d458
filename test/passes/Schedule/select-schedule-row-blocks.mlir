// RUN: tw-opt %s -tw-select-schedule -split-input-file | FileCheck %s
// How many rows a task has: what they read is walked once a panel, from a cache of 2 MiB.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
// 341 rows of 768 are half of the cache: 21 tiles of 14.
// CHECK-LABEL: @rows_in_the_cache
// CHECK: tw.group schedule(<distribute = [294, 32],
func.func @rows_in_the_cache(%a: tensor<2048x768xf32>, %b: tensor<768x3072xf32>, %c: tensor<2048x3072xf32>) -> tensor<2048x3072xf32> {
  %r = tw.group -> tensor<2048x3072xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<2048x768xf32>, tensor<768x3072xf32>) outs(%c : tensor<2048x3072xf32>) -> tensor<2048x3072xf32>
    tw.yield %0 : tensor<2048x3072xf32>
  }
  return %r : tensor<2048x3072xf32>
}

// A pixel is read by nine windows: the image of 392 KiB stays whole, though rows of windows are
// 3.5 MiB.
// CHECK-LABEL: @windows_share_pixels
// CHECK: tw.group schedule(<distribute = [0, 0, 0, 32],
func.func @windows_share_pixels(%a: tensor<1x16x16x512xf32>, %b: tensor<3x3x512x1024xf32>, %c: tensor<1x14x14x1024xf32>) -> tensor<1x14x14x1024xf32> {
  %r = tw.group -> tensor<1x14x14x1024xf32> {
    %0 = linalg.conv_2d_nhwc_hwcf ins(%a, %b : tensor<1x16x16x512xf32>, tensor<3x3x512x1024xf32>) outs(%c : tensor<1x14x14x1024xf32>) -> tensor<1x14x14x1024xf32>
    tw.yield %0 : tensor<1x14x14x1024xf32>
  }
  return %r : tensor<1x14x14x1024xf32>
}

// 32 rows would fit, and read the panels 32 times: 128 do not.
// CHECK-LABEL: @no_few_long_rows
// CHECK: tw.group schedule(<distribute = [128, 32],
func.func @no_few_long_rows(%a: tensor<1024x8192xf32>, %b: tensor<8192x1024xf32>, %c: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %r = tw.group -> tensor<1024x1024xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<1024x8192xf32>, tensor<8192x1024xf32>) outs(%c : tensor<1024x1024xf32>) -> tensor<1024x1024xf32>
    tw.yield %0 : tensor<1024x1024xf32>
  }
  return %r : tensor<1024x1024xf32>
}

// CHECK-LABEL: @dynamic_rows
// CHECK: tw.group schedule(<distribute = [{{[1-9][0-9]*}}, 32],
func.func @dynamic_rows(%a: tensor<?x768xf32>, %b: tensor<768x3072xf32>, %c: tensor<?x3072xf32>) -> tensor<?x3072xf32> {
  %r = tw.group -> tensor<?x3072xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<?x768xf32>, tensor<768x3072xf32>) outs(%c : tensor<?x3072xf32>) -> tensor<?x3072xf32>
    tw.yield %0 : tensor<?x3072xf32>
  }
  return %r : tensor<?x3072xf32>
}
}
