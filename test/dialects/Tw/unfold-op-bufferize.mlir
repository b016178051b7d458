// RUN: tw-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   -split-input-file | FileCheck %s

// CHECK-LABEL: func.func @view(
// CHECK-SAME:    %[[X:[^:]+]]: memref<?x3x9xf32>
// CHECK:       %{{.+}}, %{{.+}}, %[[SIZES:.+]]:3, %{{.+}} = memref.extract_strided_metadata %[[X]]
// CHECK:       %[[W:.+]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[SIZES]]#0, 3, 4, 3], strides: [27, 9, 2, 1] : memref<?x3x9xf32> to memref<?x3x4x3xf32, strided<[27, 9, 2, 1]>>
// CHECK-NOT:   memref.copy
// CHECK:       linalg.reduce {{.*}}ins(%[[W]]
func.func @view(%x: tensor<?x3x9xf32>, %o: tensor<?x3x4xf32>) -> tensor<?x3x4xf32> {
  %w = tw.unfold %x step(2) : tensor<?x3x9xf32> -> tensor<?x3x4x3xf32>
  %s = linalg.reduce { arith.addf } ins(%w : tensor<?x3x4x3xf32>) outs(%o : tensor<?x3x4xf32>) dimensions = [3]
  return %s : tensor<?x3x4xf32>
}

// -----

// A source with gaps between its rows is copied.
// CHECK-LABEL: func.func @copy_of_a_slice(
// CHECK:       %[[A:.+]] = memref.alloc() {{.*}} : memref<4x9xf32>
// CHECK-NEXT:  memref.copy %{{.+}}, %[[A]]
// CHECK:       memref.reinterpret_cast %[[A]] to offset: [0], sizes: [4, 4, 3], strides: [9, 2, 1]
func.func @copy_of_a_slice(%x: tensor<4x16xf32>, %o: tensor<4x4xf32>, %i: index) -> tensor<4x4xf32> {
  %p = tensor.extract_slice %x[0, %i] [4, 9] [1, 1] : tensor<4x16xf32> to tensor<4x9xf32>
  %w = tw.unfold %p step(2) : tensor<4x9xf32> -> tensor<4x4x3xf32>
  %s = linalg.reduce { arith.addf } ins(%w : tensor<4x4x3xf32>) outs(%o : tensor<4x4xf32>) dimensions = [2]
  return %s : tensor<4x4xf32>
}

// -----

// Windows share elements: what is written goes to a copy.
// CHECK-LABEL: func.func @no_writing_to_windows(
// CHECK:       %[[W:.+]] = memref.reinterpret_cast
// CHECK:       %[[A:.+]] = memref.alloc() {{.*}} : memref<4x3xf32>
// CHECK:       linalg.fill ins(%{{.*}} : f32) outs(%[[A]]
func.func @no_writing_to_windows(%x: tensor<9xf32>, %v: f32) -> tensor<4x3xf32> {
  %w = tw.unfold %x step(2) : tensor<9xf32> -> tensor<4x3xf32>
  %f = linalg.fill ins(%v : f32) outs(%w : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %f : tensor<4x3xf32>
}
