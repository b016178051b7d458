// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-prefetch-panels))' | FileCheck %s

// 16 row tiles read a panel of 384 x 32: with each row of it, a sixteenth of a row of the next one.

// CHECK: #[[NEXT:.+]] = affine_map<()[s0] -> (s0 + 1, 95)>
// CHECK-LABEL: func.func @matmul
// CHECK: %[[FLAT:.+]] = memref.collapse_shape %{{.+}} {{\[}}[0, 1, 2]] : memref<96x384x32xi32> into memref<1179648xi32>
// CHECK: scf.forall (%[[N:.+]]) in (96)
// CHECK: %[[LAST:.+]] = affine.min #[[NEXT]]()[%[[N]]]
// CHECK: scf.for %[[I:.+]] =
// CHECK: scf.for %[[K:.+]] =
// CHECK: %[[BEGIN:.+]] = affine.apply {{.+}}%[[LAST]]
// CHECK: %[[PART:.+]] = arith.divui %{{.+}}, %{{.+}} : index
// CHECK: %[[AT:.+]] = arith.addi %[[BEGIN]], %[[PART]] : index
// CHECK: memref.prefetch %[[FLAT]][%[[AT]]], read, locality<2>, data : memref<1179648xi32>
// CHECK-NEXT: vector.transfer_read
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @matmul(%w: memref<96x384x32xi32>, %o: memref<96x128x32xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c128 = arith.constant 128 : index
  %c384 = arith.constant 384 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0> : vector<32xi32>
  scf.forall (%n) in (96) {
    %p = memref.subview %w[%n, 0, 0] [1, 384, 32] [1, 1, 1] : memref<96x384x32xi32> to memref<384x32xi32, strided<[32, 1], offset: ?>>
    scf.for %i = %c0 to %c128 step %c8 {
      %r = scf.for %k = %c0 to %c384 step %c1 iter_args(%acc = %zero) -> (vector<32xi32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<384x32xi32, strided<[32, 1], offset: ?>>, vector<32xi32>
        %s = arith.addi %acc, %v : vector<32xi32>
        scf.yield %s : vector<32xi32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true]} : vector<32xi32>, memref<96x128x32xi32>
    }
  }
  return
}
}

// -----

// The number of row tiles is known in the call only: the first eight fetch, and those of the rest
// fetch the same parts. The reduction runs in blocks, whose inner loop starts where the outer one
// is.

// CHECK: #[[FIRST:.+]] = affine_map<()[s0] -> (s0 floordiv 8, 7)>
// CHECK-LABEL: func.func @dynamic
// CHECK: scf.for %[[I:.+]] =
// CHECK: affine.min #[[FIRST]]()[%[[I]]]
// CHECK: memref.prefetch
// CHECK: scf.for %[[REST:[a-z0-9]+]] = %[[WHOLE:[a-z0-9]+]] to
// CHECK: affine.min #{{.+}}()[%[[REST]], %[[WHOLE]]]
// CHECK: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @dynamic(%w: memref<4x256x16xf32>, %o: memref<4x?x16xf32>, %whole: index, %rows: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 256, 16] [1, 1, 1] : memref<4x256x16xf32> to memref<256x16xf32, strided<[16, 1], offset: ?>>
    scf.for %i = %c0 to %whole step %c8 {
      %r = scf.for %b = %c0 to %c256 step %c64 iter_args(%outer = %zero) -> (vector<16xf32>) {
        %end = arith.addi %b, %c64 : index
        %t = scf.for %k = %b to %end step %c1 iter_args(%acc = %outer) -> (vector<16xf32>) {
          %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
          %s = arith.addf %acc, %v : vector<16xf32>
          scf.yield %s : vector<16xf32>
        }
        scf.yield %t : vector<16xf32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x?x16xf32>
    }
    scf.for %i = %whole to %rows step %c1 {
      %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
        %s = arith.addf %acc, %v : vector<16xf32>
        scf.yield %s : vector<16xf32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x?x16xf32>
    }
  }
  return
}
}

// -----

// A last tile of fewer rows reads the panel as well: 7 walks, each of which fetches a seventh.

// CHECK: #[[SEVENTH:.+]] = affine_map<()[s0] -> (s0 * 4096 + 3510)>
// CHECK-LABEL: func.func @rest
// CHECK: scf.for
// CHECK: memref.prefetch
// CHECK: %[[BEGIN:.+]] = affine.apply #[[SEVENTH]]
// CHECK: %[[PART:.+]] = arith.divui %{{.+}}, %c7{{.*}} : index
// CHECK: arith.addi %[[BEGIN]], %[[PART]] : index
// CHECK: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @rest(%w: memref<4x256x16xf32>, %o: memref<4x49x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c48 = arith.constant 48 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 256, 16] [1, 1, 1] : memref<4x256x16xf32> to memref<256x16xf32, strided<[16, 1], offset: ?>>
    scf.for %i = %c0 to %c48 step %c8 {
      %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
        %s = arith.addf %acc, %v : vector<16xf32>
        scf.yield %s : vector<16xf32>
      }
      vector.transfer_write %r, %o[%n, %i, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x49x16xf32>
    }
    %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    vector.transfer_write %r, %o[%n, %c48, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x49x16xf32>
  }
  return
}
}

// -----

// Read by one row tile: the processor sees a stream by itself.

// CHECK-LABEL: func.func @no_single_tile
// CHECK-NOT: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @no_single_tile(%w: memref<4x256x16xf32>, %o: memref<4x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%n) in (4) {
    %p = memref.subview %w[%n, 0, 0] [1, 256, 16] [1, 1, 1] : memref<4x256x16xf32> to memref<256x16xf32, strided<[16, 1], offset: ?>>
    %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
      %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
      %s = arith.addf %acc, %v : vector<16xf32>
      scf.yield %s : vector<16xf32>
    }
    vector.transfer_write %r, %o[%n, %c0] {in_bounds = [true]} : vector<16xf32>, memref<4x16xf32>
  }
  return
}
}

// -----

// The matrices of a batch follow one another: the panel after the last of one is the first of the
// next.

// CHECK: #[[NEXT:.+]] = affine_map<()[s0, s1] -> (s0 * 4 + s1 + 1, 63)>
// CHECK-LABEL: func.func @batch
// CHECK: scf.forall (%[[I:.+]], %[[N:.+]]) in (16, 4)
// CHECK: affine.min #[[NEXT]]()[%[[I]], %[[N]]]
// CHECK: memref.prefetch
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @batch(%w: memref<16x4x256x16xf32>, %o: memref<16x4x64x16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c64 = arith.constant 64 : index
  %c256 = arith.constant 256 : index
  %pad = arith.constant 0.0 : f32
  %zero = arith.constant dense<0.0> : vector<16xf32>
  scf.forall (%b, %n) in (16, 4) {
    %p = memref.subview %w[%b, %n, 0, 0] [1, 1, 256, 16] [1, 1, 1, 1] : memref<16x4x256x16xf32> to memref<256x16xf32, strided<[16, 1], offset: ?>>
    scf.for %i = %c0 to %c64 step %c8 {
      %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
        %v = vector.transfer_read %p[%k, %c0], %pad {in_bounds = [true]} : memref<256x16xf32, strided<[16, 1], offset: ?>>, vector<16xf32>
        %s = arith.addf %acc, %v : vector<16xf32>
        scf.yield %s : vector<16xf32>
      }
      vector.transfer_write %r, %o[%b, %n, %i, %c0] {in_bounds = [true]} : vector<16xf32>, memref<16x4x64x16xf32>
    }
  }
  return
}
}
