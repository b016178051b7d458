// RUN: tw-opt %s -tw-fold-batch-norm -cse -split-input-file -remarks-filter=".*" -remark-format=emitRemark -verify-diagnostics | FileCheck %s

#vec = affine_map<(d0) -> (d0)>
#all = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d1, 0, 0)>

// A batch norm as torch-mlir emits it, after a convolution with a bias, on dynamic sizes: one
// addition is left, of (bias - mean) * r * gamma + beta.
// CHECK-LABEL: @convolution
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<6x4x3x3xf32>
// CHECK-SAME: %[[BIAS:[a-z0-9]+]]: tensor<6xf32> {tw.weight = "bias"}
// CHECK: %[[R:.+]] = linalg.generic {{.*}} {
// CHECK: math.rsqrt
// CHECK: %[[S:.+]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<6x1x1xf32>, tensor<6x1x1xf32>) outs(%{{.*}} : tensor<6xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: linalg.yield
// CHECK: %[[B:.+]] = linalg.generic {{.*}} ins(%[[BIAS]],
// CHECK: arith.subf
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: %[[WS:.+]] = linalg.generic {{.*}} ins(%[[W]], %[[S]] : tensor<6x4x3x3xf32>, tensor<6xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK: %[[ZERO:.+]] = linalg.fill
// CHECK: %[[CONV:.+]] = linalg.conv_2d_nchw_fchw ins(%{{.*}}, %[[WS]] : {{.*}}) outs(%[[ZERO]]
// CHECK: %[[Y:.+]] = linalg.generic {{.*}} ins(%[[CONV]], %[[B]] : tensor<?x6x?x?xf32>, tensor<6xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.addf
// CHECK-NEXT: linalg.yield
// CHECK: return %[[Y]]
func.func @convolution(%w: tensor<6x4x3x3xf32> {tw.weight = "w"}, %bias: tensor<6xf32> {tw.weight = "bias"},
    %mean: tensor<6x1x1xf32> {tw.weight = "mean"}, %var: tensor<6xf32> {tw.weight = "var"},
    %gamma: tensor<6x1x1xf32> {tw.weight = "gamma"}, %beta: tensor<6x1x1xf32> {tw.weight = "beta"},
    %x: tensor<?x4x?x?xf32>, %o: tensor<?x6x?x?xf32>) -> tensor<?x6x?x?xf32> {
  %eps = arith.constant 1.0e-05 : f64
  %b = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%o : tensor<?x6x?x?xf32>) dimensions = [0, 2, 3]
  %c = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<?x4x?x?xf32>, tensor<6x4x3x3xf32>) outs(%b : tensor<?x6x?x?xf32>) -> tensor<?x6x?x?xf32>
  %e = tensor.empty() : tensor<6xf32>
  %r = linalg.generic {indexing_maps = [#vec, #vec], iterator_types = ["parallel"]} ins(%var : tensor<6xf32>) outs(%e : tensor<6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.truncf %eps : f64 to f32
    %1 = arith.addf %in, %0 : f32
    %2 = math.rsqrt %1 : f32
    linalg.yield %2 : f32
  } -> tensor<6xf32>
  %rsqrt = tensor.expand_shape %r [[0, 1, 2]] output_shape [6, 1, 1] : tensor<6xf32> into tensor<6x1x1xf32>
  %centred = linalg.generic {indexing_maps = [#all, #channel, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c, %mean : tensor<?x6x?x?xf32>, tensor<6x1x1xf32>) outs(%o : tensor<?x6x?x?xf32>) {
  ^bb0(%in: f32, %k: f32, %out: f32):
    %0 = arith.subf %in, %k : f32
    linalg.yield %0 : f32
  } -> tensor<?x6x?x?xf32>
  %y = linalg.generic {indexing_maps = [#all, #channel, #channel, #channel, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%centred, %rsqrt, %gamma, %beta : tensor<?x6x?x?xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>) outs(%o : tensor<?x6x?x?xf32>) {
  ^bb0(%in: f32, %k: f32, %g: f32, %h: f32, %out: f32):
    %0 = arith.mulf %in, %k : f32
    %1 = arith.mulf %0, %g : f32
    %2 = arith.addf %1, %h : f32
    linalg.yield %2 : f32
  } -> tensor<?x6x?x?xf32>
  return %y : tensor<?x6x?x?xf32>
}

// -----

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#last = affine_map<(d0, d1, d2) -> (d2)>

// A scale after a linear layer whose rows were flattened: the reshape moves along, and nothing is
// left to be added. In bf16 the scaled weights are computed in f32.
// CHECK-LABEL: @linear
// CHECK: %[[WS:.+]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<4x6xbf16>)
// CHECK: arith.mulf %{{.*}} : f32
// CHECK: %[[P:.+]] = linalg.matmul ins(%{{.*}}, %[[WS]]
// CHECK: %[[Y:.+]] = tensor.expand_shape %[[P]]
// CHECK: return %[[Y]]
func.func @linear(%w: tensor<4x6xbf16> {tw.weight = "w"}, %gamma: tensor<6xbf16> {tw.weight = "gamma"}, %x: tensor<6x4xbf16>, %o: tensor<2x3x6xbf16>) -> tensor<2x3x6xbf16> {
  %zero = arith.constant dense<0.0> : tensor<6x6xbf16>
  %p = linalg.matmul ins(%x, %w : tensor<6x4xbf16>, tensor<4x6xbf16>) outs(%zero : tensor<6x6xbf16>) -> tensor<6x6xbf16>
  %r = tensor.expand_shape %p [[0, 1], [2]] output_shape [2, 3, 6] : tensor<6x6xbf16> into tensor<2x3x6xbf16>
  %y = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel", "parallel"]} ins(%r, %gamma : tensor<2x3x6xbf16>, tensor<6xbf16>) outs(%o : tensor<2x3x6xbf16>) {
  ^bb0(%in: bf16, %k: bf16, %out: bf16):
    %0 = arith.mulf %in, %k : bf16
    linalg.yield %0 : bf16
  } -> tensor<2x3x6xbf16>
  return %y : tensor<2x3x6xbf16>
}

// -----

#all = affine_map<(d0, d1) -> (d0, d1)>
#last = affine_map<(d0, d1) -> (d1)>

// no-fold: the product is used twice, so its weights stay; subtraction from a constant and division
// still become one operation, -1/k * x + 1/k * c.
// CHECK-LABEL: @no_fold_shared
// CHECK: %[[P:.+]] = linalg.matmul ins(%{{.*}}, %arg0 
// CHECK: %[[Y:.+]] = linalg.generic {{.*}} ins(%[[P]], %{{.*}}, %{{.*}} : tensor<?x6xf32>, tensor<6xf32>, tensor<6xf32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
// CHECK: return %[[P]], %[[Y]]
func.func @no_fold_shared(%w: tensor<4x6xf32> {tw.weight = "w"}, %k: tensor<6xf32> {tw.weight = "k"}, %x: tensor<?x4xf32>, %o: tensor<?x6xf32>) -> (tensor<?x6xf32>, tensor<?x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %c = arith.constant 3.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<?x6xf32>) -> tensor<?x6xf32>
  %p = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x6xf32>) outs(%f : tensor<?x6xf32>) -> tensor<?x6xf32>
  %s = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]} ins(%p : tensor<?x6xf32>) outs(%o : tensor<?x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.subf %c, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x6xf32>
  // expected-remark @below {{linalg.matmul: its result has other uses}}
  %y = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%s, %k : tensor<?x6xf32>, tensor<6xf32>) outs(%o : tensor<?x6xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %0 = arith.divf %in, %q : f32
    linalg.yield %0 : f32
  } -> tensor<?x6xf32>
  return %p, %y : tensor<?x6xf32>, tensor<?x6xf32>
}

