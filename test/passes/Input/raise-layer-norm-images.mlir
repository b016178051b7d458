// RUN: tw-opt %s -inline -tw-raise-layer-norm | FileCheck %s
// RUN: tw-opt %s -inline -tw-attach-target=kind=cuda -tw-raise-layer-norm | FileCheck %s --check-prefix=GPU
// Instance normalization: raised, but not next to a convolution, which wants its channels last. On a
// GPU they stay where they are.
// GPU-COUNT-4: tw.layer_norm axis(2)

#id = affine_map<(n, c, x) -> (n, c, x)>
#row = affine_map<(n, c, x) -> (n, c)>
func.func private @normalize(%x: tensor<?x4x8xf32>, %n: index) -> tensor<?x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %count = arith.constant 8.0 : f32
  %epsilon = arith.constant 1.0e-05 : f32
  %e = tensor.empty(%n) : tensor<?x4x8xf32>
  %r = tensor.empty(%n) : tensor<?x4xf32>
  %init = linalg.fill ins(%zero : f32) outs(%r : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x : tensor<?x4x8xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<?x4xf32>
  %centered = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %sum : tensor<?x4x8xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %0 = arith.divf %s, %count : f32
    %1 = arith.subf %in, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x4x8xf32>
  %squares = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%centered : tensor<?x4x8xf32>) outs(%init : tensor<?x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %in : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%centered, %squares : tensor<?x4x8xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %0 = arith.divf %s, %count : f32
    %1 = arith.addf %0, %epsilon : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %in, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// CHECK-LABEL: @normalized_rows
// CHECK: tw.layer_norm axis(2)
func.func @normalized_rows(%x: tensor<?x4x8xf32>, %n: index) -> tensor<?x4x8xf32> {
  %y = func.call @normalize(%x, %n) : (tensor<?x4x8xf32>, index) -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// After an activation.
// CHECK-LABEL: @no_rows_of_a_convolution
// CHECK: linalg.conv_1d_ncw_fcw
// CHECK-NOT: tw.layer_norm
// CHECK: return
func.func @no_rows_of_a_convolution(%image: tensor<?x3x10xf32>, %w: tensor<4x3x3xf32>, %init: tensor<?x4x8xf32>, %n: index) -> tensor<?x4x8xf32> {
  %x = linalg.conv_1d_ncw_fcw ins(%image, %w : tensor<?x3x10xf32>, tensor<4x3x3xf32>) outs(%init : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  %e = tensor.empty(%n) : tensor<?x4x8xf32>
  %t = linalg.tanh ins(%x : tensor<?x4x8xf32>) outs(%e : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  %y = func.call @normalize(%t, %n) : (tensor<?x4x8xf32>, index) -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}

// Before padding.
// CHECK-LABEL: @no_rows_for_a_convolution
// CHECK-NOT: tw.layer_norm
// CHECK: linalg.conv_1d_ncw_fcw
func.func @no_rows_for_a_convolution(%x: tensor<?x4x8xf32>, %w: tensor<5x4x3xf32>, %init: tensor<?x5x8xf32>, %n: index) -> tensor<?x5x8xf32> {
  %zero = arith.constant 0.0 : f32
  %y = func.call @normalize(%x, %n) : (tensor<?x4x8xf32>, index) -> tensor<?x4x8xf32>
  %padded = tensor.pad %y low[0, 0, 1] high[0, 0, 1] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<?x4x8xf32> to tensor<?x4x10xf32>
  %z = linalg.conv_1d_ncw_fcw ins(%padded, %w : tensor<?x4x10xf32>, tensor<5x4x3xf32>) outs(%init : tensor<?x5x8xf32>) -> tensor<?x5x8xf32>
  return %z : tensor<?x5x8xf32>
}

// What is transposed has other rows: tokens, whose channels are together.
// CHECK-LABEL: @tokens_of_a_convolution
// CHECK: linalg.conv_1d_ncw_fcw
// CHECK: tw.layer_norm axis(2)
func.func @tokens_of_a_convolution(%image: tensor<?x3x6xf32>, %w: tensor<8x3x3xf32>, %init: tensor<?x8x4xf32>, %n: index) -> tensor<?x4x8xf32> {
  %x = linalg.conv_1d_ncw_fcw ins(%image, %w : tensor<?x3x6xf32>, tensor<8x3x3xf32>) outs(%init : tensor<?x8x4xf32>) -> tensor<?x8x4xf32>
  %e = tensor.empty(%n) : tensor<?x4x8xf32>
  %t = linalg.transpose ins(%x : tensor<?x8x4xf32>) outs(%e : tensor<?x4x8xf32>) permutation = [0, 2, 1]
  %y = func.call @normalize(%t, %n) : (tensor<?x4x8xf32>, index) -> tensor<?x4x8xf32>
  return %y : tensor<?x4x8xf32>
}
