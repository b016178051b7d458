// RUN: tw-opt %s -tw-lower-dynamic-expansions -split-input-file | FileCheck %s

// CHECK-LABEL: @rows_and_columns
// CHECK-SAME: (%[[M:.+]]: memref<?x8xf32>, %[[A:.+]]: index, %[[B:.+]]: index)
// CHECK: %[[BASE:.+]], %{{.*}}, %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata %[[M]]
// CHECK: %[[STRIDE:.+]] = affine.apply #{{.*}}()[%[[B]]]
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [0], sizes: [%[[A]], %[[B]], 8], strides: [%[[STRIDE]], 8, 1]
func.func @rows_and_columns(%m: memref<?x8xf32>, %a: index, %b: index) -> memref<?x?x8xf32> {
  %0 = memref.expand_shape %m [[0, 1], [2]] output_shape [%a, %b, 8]
      : memref<?x8xf32> into memref<?x?x8xf32>
  return %0 : memref<?x?x8xf32>
}

// -----

// The memory need not be contiguous.
// CHECK-LABEL: @strided
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [%{{.*}}], sizes: [%{{.*}}, %{{.*}}, 4], strides: [%{{.*}}, 16, 1]
func.func @strided(%m: memref<?x4xf32, strided<[16, 1], offset: ?>>, %a: index, %b: index)
    -> memref<?x?x4xf32, strided<[?, 16, 1], offset: ?>> {
  %0 = memref.expand_shape %m [[0, 1], [2]] output_shape [%a, %b, 4]
      : memref<?x4xf32, strided<[16, 1], offset: ?>>
        into memref<?x?x4xf32, strided<[?, 16, 1], offset: ?>>
  return %0 : memref<?x?x4xf32, strided<[?, 16, 1], offset: ?>>
}

// -----

// Upstream's lowering takes one dynamic size a group.
// CHECK-LABEL: @no_single_dynamic_size
// CHECK: memref.expand_shape
func.func @no_single_dynamic_size(%m: memref<?x8xf32>, %a: index) -> memref<?x2x8xf32> {
  %0 = memref.expand_shape %m [[0, 1], [2]] output_shape [%a, 2, 8]
      : memref<?x8xf32> into memref<?x2x8xf32>
  return %0 : memref<?x2x8xf32>
}
