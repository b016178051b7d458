// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-prefetch-panels))' | FileCheck %s

// Tiles: a step reads 16 rows of 32 words of the panel, and each of four row tiles fetches a quarter
// of as many lines of the next one.

// CHECK-LABEL: func.func @tiles
// CHECK: scf.for %[[K:.+]] =
// CHECK: %[[AT:.+]] = arith.addi %{{.+}}, %{{.+}} : index
// CHECK: memref.prefetch %{{.+}}[%[[AT]]], read, locality<2>
// CHECK: %[[NEXT:.+]] = arith.addi %[[AT]], %c16
// CHECK: memref.prefetch %{{.+}}[%[[NEXT]]], read, locality<2>
// CHECK-COUNT-6: memref.prefetch
// CHECK-NEXT: vector.transfer_read
// CHECK-NOT: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @tiles(%w: memref<96x384x32xi32>, %o: memref<96x128x32xi32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c128 = arith.constant 128 : index
  %c384 = arith.constant 384 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0> : vector<16x16xi32>
  scf.forall (%n) in (96) {
    %p = memref.subview %w[%n, 0, 0] [1, 384, 32] [1, 1, 1] : memref<96x384x32xi32> to memref<384x32xi32, strided<[32, 1], offset: ?>>
    scf.for %i = %c0 to %c128 step %c32 {
      %r = scf.for %k = %c0 to %c384 step %c16 iter_args(%acc = %zero) -> (vector<16x16xi32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true, true]} : memref<384x32xi32, strided<[32, 1], offset: ?>>, vector<16x16xi32>
        %s = arith.addi %acc, %v : vector<16x16xi32>
        %u = vector.transfer_read %p[%k, %c16], %pad {in_bounds = [true, true]} : memref<384x32xi32, strided<[32, 1], offset: ?>>, vector<16x16xi32>
        %t = arith.addi %s, %u : vector<16x16xi32>
        scf.yield %t : vector<16x16xi32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true, true]} : vector<16x16xi32>, memref<96x128x32xi32>
    }
  }
  return
}
}

// -----

// As many row tiles as a call says, but two at most: each fetches half.

// CHECK-LABEL: func.func @at_most_two
// CHECK: scf.for %[[K:.+]] =
// CHECK-COUNT-16: memref.prefetch
// CHECK-NEXT: vector.transfer_read
// CHECK-NOT: memref.prefetch
#tiles = affine_map<()[s0] -> (64, (s0 floordiv 32) * 32)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @at_most_two(%w: memref<96x384x32xi32>, %o: memref<96x?x32xi32>, %rows: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c32 = arith.constant 32 : index
  %c384 = arith.constant 384 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0> : vector<16x16xi32>
  %end = affine.min #tiles()[%rows]
  scf.forall (%n) in (96) {
    %p = memref.subview %w[%n, 0, 0] [1, 384, 32] [1, 1, 1] : memref<96x384x32xi32> to memref<384x32xi32, strided<[32, 1], offset: ?>>
    scf.for %i = %c0 to %end step %c32 {
      %r = scf.for %k = %c0 to %c384 step %c16 iter_args(%acc = %zero) -> (vector<16x16xi32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true, true]} : memref<384x32xi32, strided<[32, 1], offset: ?>>, vector<16x16xi32>
        %s = arith.addi %acc, %v : vector<16x16xi32>
        scf.yield %s : vector<16x16xi32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true, true]} : vector<16x16xi32>, memref<96x?x32xi32>
    }
  }
  return
}
}
