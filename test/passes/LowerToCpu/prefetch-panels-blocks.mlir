// RUN: tw-opt %s -pass-pipeline='builtin.module(func.func(tw-prefetch-panels))' | FileCheck %s

// A panel in blocks of 192 words, each walked by four row tiles: with each tile of 16 words of a
// block, a quarter of the lines of the block that follows it in memory. 4 panels have 73728 words;
// behind the last block there is none.

// CHECK-DAG: #[[SECOND:.+]] = affine_map<()[s0] -> (s0 * 18432 + 6144, 67584)>
// CHECK-DAG: #[[THIRD:.+]] = affine_map<()[s0] -> (s0 * 18432 + 12288, 67584)>
// CHECK-LABEL: func.func @blocks
// CHECK: scf.forall (%[[N:.+]]) in (4)
// CHECK: %[[NEXT:.+]] = affine.min #[[SECOND]]()[%[[N]]]
// CHECK-COUNT-8: memref.prefetch {{.+}} locality<2>
// CHECK-NOT: memref.prefetch
// CHECK: %[[NEXT:.+]] = affine.min #[[THIRD]]()[%[[N]]]
// CHECK-COUNT-8: memref.prefetch {{.+}} locality<2>
// CHECK-NOT: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152>} {
func.func @blocks(%w: memref<4x576x32xi32>, %o: memref<4x128x32xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %c192 = arith.constant 192 : index
  %c384 = arith.constant 384 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0> : vector<16x16xi32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 576, 32] [1, 1, 1] : memref<4x576x32xi32> to memref<576x32xi32, strided<[32, 1], offset: ?>>
    scf.for %i = %c0 to %c128 step %c32 {
      %r = scf.for %k = %c0 to %c192 step %c16 iter_args(%acc = %zero) -> (vector<16x16xi32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true, true]} : memref<576x32xi32, strided<[32, 1], offset: ?>>, vector<16x16xi32>
        %s = arith.addi %acc, %v : vector<16x16xi32>
        scf.yield %s : vector<16x16xi32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true, true]} : vector<16x16xi32>, memref<4x128x32xi32>
    }
    scf.for %i = %c0 to %c128 step %c32 {
      %r = scf.for %k = %c192 to %c384 step %c16 iter_args(%acc = %zero) -> (vector<16x16xi32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true, true]} : memref<576x32xi32, strided<[32, 1], offset: ?>>, vector<16x16xi32>
        %s = arith.addi %acc, %v : vector<16x16xi32>
        scf.yield %s : vector<16x16xi32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true, true]} : vector<16x16xi32>, memref<4x128x32xi32>
    }
  }
  return
}
}
