// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-prefetch-rows),cse)' | FileCheck %s

// Two walks over four rows: the first one, which reads all four at a time, fetches two rows of the
// next task; the second one, which goes row by row, the other two: half a vector with each that it
// reads.

// CHECK-DAG: #[[NEXT:.+]] = affine_map<()[s0] -> (s0 + 4, 6140)>
// CHECK-DAG: #[[PLUS1:.+]] = affine_map<()[s0] -> (s0 + 1)>
// CHECK-DAG: #[[PLUS4:.+]] = affine_map<()[s0] -> (s0 + 4)>
// CHECK-DAG: #[[HALVES:.+]] = affine_map<()[s0, s1] -> (s0 * 512 + s1)>
// CHECK-LABEL: func.func @two_walks
// CHECK-SAME: %[[X:[^:]+]]: memref<6144x1024xf32>
// CHECK: scf.forall (%[[N:.+]]) = (0) to (6144) step (4)
// CHECK: %[[BEGIN:.+]] = affine.min #[[NEXT]]()[%[[N]]]
// CHECK: scf.for %[[I:[^ ]+]] = %c0 to %c1024
// CHECK: memref.prefetch %[[X]][%[[BEGIN]], %[[I]]], read, locality<2>, data : memref<6144x1024xf32>
// CHECK: %[[ROW:.+]] = affine.apply #[[PLUS1]]()[%[[BEGIN]]]
// CHECK: memref.prefetch %[[X]][%[[ROW]], %[[I]]]
// CHECK-NOT: memref.prefetch
// CHECK: scf.yield
// CHECK: scf.for %[[J:[^ ]+]] =
// CHECK: scf.for %[[I:[^ ]+]] =
// CHECK: %[[PLACE:.+]] = affine.apply #[[PLUS4]]()[%[[J]]]
// CHECK: %[[PART:.+]] = arith.remui %[[PLACE]], %c2
// CHECK: %[[COLUMN:.+]] = arith.divui %[[I]], %c2
// CHECK: %[[ROW:.+]] = arith.divui %[[PLACE]], %c2
// CHECK: %[[AT:.+]] = affine.apply #[[HALVES]]()[%[[PART]], %[[COLUMN]]]
// CHECK: memref.prefetch %[[X]][%{{.+}}, %[[AT]]]
// CHECK-NEXT: vector.transfer_read
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @two_walks(%x: memref<6144x1024xf32>, %o: memref<6144x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) = (0) to (6144) step (4) {
    %p = memref.subview %x[%n, 0] [4, 1024] [1, 1] : memref<6144x1024xf32> to memref<4x1024xf32, strided<[1024, 1], offset: ?>>
    %r = scf.for %i = %c0 to %c1024 step %c16 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v0 = vector.transfer_read %p[%c0, %i], %pad {in_bounds = [true]} : memref<4x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %v1 = vector.transfer_read %p[%c1, %i], %pad {in_bounds = [true]} : memref<4x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %v2 = vector.transfer_read %p[%c2, %i], %pad {in_bounds = [true]} : memref<4x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %v3 = vector.transfer_read %p[%c3, %i], %pad {in_bounds = [true]} : memref<4x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %s0 = arith.addf %v0, %v1 : vector<16xf32>
      %s1 = arith.addf %v2, %v3 : vector<16xf32>
      %s2 = arith.addf %s0, %s1 : vector<16xf32>
      %s = arith.addf %acc, %s2 : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    scf.for %j = %c0 to %c4 step %c1 {
      scf.for %i = %c0 to %c1024 step %c16 {
        %q = memref.subview %p[%j, %i] [1, 16] [1, 1] : memref<4x1024xf32, strided<[1024, 1], offset: ?>> to memref<1x16xf32, strided<[1024, 1], offset: ?>>
        %v = vector.transfer_read %q[%c0, %c0], %pad {in_bounds = [true]} : memref<1x16xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
        %s = arith.mulf %v, %r : vector<16xf32>
        vector.transfer_write %s, %o[%n, %i] {in_bounds = [true]} : vector<16xf32>, memref<6144x1024xf32>
      }
    }
  }
  return
}

