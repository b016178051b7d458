// RUN: tw-opt %s -tw-distribute-groups -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

// The fill, the contraction and the epilogue are in one parallel loop; 70 = 2 x 32 + 6 columns are
// split, and the rest of 6 is smaller than a tile and not distributed.
// CHECK-LABEL: @matmul_and_epilogue
// CHECK: scf.forall (%{{.*}}) = (0) to (64) step (32)
// CHECK:   linalg.fill {{.*}} -> tensor<64x32xf32>
// CHECK:   linalg.matmul {{.*}} -> tensor<64x32xf32>
// CHECK:   linalg.exp {tw.schedule = #tw.schedule<registers = [8, 32], lanes = 16>} {{.*}} -> tensor<64x32xf32>
// CHECK:   tensor.parallel_insert_slice
// CHECK: tw.group_number = 0 : i64
// CHECK: linalg.fill {{.*}} -> tensor<64x6xf32>
// CHECK: linalg.matmul {{.*}} -> tensor<64x6xf32>
// CHECK: linalg.exp {{.*}} -> tensor<64x6xf32>
// CHECK-NOT: tw.group
func.func @matmul_and_epilogue(%a: tensor<64x16xf32>, %b: tensor<16x70xf32>) -> tensor<64x70xf32> {
  %zero = arith.constant 0.0 : f32
  %r = tw.group schedule(<distribute = [0, 32], registers = [8, 32], lanes = 16>) -> tensor<64x70xf32> {
    %e = tensor.empty() : tensor<64x70xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x70xf32>) -> tensor<64x70xf32>
    %m = linalg.matmul ins(%a, %b : tensor<64x16xf32>, tensor<16x70xf32>) outs(%f : tensor<64x70xf32>) -> tensor<64x70xf32>
    %x = linalg.exp ins(%m : tensor<64x70xf32>) outs(%e : tensor<64x70xf32>) -> tensor<64x70xf32>
    tw.yield %x : tensor<64x70xf32>
  }
  return %r : tensor<64x70xf32>
}

// -----

// A dynamic dimension is not split: its last tile is smaller.
// CHECK-LABEL: @dynamic
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (64)
// CHECK:   affine.min
// CHECK:   linalg.exp {{.*}} -> tensor<?x16xf32>
func.func @dynamic(%a: tensor<?x16xf32>, %e: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %r = tw.group schedule(<distribute = [64, 0], registers = [4, 16]>) -> tensor<?x16xf32> {
    %x = linalg.exp ins(%a : tensor<?x16xf32>) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
    tw.yield %x : tensor<?x16xf32>
  }
  return %r : tensor<?x16xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// What asserts is computed in the tasks and nowhere else.
// CHECK-LABEL: @asserted_once
// CHECK-NOT: tw.assert
// CHECK: scf.forall
// CHECK: tw.assert
// CHECK-NOT: tw.assert
func.func @asserted_once(%table: tensor<100x16xf32>, %ids: tensor<?xi64>, %e: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %c100 = arith.constant 100 : index
  %g = tw.group schedule(<distribute = [8, 0]>) -> tensor<?x16xf32> {
    %r = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xi64>) outs(%e : tensor<?x16xf32>) {
    ^bb0(%in: i64, %out: f32):
      %i = arith.index_cast %in : i64 to index
      %j = linalg.index 1 : index
      %ok = arith.cmpi ult, %i, %c100 : index
      tw.assert %ok, "index out of range"
      %v = tensor.extract %table[%i, %j] : tensor<100x16xf32>
      linalg.yield %v : f32
    } -> tensor<?x16xf32>
    tw.yield %r : tensor<?x16xf32>
  }
  return %g : tensor<?x16xf32>
}

// -----

// Loops with the same bounds and the same result, as in each layer of a model, have numbers of their
// own.
// CHECK-LABEL: @alike
// CHECK: tw.group_number = 0 : i64
// CHECK: tw.group_number = 1 : i64
func.func @alike(%a: tensor<64x16xf32>, %b: tensor<64x16xf32>, %e: tensor<64x16xf32>) -> (tensor<64x16xf32>, tensor<64x16xf32>) {
  %r = tw.group schedule(<distribute = [16, 0], registers = [4, 16]>) -> tensor<64x16xf32> {
    %x = linalg.exp ins(%a : tensor<64x16xf32>) outs(%e : tensor<64x16xf32>) -> tensor<64x16xf32>
    tw.yield %x : tensor<64x16xf32>
  }
  %s = tw.group schedule(<distribute = [16, 0], registers = [4, 16]>) -> tensor<64x16xf32> {
    %x = linalg.exp ins(%b : tensor<64x16xf32>) outs(%e : tensor<64x16xf32>) -> tensor<64x16xf32>
    tw.yield %x : tensor<64x16xf32>
  }
  return %r, %s : tensor<64x16xf32>, tensor<64x16xf32>
}

// -----

// CHECK-LABEL: @no_loop_without_distribution
// CHECK-NOT: scf.forall
// CHECK: linalg.exp {tw.schedule
func.func @no_loop_without_distribution(%a: tensor<4x16xf32>, %e: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %r = tw.group schedule(<distribute = [0, 0], registers = [4, 16]>) -> tensor<4x16xf32> {
    %x = linalg.exp ins(%a : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
    tw.yield %x : tensor<4x16xf32>
  }
  return %r : tensor<4x16xf32>
}

// -----

func.func @no_schedule(%a: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{group without a schedule; run tw-select-schedule first}}
  %r = tw.group -> tensor<4xf32> {
    %x = linalg.exp ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    tw.yield %x : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}
