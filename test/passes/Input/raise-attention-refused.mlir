// RUN: tw-opt %s -tw-raise-attention -split-input-file -verify-diagnostics | FileCheck %s

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// The mask is scaled too.
// CHECK-LABEL: @no_scale_after_the_mask
// CHECK-NOT: tw.attention
// CHECK: tw.softmax
func.func @no_scale_after_the_mask(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x7x5xf32>, %m: tensor<4x7x5xi1>, %t: tensor<5xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant -1.0e9 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m, %t : tensor<4x7x5xf32>, tensor<4x7x5xf32>, tensor<4x7x5xi1>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %c: i1, %factor: f32, %out: f32):
    %0 = arith.addf %in, %bias : f32
    %1 = arith.mulf %0, %half : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: the scores are scaled after the mask is added}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// A bias, and a boolean mask whose fill is not low enough to be the same when added to scores.
// CHECK-LABEL: @no_finite_fill_and_bias
// CHECK-NOT: tw.attention
// CHECK: tw.softmax
func.func @no_finite_fill_and_bias(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x7x5xf32>, %m: tensor<4x7x5xi1>, %t: tensor<5xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant -1.0e9 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m, %t : tensor<4x7x5xf32>, tensor<4x7x5xf32>, tensor<4x7x5xi1>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %c: i1, %factor: f32, %out: f32):
    %0 = arith.addf %in, %bias : f32
    %1 = arith.select %c, %0, %low : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: a finite fill of a mask and a sum with another}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// A factor for each key.
// CHECK-LABEL: @no_constant_scale
// CHECK-NOT: tw.attention
// CHECK: tw.softmax
func.func @no_constant_scale(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x7x5xf32>, %m: tensor<4x7x5xi1>, %t: tensor<5xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant -1.0e9 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m, %t : tensor<4x7x5xf32>, tensor<4x7x5xf32>, tensor<4x7x5xi1>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %c: i1, %factor: f32, %out: f32):
    %1 = arith.mulf %in, %factor : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: a factor of the scores is not constant}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// Softmax of negative scores is not what the operation computes.
// CHECK-LABEL: @no_negative_scale
// CHECK-NOT: tw.attention
// CHECK: tw.softmax
func.func @no_negative_scale(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x7x5xf32>, %m: tensor<4x7x5xi1>, %t: tensor<5xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant -1.0e9 : f32
  %s0 = linalg.fill ins(%zero : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m, %t : tensor<4x7x5xf32>, tensor<4x7x5xf32>, tensor<4x7x5xi1>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %c: i1, %factor: f32, %out: f32):
    %1 = arith.mulf %in, %low : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: the scale is not positive}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#col = affine_map<(d0, d1, d2) -> (d2)>

// The scores begin with ones.
// CHECK-LABEL: @no_zero_init
// CHECK-NOT: tw.attention
// CHECK: tw.softmax
func.func @no_zero_init(%q: tensor<4x7x8xf32>, %kt: tensor<4x8x5xf32>, %v: tensor<4x5x8xf32>, %b: tensor<4x7x5xf32>, %m: tensor<4x7x5xi1>, %t: tensor<5xf32>, %e: tensor<4x7x5xf32>, %eo: tensor<4x7x8xf32>) -> tensor<4x7x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %low = arith.constant -1.0e9 : f32
  %s0 = linalg.fill ins(%one : f32) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %s = linalg.batch_matmul ins(%q, %kt : tensor<4x7x8xf32>, tensor<4x8x5xf32>) outs(%s0 : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %x = linalg.generic {indexing_maps = [#id, #id, #id, #col, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %b, %m, %t : tensor<4x7x5xf32>, tensor<4x7x5xf32>, tensor<4x7x5xi1>, tensor<5xf32>) outs(%e : tensor<4x7x5xf32>) {
  ^bb0(%in: f32, %bias: f32, %c: i1, %factor: f32, %out: f32):
    %1 = arith.mulf %in, %half : f32
    linalg.yield %1 : f32
  } -> tensor<4x7x5xf32>
  %p = tw.softmax dimension(2) ins(%x : tensor<4x7x5xf32>) outs(%e : tensor<4x7x5xf32>) -> tensor<4x7x5xf32>
  %o0 = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  // expected-remark @below {{attention is computed in pieces: the softmax is not of a product of queries and keys}}
  %o = linalg.batch_matmul ins(%p, %v : tensor<4x7x5xf32>, tensor<4x5x8xf32>) outs(%o0 : tensor<4x7x8xf32>) -> tensor<4x7x8xf32>
  return %o : tensor<4x7x8xf32>
}
