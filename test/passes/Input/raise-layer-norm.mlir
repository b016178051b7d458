// RUN: tw-opt %s -tw-raise-layer-norm -split-input-file | FileCheck %s

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
#last = affine_map<(d0, d1, d2) -> (d2)>

// The front end's form: the variance in f64, the mean once more in f32.
// CHECK-LABEL: @layer_norm_with_f64_variance
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<1x?x36xf32>, %[[G:[a-z0-9]+]]: tensor<36xf32>, %[[B:[a-z0-9]+]]: tensor<36xf32>
// CHECK-NOT: linalg
// CHECK: tw.layer_norm axis(2) epsilon(1.000000e-05) ins(%[[X]] : tensor<1x?x36xf32>) gamma(%[[G]] : tensor<36xf32>) beta(%[[B]] : tensor<36xf32>)
// CHECK-NOT: linalg
func.func @layer_norm_with_f64_variance(%x: tensor<1x?x36xf32>, %gamma: tensor<36xf32>, %beta: tensor<36xf32>,
    %e64: tensor<1x?x36xf64>, %r64: tensor<1x?x1xf64>, %e: tensor<1x?x36xf32>, %r: tensor<1x?x1xf32>) -> tensor<1x?x36xf32> {
  %zero64 = arith.constant 0.0 : f64
  %n64 = arith.constant 36.0 : f64
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 36.0 : f32
  %eps = arith.constant 1.0e-05 : f64
  %wide = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x : tensor<1x?x36xf32>) outs(%e64 : tensor<1x?x36xf64>) {
  ^bb0(%in: f32, %out: f64):
    %0 = arith.extf %in : f32 to f64
    linalg.yield %0 : f64
  } -> tensor<1x?x36xf64>
  %init64 = linalg.fill ins(%zero64 : f64) outs(%r64 : tensor<1x?x1xf64>) -> tensor<1x?x1xf64>
  %sum64 = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%wide : tensor<1x?x36xf64>) outs(%init64 : tensor<1x?x1xf64>) {
  ^bb0(%in: f64, %out: f64):
    %0 = arith.addf %in, %out : f64
    linalg.yield %0 : f64
  } -> tensor<1x?x1xf64>
  %mean64 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%sum64 : tensor<1x?x1xf64>) outs(%r64 : tensor<1x?x1xf64>) {
  ^bb0(%in: f64, %out: f64):
    %0 = arith.divf %in, %n64 : f64
    linalg.yield %0 : f64
  } -> tensor<1x?x1xf64>
  %centered = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%wide, %mean64 : tensor<1x?x36xf64>, tensor<1x?x1xf64>) outs(%e64 : tensor<1x?x36xf64>) {
  ^bb0(%in: f64, %m: f64, %out: f64):
    %0 = arith.subf %in, %m : f64
    linalg.yield %0 : f64
  } -> tensor<1x?x36xf64>
  %square = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%centered, %centered : tensor<1x?x36xf64>, tensor<1x?x36xf64>) outs(%e64 : tensor<1x?x36xf64>) {
  ^bb0(%a: f64, %b: f64, %out: f64):
    %0 = arith.mulf %a, %b : f64
    linalg.yield %0 : f64
  } -> tensor<1x?x36xf64>
  %sumsq = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%square : tensor<1x?x36xf64>) outs(%init64 : tensor<1x?x1xf64>) {
  ^bb0(%in: f64, %out: f64):
    %0 = arith.addf %in, %out : f64
    linalg.yield %0 : f64
  } -> tensor<1x?x1xf64>
  %init = linalg.fill ins(%zero : f32) outs(%r : tensor<1x?x1xf32>) -> tensor<1x?x1xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x : tensor<1x?x36xf32>) outs(%init : tensor<1x?x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.addf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<1x?x1xf32>
  %rstd = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%sumsq : tensor<1x?x1xf64>) outs(%r : tensor<1x?x1xf32>) {
  ^bb0(%in: f64, %out: f32):
    %0 = arith.divf %in, %n64 : f64
    %1 = arith.truncf %0 : f64 to f32
    %2 = arith.truncf %eps : f64 to f32
    %3 = arith.addf %1, %2 : f32
    %4 = math.rsqrt %3 : f32
    linalg.yield %4 : f32
  } -> tensor<1x?x1xf32>
  %normalized = linalg.generic {indexing_maps = [#id, #row, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %sum, %rstd : tensor<1x?x36xf32>, tensor<1x?x1xf32>, tensor<1x?x1xf32>) outs(%e : tensor<1x?x36xf32>) {
  ^bb0(%in: f32, %s: f32, %d: f32, %out: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.subf %in, %0 : f32
    %2 = arith.mulf %1, %d : f32
    linalg.yield %2 : f32
  } -> tensor<1x?x36xf32>
  %scaled = linalg.generic {indexing_maps = [#id, #last, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%normalized, %gamma : tensor<1x?x36xf32>, tensor<36xf32>) outs(%e : tensor<1x?x36xf32>) {
  ^bb0(%in: f32, %g: f32, %out: f32):
    %0 = arith.mulf %g, %in : f32
    linalg.yield %0 : f32
  } -> tensor<1x?x36xf32>
  %result = linalg.generic {indexing_maps = [#id, #last, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%scaled, %beta : tensor<1x?x36xf32>, tensor<36xf32>) outs(%e : tensor<1x?x36xf32>) {
  ^bb0(%in: f32, %b: f32, %out: f32):
    %0 = arith.addf %in, %b : f32
    linalg.yield %0 : f32
  } -> tensor<1x?x36xf32>
  return %result : tensor<1x?x36xf32>
}

// -----

#id = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#outer = affine_map<(d0, d1, d2) -> (d0)>
#inner = affine_map<(d0, d1, d2) -> (0, d1, d2)>

// Two trailing dimensions, 1 / sqrt, x^2, gamma multiplied first, with a unit dimension in front.
// CHECK-LABEL: @rms_norm_over_two_dimensions
// CHECK: %[[G:.*]] = tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : tensor<1x4x8xf32> into tensor<4x8xf32>
// CHECK: tw.rms_norm axis(1) epsilon(1.250000e-01) ins(%{{.*}} : tensor<2x4x8xf32>) gamma(%[[G]] : tensor<4x8xf32>) outs(
func.func @rms_norm_over_two_dimensions(%x: tensor<2x4x8xf32>, %gamma: tensor<1x4x8xf32>, %e: tensor<2x4x8xf32>, %r: tensor<2xf32>) -> tensor<2x4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %inverse = arith.constant 0.03125 : f32
  %eps = arith.constant 0.125 : f32
  %two = arith.constant 2 : i64
  %init = linalg.fill ins(%zero : f32) outs(%r : tensor<2xf32>) -> tensor<2xf32>
  %sum = linalg.generic {indexing_maps = [#id, #outer], iterator_types = ["parallel", "reduction", "reduction"]} ins(%x : tensor<2x4x8xf32>) outs(%init : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.fpowi %in, %two : f32, i64
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2xf32>
  %result = linalg.generic {indexing_maps = [#id, #outer, #inner, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %sum, %gamma : tensor<2x4x8xf32>, tensor<2xf32>, tensor<1x4x8xf32>) outs(%e : tensor<2x4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %g: f32, %out: f32):
    %0 = arith.mulf %s, %inverse : f32
    %1 = arith.addf %eps, %0 : f32
    %2 = math.sqrt %1 : f32
    %3 = arith.divf %one, %2 : f32
    %4 = arith.mulf %g, %in : f32
    %5 = arith.mulf %4, %3 : f32
    linalg.yield %5 : f32
  } -> tensor<2x4x8xf32>
  return %result : tensor<2x4x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Divided by one less than the length of the row.
// CHECK-LABEL: @no_biased_variance
// CHECK-NOT: {{_norm}}
// CHECK: math.rsqrt
func.func @no_biased_variance(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %eps: f32, %e: tensor<4x8xf32>, %r: tensor<4xf32>) -> tensor<4x8xf32> {
  %zero = arith.constant 0.0 : f32
  %n = arith.constant 7.0 : f32
  %c = arith.constant 1.0e-05 : f32
  %init = linalg.fill ins(%zero : f32) outs(%r : tensor<4xf32>) -> tensor<4xf32>
  %sum = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x8xf32>) outs(%init : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %in : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  %result = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %sum : tensor<4x8xf32>, tensor<4xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %s: f32, %out: f32):
    %0 = arith.divf %s, %n : f32
    %1 = arith.addf %0, %c : f32
    %2 = math.rsqrt %1 : f32
    %3 = arith.mulf %in, %2 : f32
    linalg.yield %3 : f32
  } -> tensor<4x8xf32>
  return %result : tensor<4x8xf32>
}
