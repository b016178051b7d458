// RUN: tw-opt %s -tw-select-schedule | FileCheck %s
// Operations whose input lies across their result.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// Squares of vectors where an input lies across the result.
// CHECK-LABEL: @transposition
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [16, 16], lanes = 16>)
func.func @transposition(%a: tensor<384x512xf32>, %e: tensor<512x384xf32>) -> tensor<512x384xf32> {
  %r = tw.group -> tensor<512x384xf32> {
    %0 = linalg.transpose ins(%a : tensor<384x512xf32>) outs(%e : tensor<512x384xf32>) permutation = [1, 0]
    tw.yield %0 : tensor<512x384xf32>
  }
  return %r : tensor<512x384xf32>
}

// Narrower blocks where there are not so many rows or columns.
// CHECK-LABEL: @channels_last
// CHECK: tw.group schedule(<distribute = [0, {{[0-9]+}}, 0, 0], registers = [1, 1, 14, 16], lanes = 16>)
func.func @channels_last(%a: tensor<1x384x14x14xf32>, %e: tensor<1x14x14x384xf32>) -> tensor<1x14x14x384xf32> {
  %r = tw.group -> tensor<1x14x14x384xf32> {
    %0 = linalg.transpose ins(%a : tensor<1x384x14x14xf32>) outs(%e : tensor<1x14x14x384xf32>) permutation = [0, 2, 3, 1]
    tw.yield %0 : tensor<1x14x14x384xf32>
  }
  return %r : tensor<1x14x14x384xf32>
}

}
