// RUN: tw-opt %s | tw-opt | FileCheck %s
// RUN: tw-opt %s -mlir-print-op-generic | tw-opt | FileCheck %s

// CHECK-LABEL: @softmax
// CHECK: tw.softmax dimension(1) ins(%{{.*}} : tensor<?x8xf32>) outs(%{{.*}} : tensor<?x8xf32>) -> tensor<?x8xf32>
// CHECK: tw.softmax dimension(0) zero_masked_rows ins(
// CHECK: tw.softmax dimension(1) logarithm ins(
func.func @softmax(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = tw.softmax dimension(1) ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = tw.softmax dimension(0) zero_masked_rows ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = tw.softmax dimension(1) logarithm ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: @norms
// CHECK: tw.layer_norm axis(1) epsilon(1.000000e-05) ins(%{{.*}} : tensor<?x8xf32>) gamma(%{{.*}} : tensor<8xf32>) beta(%{{.*}} : tensor<8xf32>) outs(%{{.*}} : tensor<?x8xf32>) -> tensor<?x8xf32>
// CHECK: tw.layer_norm axis(1) epsilon(0.000000e+00) ins(%{{.*}} : tensor<?x8xf32>) beta(
// CHECK: tw.rms_norm axis(0) epsilon(9.9999999999999995E-7) ins(%{{.*}} : tensor<?x8xf32>) outs(
func.func @norms(%x: tensor<?x8xf32>, %g: tensor<8xf32>, %e: tensor<?x8xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = tw.layer_norm axis(1) epsilon(1.0e-5) ins(%x : tensor<?x8xf32>) gamma(%g : tensor<8xf32>) beta(%g : tensor<8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = tw.layer_norm axis(1) epsilon(0.0) ins(%x : tensor<?x8xf32>) beta(%g : tensor<8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %2 = tw.rms_norm axis(0) epsilon(1.0e-6) ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
}

// CHECK-LABEL: @attention
// CHECK: tw.attention scale(1.250000e-01) ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x4x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x6xf32>) outs(
// CHECK: tw.attention scale(1.000000e+00) zero_masked_rows ins({{.*}}) mask(%{{.*}} : tensor<1x4x1x?xf32>) outs(
// CHECK: tw.attention scale(1.000000e+00) ins({{.*}}) mask(%{{.*}} : tensor<2x1x1x?xi1>) fill(-1.000000e+09) causal(%{{.*}}) outs(
func.func @attention(%q: tensor<2x4x?x8xf32>, %k: tensor<2x1x?x8xf32>, %v: tensor<2x1x?x6xf32>,
                     %bias: tensor<1x4x1x?xf32>, %keep: tensor<2x1x1x?xi1>, %e: tensor<2x4x?x6xf32>)
    -> (tensor<2x4x?x6xf32>, tensor<2x4x?x6xf32>, tensor<2x4x?x6xf32>) {
  %c0 = arith.constant 0 : index
  %0 = tw.attention scale(0.125) ins(%q, %k, %v : tensor<2x4x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x6xf32>) outs(%e : tensor<2x4x?x6xf32>) -> tensor<2x4x?x6xf32>
  %1 = tw.attention scale(1.0) zero_masked_rows ins(%q, %k, %v : tensor<2x4x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x6xf32>) mask(%bias : tensor<1x4x1x?xf32>) outs(%e : tensor<2x4x?x6xf32>) -> tensor<2x4x?x6xf32>
  %2 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<2x4x?x8xf32>, tensor<2x1x?x8xf32>, tensor<2x1x?x6xf32>) mask(%keep : tensor<2x1x1x?xi1>) fill(-1.0e9) causal(%c0) outs(%e : tensor<2x4x?x6xf32>) -> tensor<2x4x?x6xf32>
  return %0, %1, %2 : tensor<2x4x?x6xf32>, tensor<2x4x?x6xf32>, tensor<2x4x?x6xf32>
}

// CHECK-LABEL: @gelu
// CHECK: tw.gelu %{{.*}} : f32
// CHECK: tw.gelu %{{.*}} approximate = tanh : vector<4xf32>
func.func @gelu(%x: f32, %v: vector<4xf32>) -> (f32, vector<4xf32>) {
  %0 = tw.gelu %x : f32
  %1 = tw.gelu %v approximate = tanh : vector<4xf32>
  return %0, %1 : f32, vector<4xf32>
}
