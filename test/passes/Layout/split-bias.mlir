// RUN: tw-opt %s -tw-split-bias -split-input-file | FileCheck %s

// CHECK-LABEL: func @conv_bias(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x3x8x9xf32>, %[[W:[^:]+]]: tensor<6x3x3x3xf32>, %[[BIAS:[^:]+]]: tensor<6xf32>)
// CHECK-DAG: %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG: %[[INIT:.+]] = linalg.broadcast ins(%[[BIAS]]
// CHECK: %[[FILL:.+]] = linalg.fill ins(%[[ZERO]]
// CHECK: %[[SUM:.+]] = linalg.conv_2d_nchw_fchw ins(%[[X]], %[[W]] {{.+}} outs(%[[FILL]]
// CHECK: %[[R:.+]] = linalg.generic {{.+}} ins(%[[SUM]], %[[INIT]]
// CHECK: arith.addf
// CHECK: return %[[R]]
func.func @conv_bias(%x: tensor<1x3x8x9xf32>, %w: tensor<6x3x3x3xf32>, %bias: tensor<6xf32>) -> tensor<1x6x6x7xf32> {
  %e = tensor.empty() : tensor<1x6x6x7xf32>
  %b = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%e : tensor<1x6x6x7xf32>) dimensions = [0, 2, 3]
  %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x3x8x9xf32>, tensor<6x3x3x3xf32>) outs(%b : tensor<1x6x6x7xf32>) -> tensor<1x6x6x7xf32>
  return %r : tensor<1x6x6x7xf32>
}

// -----

// The sizes of the fill come from the destination of the init.
// CHECK-LABEL: func @matmul_dynamic(
// CHECK-SAME: %[[N:[^:]+]]: index
// CHECK: %[[E:.+]] = tensor.empty(%[[N]]) : tensor<?x16xi32>
// CHECK: linalg.broadcast {{.+}} outs(%[[E]]
// CHECK: %[[E2:.+]] = tensor.empty(%[[N]])
// CHECK: %[[FILL:.+]] = linalg.fill {{.+}} outs(%[[E2]]
// CHECK: linalg.matmul {{.+}} outs(%[[FILL]]
// CHECK: linalg.generic
// CHECK: arith.addi
func.func @matmul_dynamic(%n: index, %a: tensor<?x8xi32>, %w: tensor<8x16xi32>, %bias: tensor<16xi32>) -> tensor<?x16xi32> {
  %e = tensor.empty(%n) : tensor<?x16xi32>
  %b = linalg.broadcast ins(%bias : tensor<16xi32>) outs(%e : tensor<?x16xi32>) dimensions = [0]
  %r = linalg.matmul ins(%a, %w : tensor<?x8xi32>, tensor<8x16xi32>) outs(%b : tensor<?x16xi32>) -> tensor<?x16xi32>
  return %r : tensor<?x16xi32>
}

// -----

// CHECK-LABEL: func @no_split_from_fill(
// CHECK-NOT: linalg.generic
func.func @no_split_from_fill(%a: tensor<4x8xf32>, %w: tensor<8x16xf32>, %c: f32) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %f = linalg.fill ins(%c : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %r = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x16xf32>) outs(%f : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

// -----

// A maximum is not a sum.
// CHECK-LABEL: func @no_split_of_max(
// CHECK-NOT: linalg.generic
// CHECK: linalg.pooling_nchw_max {{.+}} outs(%arg1
func.func @no_split_of_max(%x: tensor<1x3x8x9xf32>, %init: tensor<1x3x7x8xf32>) -> tensor<1x3x7x8xf32> {
  %k = tensor.empty() : tensor<2x2xf32>
  %r = linalg.pooling_nchw_max ins(%x, %k : tensor<1x3x8x9xf32>, tensor<2x2xf32>) outs(%init : tensor<1x3x7x8xf32>) -> tensor<1x3x7x8xf32>
  return %r : tensor<1x3x7x8xf32>
}
