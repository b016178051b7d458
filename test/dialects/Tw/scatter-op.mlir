// RUN: tw-opt %s | tw-opt | FileCheck %s

// CHECK-LABEL: @scatter
// CHECK: tw.scatter dimension(0) combine(add) ins(%{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<?x1xi64>) outs(%{{.*}} : tensor<1000x64xf32>) -> tensor<1000x64xf32>
// CHECK: tw.scatter dimension(1) combine(max) ins(%{{.*}}, %{{.*}} : tensor<1x7xi8>, tensor<3x7xi32>) first(%{{.*}}) outs(%{{.*}} : tensor<3x?xi8>) -> tensor<3x?xi8>
func.func @scatter(%x: tensor<?x64xf32>, %i: tensor<?x1xi64>, %e: tensor<1000x64xf32>,
                   %y: tensor<1x7xi8>, %j: tensor<3x7xi32>, %f: tensor<3x?xi8>, %first: index) -> (tensor<1000x64xf32>, tensor<3x?xi8>) {
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<?x64xf32>, tensor<?x1xi64>) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
  %1 = tw.scatter dimension(1) combine(max) ins(%y, %j : tensor<1x7xi8>, tensor<3x7xi32>) first(%first) outs(%f : tensor<3x?xi8>) -> tensor<3x?xi8>
  return %0, %1 : tensor<1000x64xf32>, tensor<3x?xi8>
}
