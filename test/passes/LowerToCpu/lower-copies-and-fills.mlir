// RUN: tw-opt %s -tw-lower-copies-and-fills -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// Whole buffers are one row; the rest of it is a vector that overlaps the last.
// CHECK-LABEL: func.func @whole_buffer
// CHECK-DAG:   %[[C86:.*]] = arith.constant 86 : index
// CHECK-DAG:   %[[C96:.*]] = arith.constant 96 : index
// CHECK-DAG:   %[[S:.*]] = memref.collapse_shape %arg0 {{.*}} into memref<102xf32>
// CHECK-DAG:   %[[T:.*]] = memref.collapse_shape %arg1 {{.*}} into memref<102xf32>
// CHECK:       scf.for %[[I:.*]] = %c0 to %[[C96]] step %c16 {
// CHECK:         %[[V:.*]] = vector.load %[[S]][%[[I]]] : memref<102xf32>, vector<16xf32>
// CHECK:         vector.store %[[V]], %[[T]][%[[I]]] : memref<102xf32>, vector<16xf32>
// CHECK:       %[[LAST:.*]] = vector.load %[[S]][%[[C86]]]
// CHECK:       vector.store %[[LAST]], %[[T]][%[[C86]]]
// CHECK-NEXT:  return
func.func @whole_buffer(%s: memref<2x3x17xf32>, %t: memref<2x3x17xf32>) {
  memref.copy %s, %t : memref<2x3x17xf32> to memref<2x3x17xf32>
  return
}

// The inner two dimensions are contiguous on both sides, the one of size 1 is not there.
// CHECK-LABEL: func.func @rows
// CHECK:       scf.for %[[I:.*]] = %c0 to %c5 step %c1 {
// CHECK:         vector.load %{{.*}}[%[[I]], %c0] : memref<5x12xf32, strided<[24, 1]>>, vector<8xf32>
// CHECK:         vector.load %{{.*}}[%[[I]], %c8] : memref<5x12xf32, strided<[24, 1]>>, vector<4xf32>
func.func @rows(%s: memref<1x5x4x3xf32, strided<[120, 24, 3, 1]>>, %t: memref<1x5x4x3xf32>) {
  memref.copy %s, %t : memref<1x5x4x3xf32, strided<[120, 24, 3, 1]>> to memref<1x5x4x3xf32>
  return
}

// CHECK-LABEL: func.func @strided_elements
// CHECK:       scf.for {{.*}} step %c1 {
// CHECK:         memref.load %{{.*}} : memref<8xf32, strided<[2]>>
// CHECK:         memref.store %{{.*}} : memref<8xf32>
func.func @strided_elements(%s: memref<8xf32, strided<[2]>>, %t: memref<8xf32>) {
  linalg.copy ins(%s : memref<8xf32, strided<[2]>>) outs(%t : memref<8xf32>)
  return
}

// CHECK-LABEL: func.func @scalar_fill
// CHECK-NEXT:  memref.store %arg0, %arg1[] : memref<f32>
func.func @scalar_fill(%v: f32, %t: memref<f32>) {
  linalg.fill ins(%v : f32) outs(%t : memref<f32>)
  return
}

// Large: 64 tasks or more of the leading dimensions.
// CHECK-LABEL: func.func @large_fill
// CHECK:       scf.forall (%[[N:.*]], %[[H:.*]]) in (2, 66) {
// CHECK:         scf.for %[[W:.*]] = %c0 to %c3840 step %c16 {
// CHECK:           %[[V:.*]] = vector.broadcast %arg0 : f32 to vector<16xf32>
// CHECK:           vector.store %[[V]], %{{.*}}[%[[N]], %[[H]], %[[W]]]
func.func @large_fill(%v: f32, %t: memref<2x66x60x64xf32, strided<[300000, 4096, 64, 1]>>) {
  linalg.fill ins(%v : f32) outs(%t : memref<2x66x60x64xf32, strided<[300000, 4096, 64, 1]>>)
  return
}

// Long rows are split.
// CHECK-LABEL: func.func @long_row
// CHECK:       scf.forall (%[[I:.*]]) = (0) to (65536) step (4096) {
// CHECK:         %[[END:.*]] = arith.addi %[[I]], %c4096
// CHECK:         scf.for %{{.*}} = %[[I]] to %[[END]] step %c16 {
func.func @long_row(%s: memref<256x256xf32>, %t: memref<256x256xf32>) {
  memref.copy %s, %t : memref<256x256xf32> to memref<256x256xf32>
  return
}

