// RUN: tw-opt %s -tw-raise-attention -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#scalar = affine_map<(d0, d1, d2, d3) -> ()>
#mask = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
#rows = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, 0)>
#row = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, 0)>

// As the front end writes scaled_dot_product_attention with a boolean mask: heads merged into the
// batch for the products, the scale on the scores, rows that see nothing set to 0 at the end.
// CHECK-LABEL: @masked
// CHECK-SAME: (%[[Q:[a-z0-9]+]]: tensor<2x3x?x8xf32>, %[[K:[a-z0-9]+]]: tensor<2x3x5x8xf32>, %[[V:[a-z0-9]+]]: tensor<2x3x5x6xf32>, %[[M:[a-z0-9]+]]: tensor<2x1x1x5xi1>
// CHECK-NOT: linalg
// CHECK: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<2x3x?x6xf32>
// CHECK: %[[A:.*]] = tw.attention scale(0.3535{{.*}}) zero_masked_rows ins(%[[Q]], %[[K]], %[[V]] : {{.*}}) mask(%[[M]] : tensor<2x1x1x5xi1>) outs(%[[E]] :
// CHECK-NEXT: return %[[A]]
func.func @masked(%q: tensor<2x3x?x8xf32>, %k: tensor<2x3x5x8xf32>, %v: tensor<2x3x5x6xf32>, %m: tensor<2x1x1x5xi1>,
                  %ek: tensor<2x3x8x5xf32>, %es: tensor<6x?x5xf32>, %e: tensor<2x3x?x5xf32>, %eo: tensor<6x?x6xf32>, %er: tensor<2x3x?x6xf32>) -> tensor<2x3x?x6xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<2x3x?x8xf32>
  %zero = arith.constant 0.0 : f32
  %false = arith.constant false
  %scale = arith.constant 0.353553385 : f32
  %hidden = arith.constant dense<0xFF800000> : tensor<f32>
  %kt = linalg.transpose ins(%k : tensor<2x3x5x8xf32>) outs(%ek : tensor<2x3x8x5xf32>) permutation = [0, 1, 3, 2]
  %q3 = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<2x3x?x8xf32> into tensor<6x?x8xf32>
  %k3 = tensor.collapse_shape %kt [[0, 1], [2], [3]] : tensor<2x3x8x5xf32> into tensor<6x8x5xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%es : tensor<6x?x5xf32>) -> tensor<6x?x5xf32>
  %s3 = linalg.batch_matmul ins(%q3, %k3 : tensor<6x?x8xf32>, tensor<6x8x5xf32>) outs(%s0 : tensor<6x?x5xf32>) -> tensor<6x?x5xf32>
  %s = tensor.expand_shape %s3 [[0, 1], [2], [3]] output_shape [2, 3, %n, 5] : tensor<6x?x5xf32> into tensor<2x3x?x5xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%s : tensor<2x3x?x5xf32>) outs(%e : tensor<2x3x?x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x?x5xf32>
  %x = linalg.generic {indexing_maps = [#mask, #id, #scalar, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%m, %scaled, %hidden : tensor<2x1x1x5xi1>, tensor<2x3x?x5xf32>, tensor<f32>) outs(%e : tensor<2x3x?x5xf32>) {
  ^bb0(%c: i1, %in: f32, %h: f32, %out: f32):
    %0 = arith.select %c, %in, %h : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x?x5xf32>
  %p = tw.softmax dimension(3) ins(%x : tensor<2x3x?x5xf32>) outs(%e : tensor<2x3x?x5xf32>) -> tensor<2x3x?x5xf32>
  %p3 = tensor.collapse_shape %p [[0, 1], [2], [3]] : tensor<2x3x?x5xf32> into tensor<6x?x5xf32>
  %v3 = tensor.collapse_shape %v [[0, 1], [2], [3]] : tensor<2x3x5x6xf32> into tensor<6x5x6xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<6x?x6xf32>) -> tensor<6x?x6xf32>
  %o3 = linalg.batch_matmul ins(%p3, %v3 : tensor<6x?x5xf32>, tensor<6x5x6xf32>) outs(%o0 : tensor<6x?x6xf32>) -> tensor<6x?x6xf32>
  %o = tensor.expand_shape %o3 [[0, 1], [2], [3]] output_shape [2, 3, %n, 6] : tensor<6x?x6xf32> into tensor<2x3x?x6xf32>
  %ea = tensor.empty() : tensor<2x1x1x1xi1>
  %a0 = linalg.fill ins(%false : i1) outs(%ea : tensor<2x1x1x1xi1>) -> tensor<2x1x1x1xi1>
  %any = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%m : tensor<2x1x1x5xi1>) outs(%a0 : tensor<2x1x1x1xi1>) {
  ^bb0(%in: i1, %out: i1):
    %0 = arith.ori %in, %out : i1
    linalg.yield %0 : i1
  } -> tensor<2x1x1x1xi1>
  %r = linalg.generic {indexing_maps = [#rows, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%any, %o : tensor<2x1x1x1xi1>, tensor<2x3x?x6xf32>) outs(%er : tensor<2x3x?x6xf32>) {
  ^bb0(%c: i1, %in: f32, %out: f32):
    %0 = arith.select %c, %in, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x?x6xf32>
  return %r : tensor<2x3x?x6xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#bias = affine_map<(d0, d1, d2) -> (d0, 0, d2)>

// Queries and keys each scaled by 0.5, a bias added, the future hidden by a comparison of
// positions, in one body with the bias; products without reshapes.
// CHECK-LABEL: @causal_with_bias
// CHECK: %[[C:.*]] = arith.constant 1 : index
// CHECK: tw.attention scale(2.500000e-01) ins(%arg0, %arg1, %arg2 : {{.*}}) mask(%arg3 : tensor<4x1x5xf32>) causal(%[[C]])
// CHECK-NOT: linalg
func.func @causal_with_bias(%q: tensor<4x7x8xf32>, %k: tensor<4x5x8xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x1x5xf32>,
                            %eq: tensor<4x7x8xf32>, %ek: tensor<4x8x5xf32>, %e: tensor<4x7x5xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1 : index
  %hidden = arith.constant -3.40282347E+38 : f32
  %qs = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%q : tensor<4x7x8xf32>) outs(%eq : tensor<4x7x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %half : f32
    linalg.yield %0 : f32
  } -> tensor<4x7x8xf32>
  %kt = linalg.transpose ins(%k : tensor<4x5x8xf32>) outs(%ek : tensor<4x8x5xf32>) permutation = [0, 2, 1]
  %ks = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%kt : tensor<4x8x5xf32>) outs(%ek : tensor<4x8x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %half : f32
    linalg.yield %0 : f32
  } -> tensor<4x8x5xf32>
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%qs, %ks : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b : tensor<4x7x5xf32>, tensor<4x1x5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %out: f32):
    %0 = arith.addf %bias, %in : f32
    %row = linalg.index 1 : index
    %column = linalg.index 2 : index
    %last = arith.addi %row, %one : index
    %future = arith.cmpi sgt, %column, %last : index
    %1 = arith.select %future, %hidden, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eq : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

// The weights are a result of the function too.
// CHECK-LABEL: @no_weights_used_elsewhere
// CHECK-NOT: tw.attention
// CHECK: return
func.func @no_weights_used_elsewhere(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> (tensor<4x7x8xf32>, tensor<4x7x5xf32>) {
  %zero = arith.constant 0.0 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%s : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: its weights are used elsewhere}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o, %p : tensor<4x7x8xf32>, tensor<4x7x5xf32>
}
