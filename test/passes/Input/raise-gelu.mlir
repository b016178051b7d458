// RUN: tw-opt %s -tw-raise-gelu -split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: @erf_in_one_body
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[Y:.*]] = tw.gelu %[[X]] : f32
// CHECK-NEXT: linalg.yield %[[Y]]
func.func @erf_in_one_body(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %root = arith.constant 1.41421354 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.divf %in, %root : f32
    %1 = math.erf %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %2, %half : f32
    %4 = arith.mulf %in, %3 : f32
    linalg.yield %4 : f32
  } -> tensor<?x8xf32>
  return %r : tensor<?x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The bias is added in the same body and GELU is gated: x is a value of the body. Multiplied out.
// CHECK-LABEL: @erf_of_a_sum_in_the_body
// CHECK: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[G:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[X:.*]] = arith.addf %[[A]], %[[B]]
// CHECK-NEXT: %[[Y:.*]] = tw.gelu %[[X]] : f32
// CHECK-NEXT: arith.mulf %[[Y]], %[[G]]
// CHECK-NEXT: linalg.yield
func.func @erf_of_a_sum_in_the_body(%a: tensor<4x8xf32>, %b: tensor<8xf32>, %g: tensor<4x8xf32>, %e: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %root = arith.constant 0.707106769 : f32
  %half = arith.constant 0.5 : f32
  %r = linalg.generic {indexing_maps = [#id, affine_map<(d0, d1) -> (d1)>, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%a, %b, %g : tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %bias: f32, %gate: f32, %out: f32):
    %x = arith.addf %in, %bias : f32
    %0 = arith.mulf %root, %x : f32
    %1 = math.erf %0 : f32
    %2 = arith.mulf %x, %half : f32
    %3 = arith.mulf %2, %1 : f32
    %4 = arith.addf %2, %3 : f32
    %5 = arith.mulf %4, %gate : f32
    linalg.yield %5 : f32
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// GPT-2's form: an operation for each step, constants rounded from f64.
// CHECK-LABEL: @tanh_over_a_chain
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor<4x8xf32>
// CHECK: linalg.generic {{.*}} ins(%[[X]] : tensor<4x8xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: %[[Y:.*]] = tw.gelu %[[IN]] approximate = tanh : f32
// CHECK-NEXT: linalg.yield %[[Y]]
// CHECK-NOT: linalg.generic
func.func @tanh_over_a_chain(%x: tensor<4x8xf32>, %e: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %k = arith.constant 0.79788456080286541 : f64
  %c = arith.constant 4.471500e-02 : f64
  %three = arith.constant 3 : i64
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %7 = arith.mulf %in, %half : f32
    linalg.yield %7 : f32
  } -> tensor<4x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %7 = math.fpowi %in, %three : f32, i64
    %8 = arith.truncf %c : f64 to f32
    %9 = arith.mulf %7, %8 : f32
    linalg.yield %9 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %1 : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %7 = arith.addf %a, %b : f32
    linalg.yield %7 : f32
  } -> tensor<4x8xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %7 = arith.truncf %k : f64 to f32
    %8 = arith.mulf %in, %7 : f32
    %9 = math.tanh %8 : f32
    %10 = arith.addf %9, %one : f32
    linalg.yield %10 : f32
  } -> tensor<4x8xf32>
  %4 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %3 : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %7 = arith.mulf %a, %b : f32
    linalg.yield %7 : f32
  } -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: @no_other_constant
// CHECK-NOT: tw.gelu
// CHECK: math.tanh
func.func @no_other_constant(%x: tensor<8xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %k = arith.constant 0.797884583 : f32
  %c = arith.constant 4.472000e-02 : f32
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.mulf %in, %in : f32
    %1 = arith.mulf %0, %c : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %in, %2 : f32
    %4 = arith.mulf %3, %k : f32
    %5 = math.tanh %4 : f32
    %6 = arith.addf %5, %one : f32
    %7 = arith.mulf %in, %6 : f32
    %8 = arith.mulf %7, %half : f32
    linalg.yield %8 : f32
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// The value outside of erf is not the one inside.
// CHECK-LABEL: @no_two_inputs
// CHECK-NOT: tw.gelu
// CHECK: math.erf
func.func @no_two_inputs(%x: tensor<8xf32>, %y: tensor<8xf32>, %e: tensor<8xf32>) -> tensor<8xf32> {
  %root = arith.constant 0.707106769 : f32
  %half = arith.constant 0.5 : f32
  %one = arith.constant 1.0 : f32
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %y : tensor<8xf32>, tensor<8xf32>) outs(%e : tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %root, %a : f32
    %1 = math.erf %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %b, %half : f32
    %4 = arith.mulf %3, %2 : f32
    linalg.yield %4 : f32
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}
