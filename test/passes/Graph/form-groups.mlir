// RUN: tw-opt %s -tw-form-groups -split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: @matmul_takes_fill_and_epilogue
// CHECK: %[[G:.*]] = tw.group -> tensor<?x16xf32> {
// CHECK:   %[[F:.*]] = linalg.fill
// CHECK:   %[[M:.*]] = linalg.matmul {{.*}} outs(%[[F]]
// CHECK:   %[[R:.*]] = linalg.generic {{.*}} ins(%[[M]], %{{.*}}
// CHECK:   tw.yield %[[R]]
// CHECK: return %[[G]]
func.func @matmul_takes_fill_and_epilogue(%a: tensor<?x8xf32>, %b: tensor<8x16xf32>, %bias: tensor<16xf32>, %m: index) -> tensor<?x16xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m) : tensor<?x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x8xf32>, tensor<8x16xf32>) outs(%f : tensor<?x16xf32>) -> tensor<?x16xf32>
  %1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %bias : tensor<?x16xf32>, tensor<16xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<?x16xf32>
  return %1 : tensor<?x16xf32>
}

// -----

// The result of the matmul is used twice: it has to exist, so its consumer starts a new group.
// CHECK-LABEL: @no_epilogue_after_second_use
// CHECK: %[[G:.*]] = tw.group -> tensor<4x16xf32> {
// CHECK:   linalg.matmul
// CHECK-NOT: linalg.exp
// CHECK:   tw.yield
// CHECK: %[[H:.*]] = tw.group -> tensor<4x16xf32> {
// CHECK:   linalg.exp ins(%[[G]]
// CHECK: return %[[G]], %[[H]]
func.func @no_epilogue_after_second_use(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %i: tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %e = tensor.empty() : tensor<4x16xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%i : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = linalg.exp ins(%0 : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0, %1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// A consumer that broadcasts the result would compute it once per copy.
// CHECK-LABEL: @no_epilogue_that_broadcasts
// CHECK: tw.group -> tensor<4xf32> {
// CHECK: tw.group -> tensor<4x16xf32> {
// CHECK-NEXT: tensor.empty
// CHECK-NEXT: linalg.broadcast
func.func @no_epilogue_that_broadcasts(%a: tensor<4xf32>) -> tensor<4x16xf32> {
  %e0 = tensor.empty() : tensor<4xf32>
  %e1 = tensor.empty() : tensor<4x16xf32>
  %0 = linalg.exp ins(%a : tensor<4xf32>) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.broadcast ins(%0 : tensor<4xf32>) outs(%e1 : tensor<4x16xf32>) dimensions = [1]
  return %1 : tensor<4x16xf32>
}

// -----

// CHECK-LABEL: @softmax_takes_producer
// CHECK: tw.group
// CHECK:   linalg.exp
// CHECK:   tw.softmax
// CHECK:   tw.yield
func.func @softmax_takes_producer(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = linalg.exp ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = tw.softmax dimension(1) ins(%0 : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// A thread of a GPU has no place for the row that the producer computes.
// CHECK-LABEL: @no_producer_on_a_gpu
// CHECK: %[[G:.*]] = tw.group
// CHECK:   linalg.exp
// CHECK:   tw.yield
// CHECK: tw.group
// CHECK:   tw.softmax {{.*}} ins(%[[G]]
module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 32, vector_registers = 255, l1_bytes = 196608, l2_bytes = 41943040>} {
  func.func @no_producer_on_a_gpu(%x: tensor<?x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
    %0 = linalg.exp ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
    %1 = tw.softmax dimension(1) ins(%0 : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
    return %1 : tensor<?x8xf32>
  }
}

// -----

// What only checks its input has no result that tasks could share.
// CHECK-LABEL: @no_group_of_a_check
// CHECK-NOT: tw.group
// CHECK: linalg.generic
func.func @no_group_of_a_check(%a: tensor<?xi64>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%a : tensor<?xi64>) {
  ^bb0(%i: i64):
    %c0 = arith.constant 0 : i64
    %0 = arith.cmpi sge, %i, %c0 : i64
    tw.assert %0, "index must not be negative"
    linalg.yield
  }
  return
}
