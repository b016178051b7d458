// RUN: tw-opt %s -tw-compile="stop-after=input" | FileCheck %s
// RUN: not tw-opt %S/../passes/Input/verify-input.mlir -split-input-file -tw-compile="stop-after=input" 2>&1 | FileCheck %s --check-prefix=REFUSED

// What the input phase promises: the named operation is there and its expansion is gone. Softmax
// is raised before attention, and asserts are out of the way before both.

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func.func @main(
// CHECK: tw.attention scale(5.000000e-01)
// CHECK-NOT: linalg.batch_matmul
// CHECK-NOT: math.exp
// CHECK: tw.gelu
// CHECK-NOT: math.erf
// REFUSED: operation 'scf.if' is not supported
func.func @main(%q: tensor<4x?x8xf32>, %k: tensor<4x?x8xf32>, %v: tensor<4x?x8xf32>) -> tensor<4x?x8xf32> {
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %root = arith.constant 1.41421354 : f32
  %lowest = arith.constant 0xFF800000 : f32
  %m = tensor.dim %q, %c1 : tensor<4x?x8xf32>
  %n = tensor.dim %k, %c1 : tensor<4x?x8xf32>
  %nv = tensor.dim %v, %c1 : tensor<4x?x8xf32>
  %same = arith.cmpi eq, %n, %nv : index
  cf.assert %same, "keys and values differ in number"
  %ek = tensor.empty(%n) : tensor<4x8x?xf32>
  %e = tensor.empty(%m, %n) : tensor<4x?x?xf32>
  %er = tensor.empty(%m) : tensor<4x?xf32>
  %eo = tensor.empty(%m) : tensor<4x?x8xf32>
  %kt = linalg.transpose ins(%k : tensor<4x?x8xf32>) outs(%ek : tensor<4x8x?xf32>) permutation = [0, 2, 1]
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x?x8xf32>, tensor<4x8x?xf32>) outs(%s0 : tensor<4x?x?xf32>) -> tensor<4x?x?xf32>
  %x = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x?x?xf32>) outs(%e : tensor<4x?x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %half : f32
    linalg.yield %0 : f32
  } -> tensor<4x?x?xf32>
  %max0 = linalg.fill ins(%lowest : f32) outs(%er : tensor<4x?xf32>) -> tensor<4x?xf32>
  %max = linalg.reduce { arith.maximumf } ins(%x : tensor<4x?x?xf32>) outs(%max0 : tensor<4x?xf32>) dimensions = [2]
  %exp = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %max : tensor<4x?x?xf32>, tensor<4x?xf32>) outs(%e : tensor<4x?x?xf32>) {
  ^bb0(%in: f32, %max_in: f32, %out: f32):
    %0 = arith.subf %in, %max_in : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x?x?xf32>
  %sum0 = linalg.fill ins(%zero : f32) outs(%er : tensor<4x?xf32>) -> tensor<4x?xf32>
  %sum = linalg.reduce { arith.addf } ins(%exp : tensor<4x?x?xf32>) outs(%sum0 : tensor<4x?xf32>) dimensions = [2]
  %p = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel", "parallel"]} ins(%exp, %sum : tensor<4x?x?xf32>, tensor<4x?xf32>) outs(%e : tensor<4x?x?xf32>) {
  ^bb0(%in: f32, %sum_in: f32, %out: f32):
    %0 = arith.divf %in, %sum_in : f32
    linalg.yield %0 : f32
  } -> tensor<4x?x?xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x?x8xf32>) -> tensor<4x?x8xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x?x?xf32>, tensor<4x?x8xf32>) outs(%o0 : tensor<4x?x8xf32>) -> tensor<4x?x8xf32>
  %r = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel"]} ins(%o : tensor<4x?x8xf32>) outs(%eo : tensor<4x?x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.divf %in, %root : f32
    %1 = math.erf %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %2, %half : f32
    %4 = arith.mulf %in, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<4x?x8xf32>
  return %r : tensor<4x?x8xf32>
}
