// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-prefetch-panels))' | FileCheck %s

// Read by one row tile of 5 rows: both lines of the vector that follows 8 KiB behind, but nothing
// beyond the tensor.

// CHECK: #[[BEGIN:.+]] = affine_map<()[s0] -> (s0 * 262144 + 2048, 786432)>
// CHECK-LABEL: func.func @one_tile
// CHECK: %[[FLAT:.+]] = memref.collapse_shape %{{.+}} {{\[}}[0, 1, 2]] : memref<4x8192x32xf32> into memref<1048576xf32>
// CHECK: scf.forall (%[[N:.+]]) in (4)
// CHECK: %[[BEGINS:.+]] = affine.min #[[BEGIN]]()[%[[N]]]
// CHECK: scf.for %[[K:[a-z0-9]+]] =
// CHECK: %[[LINE:.+]] = affine.apply {{.+}}[%[[BEGINS]], %[[K]]]
// CHECK: memref.prefetch %[[FLAT]][%[[LINE]]], read, locality<3>, data : memref<1048576xf32>
// CHECK: %[[SECOND:.+]] = affine.apply {{.+}}[%[[BEGINS]], %[[K]]]
// CHECK: memref.prefetch %[[FLAT]][%[[SECOND]]], read, locality<3>, data : memref<1048576xf32>
// CHECK-NEXT: vector.transfer_read
// CHECK-NOT: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @one_tile(%w: memref<4x8192x32xf32>, %x: memref<5x8192xf32>, %o: memref<4x5x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c8192 = arith.constant 8192 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<32xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 8192, 32] [1, 1, 1] : memref<4x8192x32xf32> to memref<8192x32xf32, strided<[32, 1], offset: ?>>
    %r:5 = scf.for %k = %c0 to %c8192 step %c1 iter_args(%a = %zero, %b = %zero, %c = %zero, %d = %zero, %e = %zero) -> (vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>) {
      %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<8192x32xf32, strided<[32, 1], offset: ?>>, vector<32xf32>
      %s0 = arith.addf %a, %v : vector<32xf32>
      %s1 = arith.subf %b, %v : vector<32xf32>
      %s2 = arith.mulf %c, %v : vector<32xf32>
      %s3 = arith.maximumf %d, %v : vector<32xf32>
      %s4 = arith.minimumf %e, %v : vector<32xf32>
      scf.yield %s0, %s1, %s2, %s3, %s4 : vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>, vector<32xf32>
    }
    vector.transfer_write %r#0, %o[%n, %c0, %c0] {in_bounds = [true]} : vector<32xf32>, memref<4x5x32xf32>
    vector.transfer_write %r#1, %o[%n, %c1, %c0] {in_bounds = [true]} : vector<32xf32>, memref<4x5x32xf32>
    vector.transfer_write %r#2, %o[%n, %c2, %c0] {in_bounds = [true]} : vector<32xf32>, memref<4x5x32xf32>
    vector.transfer_write %r#3, %o[%n, %c3, %c0] {in_bounds = [true]} : vector<32xf32>, memref<4x5x32xf32>
    vector.transfer_write %r#4, %o[%n, %c4, %c0] {in_bounds = [true]} : vector<32xf32>, memref<4x5x32xf32>
  }
  return
}
}

// -----

// A panel that is larger than the second-level cache comes anew for each row tile, of which there
// are as many as the call has rows.

// CHECK-LABEL: func.func @dynamic_rows
// CHECK: scf.for
// CHECK: scf.for
// CHECK: memref.prefetch %{{.+}}, read, locality<3>, data : memref<1048576xf32>
// CHECK-NEXT: vector.transfer_read
// CHECK-NOT: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @dynamic_rows(%w: memref<4x16384x16xf32>, %o: memref<4x?x16xf32>, %rows: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16384 = arith.constant 16384 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 16384, 16] [1, 1, 1] : memref<4x16384x16xf32> to memref<16384x16xf32, strided<[16, 1], offset: ?>>
    scf.for %i = %c0 to %rows step %c1 {
      %r:5 = scf.for %k = %c0 to %c16384 step %c1 iter_args(%a = %zero, %b = %zero, %c = %zero, %d = %zero, %e = %zero) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<16384x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
        %s = arith.addf %a, %v : vector<16xf32>
        scf.yield %b, %c, %d, %e, %s : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
      }
      vector.transfer_write %r#0, %o[%n, %i, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x?x16xf32>
    }
  }
  return
}

// Of one row: the processor sees a stream by itself.

// CHECK-LABEL: func.func @no_single_row
// CHECK-NOT: memref.prefetch
func.func @no_single_row(%w: memref<4x16384x16xf32>, %o: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16384 = arith.constant 16384 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 16384, 16] [1, 1, 1] : memref<4x16384x16xf32> to memref<16384x16xf32, strided<[16, 1], offset: ?>>
    %r = scf.for %k = %c0 to %c16384 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<16384x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    vector.transfer_write %r, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x16xf32>
  }
  return
}

// All panels stay in the second-level cache from one call to the next.

// CHECK-LABEL: func.func @no_small_tensor
// CHECK-NOT: memref.prefetch
func.func @no_small_tensor(%w: memref<4x256x16xf32>, %o: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 256, 16] [1, 1, 1] : memref<4x256x16xf32> to memref<256x16xf32, strided<[16, 1], offset: ?>>
    %r:5 = scf.for %k = %c0 to %c256 step %c1 iter_args(%a = %zero, %b = %zero, %c = %zero, %d = %zero, %e = %zero) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
      %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %a, %v : vector<16xf32>
      scf.yield %b, %c, %d, %e, %s : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
    }
    vector.transfer_write %r#0, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x16xf32>
  }
  return
}
}
