// RUN: tw-opt %s | tw-opt | FileCheck %s

// CHECK-LABEL: @argsort
// CHECK: tw.argsort dimension(1) descending ins(%{{.*}} : tensor<?x500xf32>) outs(%{{.*}} : tensor<?x500xi64>) -> tensor<?x500xi64>
// CHECK: tw.argsort dimension(0) ins(%{{.*}} : tensor<?x500xi8>) outs(%{{.*}} : tensor<?x500xi32>) -> tensor<?x500xi32>
func.func @argsort(%x: tensor<?x500xf32>, %e: tensor<?x500xi64>, %y: tensor<?x500xi8>, %f: tensor<?x500xi32>) -> (tensor<?x500xi64>, tensor<?x500xi32>) {
  %0 = tw.argsort dimension(1) descending ins(%x : tensor<?x500xf32>) outs(%e : tensor<?x500xi64>) -> tensor<?x500xi64>
  %1 = tw.argsort dimension(0) ins(%y : tensor<?x500xi8>) outs(%f : tensor<?x500xi32>) -> tensor<?x500xi32>
  return %0, %1 : tensor<?x500xi64>, tensor<?x500xi32>
}

// CHECK-LABEL: @places
// CHECK: tw.argsort dimension(0) descending ins(%{{.*}} : tensor<?xf32>) outs(%{{.*}} : tensor<10xi64>) -> tensor<10xi64>
// CHECK: tw.argsort dimension(0) first(250) ins(%{{.*}} : tensor<?xf32>) outs(%{{.*}} : tensor<10xi64>) -> tensor<10xi64>
func.func @places(%x: tensor<?xf32>, %e: tensor<10xi64>) -> (tensor<10xi64>, tensor<10xi64>) {
  %0 = tw.argsort dimension(0) descending first(0) ins(%x : tensor<?xf32>) outs(%e : tensor<10xi64>) -> tensor<10xi64>
  %1 = tw.argsort dimension(0) first(250) ins(%x : tensor<?xf32>) outs(%e : tensor<10xi64>) -> tensor<10xi64>
  return %0, %1 : tensor<10xi64>, tensor<10xi64>
}
