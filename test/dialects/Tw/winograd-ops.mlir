// RUN: tw-opt %s | tw-opt | FileCheck %s

// CHECK-LABEL: @transforms
// CHECK: tw.winograd_input ins(%{{.*}} : tensor<?x58x30x64xf32>) outs(%{{.*}} : tensor<4x4x?x28x14x64xf32>) -> tensor<4x4x?x28x14x64xf32>
// CHECK: tw.winograd_output ins(%{{.*}} : tensor<4x4x?x28x14x64xf32>) outs(%{{.*}} : tensor<?x56x27x64xf32>) -> tensor<?x56x27x64xf32>
func.func @transforms(%x: tensor<?x58x30x64xf32>, %v: tensor<4x4x?x28x14x64xf32>, %y: tensor<?x56x27x64xf32>) -> tensor<?x56x27x64xf32> {
  %0 = tw.winograd_input ins(%x : tensor<?x58x30x64xf32>) outs(%v : tensor<4x4x?x28x14x64xf32>) -> tensor<4x4x?x28x14x64xf32>
  %1 = tw.winograd_output ins(%0 : tensor<4x4x?x28x14x64xf32>) outs(%y : tensor<?x56x27x64xf32>) -> tensor<?x56x27x64xf32>
  return %1 : tensor<?x56x27x64xf32>
}
