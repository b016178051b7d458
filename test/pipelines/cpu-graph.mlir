// RUN: tw-opt %s -tw-compile="stop-after=graph" | FileCheck %s

// What the graph phase promises: no work on weights alone is left in @main. The batch norm is in
// the weights of the convolution, the transpose of the linear layer's weight is in @init.

#vec = affine_map<(d0) -> (d0)>
#all = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d1)>

// CHECK-LABEL: func.func @main(
// CHECK-NOT: math.sqrt
// CHECK-NOT: math.rsqrt
// CHECK-NOT: arith.divf
// CHECK-NOT: linalg.transpose
// CHECK-NOT: linalg.pack
// CHECK-LABEL: func.func @init(
// CHECK: math.rsqrt
func.func @main(%w: tensor<6x4x1x1xf32> {tw.weight = "w"}, %gamma: tensor<6xf32> {tw.weight = "gamma"},
    %var: tensor<6xf32> {tw.weight = "var"}, %fc: tensor<10x6xf32> {tw.weight = "fc"},
    %x: tensor<?x4x1x1xf32> {tw.input = "x"}) -> tensor<?x10xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %eps = arith.constant 1.0e-05 : f32
  %n = tensor.dim %x, %c0 : tensor<?x4x1x1xf32>
  %o = tensor.empty(%n) : tensor<?x6x1x1xf32>
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<?x6x1x1xf32>) -> tensor<?x6x1x1xf32>
  %c = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<?x4x1x1xf32>, tensor<6x4x1x1xf32>) outs(%f : tensor<?x6x1x1xf32>) -> tensor<?x6x1x1xf32>
  %e = tensor.empty() : tensor<6xf32>
  %r = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]} ins(%var : tensor<6xf32>) outs(%e : tensor<6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %eps : f32
    %1 = math.rsqrt %0 : f32
    linalg.yield %1 : f32
  } -> tensor<6xf32>
  %b = linalg.generic {indexing_maps = [#all, #channel, #channel, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c, %r, %gamma : tensor<?x6x1x1xf32>, tensor<6xf32>, tensor<6xf32>) outs(%o : tensor<?x6x1x1xf32>) {
  ^bb0(%in: f32, %k: f32, %g: f32, %out: f32):
    %0 = arith.mulf %in, %k : f32
    %1 = arith.mulf %0, %g : f32
    linalg.yield %1 : f32
  } -> tensor<?x6x1x1xf32>
  %h = tensor.collapse_shape %b [[0], [1, 2, 3]] : tensor<?x6x1x1xf32> into tensor<?x6xf32>
  %te = tensor.empty() : tensor<6x10xf32>
  %t = linalg.transpose ins(%fc : tensor<10x6xf32>) outs(%te : tensor<6x10xf32>) permutation = [1, 0]
  %p = tensor.empty(%n) : tensor<?x10xf32>
  %q = linalg.fill ins(%zero : f32) outs(%p : tensor<?x10xf32>) -> tensor<?x10xf32>
  %y = linalg.matmul ins(%h, %t : tensor<?x6xf32>, tensor<6x10xf32>) outs(%q : tensor<?x10xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}