// -----

#all = affine_map<(d0, d1) -> (d0, d1)>
#last = affine_map<(d0, d1) -> (d1)>
#first = affine_map<(d0, d1) -> (d0)>

// no-fold: a bias alone (it is where it should be), a scale that varies along the rows of @x, the
// square of the data, and a scale that is an input of the model.
// CHECK-LABEL: @no_fold
// CHECK: linalg.matmul ins(%{{.*}}, %arg0 
// CHECK: arith.addf
// CHECK: arith.mulf
// CHECK: arith.mulf
// CHECK: arith.mulf
func.func @no_fold(%w: tensor<4x6xf32> {tw.weight = "w"}, %k: tensor<6xf32> {tw.weight = "k"}, %x: tensor<6x4xf32>, %v: tensor<6xf32>, %o: tensor<6x6xf32>) -> tensor<6x6xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<6x6xf32>) -> tensor<6x6xf32>
  %p = linalg.matmul ins(%x, %w : tensor<6x4xf32>, tensor<4x6xf32>) outs(%f : tensor<6x6xf32>) -> tensor<6x6xf32>
  %a = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%p, %k : tensor<6x6xf32>, tensor<6xf32>) outs(%o : tensor<6x6xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %0 = arith.addf %in, %q : f32
    linalg.yield %0 : f32
  } -> tensor<6x6xf32>
  %b = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]} ins(%a : tensor<6x6xf32>) outs(%o : tensor<6x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %in : f32
    linalg.yield %0 : f32
  } -> tensor<6x6xf32>
  %c = linalg.generic {indexing_maps = [#all, #first, #all], iterator_types = ["parallel", "parallel"]} ins(%b, %k : tensor<6x6xf32>, tensor<6xf32>) outs(%o : tensor<6x6xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %0 = arith.mulf %in, %q : f32
    linalg.yield %0 : f32
  } -> tensor<6x6xf32>
  %d = linalg.generic {indexing_maps = [#all, #last, #all], iterator_types = ["parallel", "parallel"]} ins(%c, %v : tensor<6x6xf32>, tensor<6xf32>) outs(%o : tensor<6x6xf32>) {
  ^bb0(%in: f32, %q: f32, %out: f32):
    %0 = arith.mulf %in, %q : f32
    linalg.yield %0 : f32
  } -> tensor<6x6xf32>
  return %d : tensor<6x6xf32>
}
