// RUN: tw-opt %s -tw-tile-registers -canonicalize -split-input-file | FileCheck %s

// 21 rows are two tiles of 8 and a tile of 5; all of them are static.
// CHECK-LABEL: @matmul
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c8
// CHECK:   linalg.matmul {{.*}} -> tensor<8x32xf32>
// CHECK:   linalg.exp ins({{.*}} -> tensor<8x32xf32>
// CHECK: linalg.matmul {{.*}} -> tensor<5x32xf32>
// CHECK: linalg.exp ins({{.*}} -> tensor<5x32xf32>
func.func @matmul(%a: tensor<21x16xf32>, %b: tensor<16x32xf32>, %c: tensor<21x32xf32>, %e: tensor<21x32xf32>) -> tensor<21x32xf32> {
  %m = linalg.matmul ins(%a, %b : tensor<21x16xf32>, tensor<16x32xf32>) outs(%c : tensor<21x32xf32>) -> tensor<21x32xf32>
  %x = linalg.exp {tw.schedule = #tw.schedule<registers = [8, 32]>} ins(%m : tensor<21x32xf32>) outs(%e : tensor<21x32xf32>) -> tensor<21x32xf32>
  return %x : tensor<21x32xf32>
}

// -----

// Whole tiles of 8 rows, then one row at a time.
// CHECK-LABEL: @dynamic_rows
// CHECK: scf.for {{.*}} step %c8
// CHECK:   linalg.exp {{.*}} -> tensor<8x32xf32>
// CHECK: scf.for {{.*}} step %c1
// CHECK:   linalg.exp {{.*}} -> tensor<1x32xf32>
func.func @dynamic_rows(%a: tensor<?x32xf32>, %e: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %x = linalg.exp {tw.schedule = #tw.schedule<registers = [8, 32]>} ins(%a : tensor<?x32xf32>) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

// What is left of the rows of a contraction: 4, 2 and 1, each at most once.
// CHECK-LABEL: @dynamic_rows_of_contraction
// CHECK: scf.for {{.*}} step %c8
// CHECK:   linalg.matmul {{.*}} -> tensor<8x32xf32>
// CHECK: scf.for {{.*}} step %c4
// CHECK:   linalg.matmul {{.*}} -> tensor<4x32xf32>
// CHECK: scf.for {{.*}} step %c2
// CHECK:   linalg.matmul {{.*}} -> tensor<2x32xf32>
// CHECK: scf.for {{.*}} step %c1
// CHECK:   linalg.matmul {{.*}} -> tensor<1x32xf32>
// CHECK-NOT: affine.min
func.func @dynamic_rows_of_contraction(%a: tensor<?x16xf32>, %b: tensor<16x32xf32>, %e: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %x = linalg.matmul {tw.schedule = #tw.schedule<registers = [8, 32]>} ins(%a, %b : tensor<?x16xf32>, tensor<16x32xf32>) outs(%e : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// -----

// CHECK-LABEL: @no_schedule_no_tile
// CHECK-NOT: scf.for
// CHECK: linalg.exp
func.func @no_schedule_no_tile(%a: tensor<4x32xf32>, %e: tensor<4x32xf32>) -> tensor<4x32xf32> {
  %x = linalg.exp ins(%a : tensor<4x32xf32>) outs(%e : tensor<4x32xf32>) -> tensor<4x32xf32>
  return %x : tensor<4x32xf32>
}

// -----

// The sums are one tile as they are, and stay in front of the loop, which would otherwise add up the
// row again for each of its tiles.
// CHECK-LABEL: @no_fusion_of_a_single_tile
// CHECK: linalg.reduce
// CHECK: scf.for
// CHECK-NOT: linalg.reduce
// CHECK: linalg.generic
func.func @no_fusion_of_a_single_tile(%x: tensor<4x512xf32>, %c: tensor<4xf32>, %e: tensor<4x512xf32>) -> tensor<4x512xf32> {
  %s = linalg.reduce { arith.addf } ins(%x : tensor<4x512xf32>) outs(%c : tensor<4xf32>) dimensions = [1] {tw.schedule = #tw.schedule<registers = [4]>}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
       ins(%x, %s : tensor<4x512xf32>, tensor<4xf32>) outs(%e : tensor<4x512xf32>) attrs = {tw.schedule = #tw.schedule<registers = [1, 64]>} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %d = arith.divf %a, %b : f32
    linalg.yield %d : f32
  } -> tensor<4x512xf32>
  return %r : tensor<4x512xf32>
}