// A single walk is a stream, which the processor sees by itself.

// CHECK-LABEL: func.func @no_single_walk
// CHECK-NOT: memref.prefetch
func.func @no_single_walk(%x: memref<6144x1024xf32>, %o: memref<6144x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (6144) {
    %p = memref.subview %x[%n, 0] [1, 1024] [1, 1] : memref<6144x1024xf32> to memref<1x1024xf32, strided<[1024, 1], offset: ?>>
    %r = scf.for %i = %c0 to %c1024 step %c16 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%c0, %i], %pad {in_bounds = [true]} : memref<1x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    vector.transfer_write %r, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<6144x16xf32>
  }
  return
}

// What fits into the second-level cache has been left there by who wrote it.

// CHECK-LABEL: func.func @no_small_tensor
// CHECK-NOT: memref.prefetch
func.func @no_small_tensor(%x: memref<128x1024xf32>, %o: memref<128x16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (128) {
    %p = memref.subview %x[%n, 0] [1, 1024] [1, 1] : memref<128x1024xf32> to memref<1x1024xf32, strided<[1024, 1], offset: ?>>
    %a = scf.for %i = %c0 to %c1024 step %c16 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%c0, %i], %pad {in_bounds = [true]} : memref<1x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    %b = scf.for %i = %c0 to %c1024 step %c16 iter_args(%acc = %a) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%c0, %i], %pad {in_bounds = [true]} : memref<1x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      %s = arith.mulf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    vector.transfer_write %b, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<128x16xf32>
  }
  return
}

// Any number of rows: the last task may have fewer, and a whole tensor fewer than a task. Loops
// over the rows that are left, or over a few columns, are no walks of their own.

// CHECK-LABEL: func.func @dynamic_rows
// CHECK: scf.forall
// CHECK: affine.min
// CHECK: affine.max
// CHECK-COUNT-2: memref.prefetch
// CHECK-NOT: memref.prefetch
func.func @dynamic_rows(%x: memref<?x1024xf32>, %o: memref<?x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %size = memref.dim %x, %c0 : memref<?x1024xf32>
  scf.forall (%n) = (0) to (%size) step (2) {
    %rows = affine.min affine_map<(d0)[s0] -> (-d0 + s0, 2)>(%n)[%size]
    %p = memref.subview %x[%n, 0] [%rows, 1024] [1, 1] : memref<?x1024xf32> to memref<?x1024xf32, strided<[1024, 1], offset: ?>>
    %even = affine.apply affine_map<(d0) -> ((d0 floordiv 2) * 2)>(%rows)
    scf.for %j = %c0 to %even step %c2 {
      %q = memref.subview %p[%j, 0] [2, 1024] [1, 1] : memref<?x1024xf32, strided<[1024, 1], offset: ?>> to memref<2x1024xf32, strided<[1024, 1], offset: ?>>
      scf.for %i = %c0 to %c1024 step %c16 {
        %v = vector.transfer_read %q[%c1, %i], %pad {in_bounds = [true]} : memref<2x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
        vector.transfer_write %v, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<?x16xf32>
      }
    }
    scf.for %j = %even to %rows step %c1 {
      scf.for %i = %c0 to %c1024 step %c16 {
        %v = vector.transfer_read %p[%j, %i], %pad {in_bounds = [true]} : memref<?x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
        vector.transfer_write %v, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<?x16xf32>
      }
    }
    scf.for %j = %c0 to %rows step %c1 {
      scf.for %i = %c0 to %c1024 step %c16 {
        %v = vector.transfer_read %p[%j, %i], %pad {in_bounds = [true]} : memref<?x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
        vector.transfer_write %v, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<?x16xf32>
      }
    }
    scf.for %j = %c0 to %rows step %c1 {
      %v = vector.transfer_read %p[%j, %c0], %pad {in_bounds = [true]} : memref<?x1024xf32, strided<[1024, 1], offset: ?>>, vector<16xf32>
      vector.transfer_write %v, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<?x16xf32>
    }
  }
  return
}
}
