// RUN: tw-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   -split-input-file | FileCheck %s

// Rows that follow one another are only seen differently.
// CHECK-LABEL: func.func @view_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: memref<?x64xbf16>) -> memref<?x32xi32>
// CHECK-NEXT:  %[[W:.+]] = tw.words %[[X]] : memref<?x64xbf16> -> memref<?x32xi32>
// CHECK-NEXT:  return %[[W]]
func.func @view_dynamic(%x: tensor<?x64xbf16>) -> tensor<?x32xi32> {
  %w = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
  return %w : tensor<?x32xi32>
}

// -----

// A source with gaps between its rows is copied.
// CHECK-LABEL: func.func @copy_of_a_slice(
// CHECK:       %[[S:.+]] = memref.subview %{{.*}}[0, %{{.*}}] [%{{.*}}, 16] [1, 1] : memref<?x64xbf16> to memref<?x16xbf16, strided<[64, 1], offset: ?>>
// CHECK:       %[[A:.+]] = memref.alloc(%{{.*}}) {{.*}} : memref<?x16xbf16>
// CHECK-NEXT:  memref.copy %[[S]], %[[A]]
// CHECK-NEXT:  %[[W:.+]] = tw.words %[[A]] : memref<?x16xbf16> -> memref<?x8xi32>
// CHECK-NEXT:  return %[[W]]
func.func @copy_of_a_slice(%x: tensor<?x64xbf16>, %n: index, %i: index) -> tensor<?x8xi32> {
  %s = tensor.extract_slice %x[0, %i] [%n, 16] [1, 1] : tensor<?x64xbf16> to tensor<?x16xbf16>
  %w = tw.words %s : tensor<?x16xbf16> -> tensor<?x8xi32>
  return %w : tensor<?x8xi32>
}

// -----

// The words are the source's memory: they are saved before it is overwritten.
// CHECK-LABEL: func.func @overwritten_later(
// CHECK:       %[[W:.+]] = tw.words %[[X:.+]] : memref<4x8xbf16> -> memref<4x4xi32>
// CHECK:       memref.copy %[[W]], %[[SAVED:.+]] : memref<4x4xi32> to memref<4x4xi32>
// CHECK:       linalg.fill ins(%{{.*}} : bf16) outs(%[[X]] : memref<4x8xbf16>)
// CHECK:       return %[[SAVED]]
func.func @overwritten_later(%x: tensor<4x8xbf16>, %v: bf16) -> (tensor<4x4xi32>, tensor<4x8xbf16>) {
  %w = tw.words %x : tensor<4x8xbf16> -> tensor<4x4xi32>
  %f = linalg.fill ins(%v : bf16) outs(%x : tensor<4x8xbf16>) -> tensor<4x8xbf16>
  return %w, %f : tensor<4x4xi32>, tensor<4x8xbf16>
}

// -----

// Words of what is computed, in a loop over its rows: no copy of a row.
// CHECK-LABEL: func.func @rows_of_words(
// CHECK-NOT:   memref.copy
// CHECK:       %[[W:.+]] = tw.words %{{.*}} : memref<8x64xbf16> -> memref<8x32xi32>
// CHECK:       scf.for
// CHECK:       memref.subview %[[W]]
// CHECK-NOT:   memref.copy
// CHECK:       return
func.func @rows_of_words(%x: tensor<8x64xbf16>, %o: tensor<32xi32>) -> tensor<32xi32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %w = tw.words %x : tensor<8x64xbf16> -> tensor<8x32xi32>
  %r = scf.for %i = %c0 to %c8 step %c1 iter_args(%sum = %o) -> tensor<32xi32> {
    %row = tensor.extract_slice %w[%i, 0] [1, 32] [1, 1] : tensor<8x32xi32> to tensor<32xi32>
    %next = linalg.add ins(%row, %sum : tensor<32xi32>, tensor<32xi32>) outs(%sum : tensor<32xi32>) -> tensor<32xi32>
    scf.yield %next : tensor<32xi32>
  }
  return %r : tensor<32xi32>
}
