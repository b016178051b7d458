// RUN: tw-opt %s | tw-opt | FileCheck %s

// CHECK-LABEL: @argsort
// CHECK: tw.argsort dimension(1) descending ins(%{{.*}} : tensor<?x500xf32>) outs(%{{.*}} : tensor<?x500xi64>) -> tensor<?x500xi64>
// CHECK: tw.argsort dimension(0) ins(%{{.*}} : tensor<?x500xi8>) outs(%{{.*}} : tensor<?x500xi32>) -> tensor<?x500xi32>
func.func @argsort(%x: tensor<?x500xf32>, %e: tensor<?x500xi64>, %y: tensor<?x500xi8>, %f: tensor<?x500xi32>) -> (tensor<?x500xi64>, tensor<?x500xi32>) {
  %0 = tw.argsort dimension(1) descending ins(%x : tensor<?x500xf32>) outs(%e : tensor<?x500xi64>) -> tensor<?x500xi64>
  %1 = tw.argsort dimension(0) ins(%y : tensor<?x500xi8>) outs(%f : tensor<?x500xi32>) -> tensor<?x500xi32>
  return %0, %1 : tensor<?x500xi64>, tensor<?x500xi32>
}