// CHECK-LABEL: func.func @large_in_a_task
// CHECK:       scf.forall
// CHECK-NOT:   scf.forall
// CHECK:       scf.for %{{.*}} = %c0 to %c65536 step %c16 {
func.func @large_in_a_task(%s: memref<256x256xf32>, %t: memref<256x256xf32>) {
  scf.forall (%i) in (2) {
    memref.copy %s, %t : memref<256x256xf32> to memref<256x256xf32>
  }
  return
}

// Of dynamic sizes, the product decides.
// CHECK-LABEL: func.func @dynamic
// CHECK:       %[[LARGE:.*]] = arith.cmpi uge, %{{.*}}, %c65536 : index
// CHECK:       scf.if %[[LARGE]] {
// CHECK:         scf.forall (%[[I:.*]]) = (0) to (%{{.*}}) step (4096) {
// CHECK:           arith.minui
// CHECK:       } else {
// CHECK:         scf.for {{.*}} step %c16 {
// CHECK:           vector.store
// CHECK:         scf.for {{.*}} step %c1 {
// CHECK:           memref.store
func.func @dynamic(%s: memref<?x8xf32>, %t: memref<?x8xf32>) {
  memref.copy %s, %t : memref<?x8xf32> to memref<?x8xf32>
  return
}

// A size known on one side is known.
// CHECK-LABEL: func.func @half_known
// CHECK-NOT:   scf
// CHECK:       vector.load %arg0[%c0] : memref<?xf32, strided<[1], offset: ?>>, vector<16xf32>
// CHECK-NOT:   scf
// CHECK:       return
func.func @half_known(%s: memref<?xf32, strided<[1], offset: ?>>, %t: memref<16xf32>) {
  memref.copy %s, %t : memref<?xf32, strided<[1], offset: ?>> to memref<16xf32>
  return
}

// Not vectors: as one of those, i1 would be packed bits.
// CHECK-LABEL: func.func @booleans
// CHECK:       scf.for
// CHECK:         memref.load %{{.*}} : memref<32xi1>
func.func @booleans(%s: memref<32xi1>, %t: memref<32xi1>) {
  memref.copy %s, %t : memref<32xi1> to memref<32xi1>
  return
}

// CHECK-LABEL: func.func @no_loop_for_the_same_view
// CHECK-NEXT:  return
func.func @no_loop_for_the_same_view(%m: memref<8x16xf32>, %i: index, %empty: memref<0x16xf32>, %x: memref<0x16xf32>) {
  memref.copy %m, %m : memref<8x16xf32> to memref<8x16xf32>
  %a = memref.subview %m[%i, 0] [2, 16] [1, 1] : memref<8x16xf32> to memref<2x16xf32, strided<[16, 1], offset: ?>>
  %b = memref.subview %m[%i, 0] [2, 16] [1, 1] : memref<8x16xf32> to memref<2x16xf32, strided<[16, 1], offset: ?>>
  %c = memref.cast %b : memref<2x16xf32, strided<[16, 1], offset: ?>> to memref<?x16xf32, strided<[16, 1], offset: ?>>
  memref.copy %a, %c : memref<2x16xf32, strided<[16, 1], offset: ?>> to memref<?x16xf32, strided<[16, 1], offset: ?>>
  memref.copy %empty, %x : memref<0x16xf32> to memref<0x16xf32>
  return
}

// CHECK-LABEL: func.func @other_rows_of_one_buffer
// CHECK:       vector.load
func.func @other_rows_of_one_buffer(%m: memref<8x16xf32>, %i: index, %j: index) {
  %a = memref.subview %m[%i, 0] [2, 16] [1, 1] : memref<8x16xf32> to memref<2x16xf32, strided<[16, 1], offset: ?>>
  %b = memref.subview %m[%j, 0] [2, 16] [1, 1] : memref<8x16xf32> to memref<2x16xf32, strided<[16, 1], offset: ?>>
  memref.copy %a, %b : memref<2x16xf32, strided<[16, 1], offset: ?>> to memref<2x16xf32, strided<[16, 1], offset: ?>>
  return
}

// CHECK-LABEL: func.func @no_conversion
// CHECK-NEXT:  linalg.copy
func.func @no_conversion(%s: memref<8xf16>, %t: memref<8xf32>) {
  linalg.copy ins(%s : memref<8xf16>) outs(%t : memref<8xf32>)
  return
}
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @unranked(%s: memref<*xf32>, %t: memref<*xf32>) {
  // expected-error @below {{on memory of unknown rank ('memref<*xf32>') cannot be lowered; give it a rank by memref.cast}}
  memref.copy %s, %t : memref<*xf32> to memref<*xf32>
  return
}
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute}}
func.func @no_target(%t: memref<4xf32>) {
  return
}
