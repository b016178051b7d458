// RUN: tw-opt %s -tw-bind-results -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @allocation_becomes_argument
// CHECK-SAME: (%{{.*}}: memref<4xf32>, %[[OUT:.*]]: memref<4xf32> {tw.result = 0 : i64}) -> i32
// CHECK-NOT: memref.alloc
// CHECK: memref.store %{{.*}}, %[[OUT]]
// CHECK: return %{{.*}} : i32
func.func @allocation_becomes_argument(%x: memref<4xf32>) -> memref<4xf32> {
  %c0 = arith.constant 0 : index
  %a = memref.alloc() : memref<4xf32>
  %v = memref.load %x[%c0] : memref<4xf32>
  memref.store %v, %a[%c0] : memref<4xf32>
  return %a : memref<4xf32>
}

// -----

// CHECK-LABEL: func.func @dynamic_result
// CHECK: tw.output 0(%{{.*}}) : memref<?xf32>
// CHECK-NOT: memref.alloc
func.func @dynamic_result(%n: index) -> memref<?xf32> {
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// -----

// CHECK-LABEL: func.func @same_result_twice
// CHECK-SAME: (%[[FIRST:.*]]: memref<4xf32> {tw.result = 0 : i64}, %[[SECOND:.*]]: memref<2x2xf32> {tw.result = 1 : i64}, %[[THIRD:.*]]: memref<4xf32> {tw.result = 2 : i64})
// CHECK: %[[SEEN:.*]] = memref.expand_shape %[[FIRST]]
// CHECK: memref.copy %[[SEEN]], %[[SECOND]]
// CHECK: memref.copy %[[FIRST]], %[[THIRD]]
func.func @same_result_twice() -> (memref<4xf32>, memref<2x2xf32>, memref<4xf32>) {
  %a = memref.alloc() : memref<4xf32>
  %e = memref.expand_shape %a [[0, 1]] output_shape [2, 2] : memref<4xf32> into memref<2x2xf32>
  return %a, %e, %a : memref<4xf32>, memref<2x2xf32>, memref<4xf32>
}

// -----

// CHECK-LABEL: func.func @same_dynamic_result_twice
// CHECK: %[[FIRST:.*]] = tw.output 0(%{{.*}}) : memref<?xf32>
// CHECK: %[[SECOND:.*]] = tw.output 1(%{{.*}}) : memref<?xf32>
// CHECK: memref.copy %[[FIRST]], %[[SECOND]]
func.func @same_dynamic_result_twice(%n: index) -> (memref<?xf32>, memref<?xf32>) {
  %a = memref.alloc(%n) : memref<?xf32>
  return %a, %a : memref<?xf32>, memref<?xf32>
}

// -----

// CHECK-LABEL: func.func @no_binding_of_an_argument
// CHECK-SAME: (%[[X:.*]]: memref<4xf32>, %[[OUT:.*]]: memref<4xf32> {tw.result = 0 : i64})
// CHECK: memref.copy %[[X]], %[[OUT]]
func.func @no_binding_of_an_argument(%x: memref<4xf32>) -> memref<4xf32> {
  return %x : memref<4xf32>
}

// -----

// expected-error @below {{result 0 must be a contiguous buffer}}
func.func @strided(%x: memref<4xf32, strided<[2]>>) -> memref<4xf32, strided<[2]>> {
  return %x : memref<4xf32, strided<[2]>>
}

// -----

// In place there is nothing to do; other results are counted without it.
// CHECK-LABEL: func.func @update_in_place
// CHECK-SAME: (%[[X:.*]]: memref<?xf32> {tw.updated_by = 0 : i64}, %[[OUT:.*]]: memref<4xf32> {tw.result = 0 : i64}) -> i32
// CHECK-NOT: memref.copy
// CHECK: memref.store %{{.*}}, %[[OUT]]
func.func @update_in_place(%x: memref<?xf32> {tw.updated_by = 0 : i64}) -> (memref<?xf32>, memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %a = memref.alloc() : memref<4xf32>
  %v = memref.load %x[%c0] : memref<?xf32>
  memref.store %v, %a[%c0] : memref<4xf32>
  memref.store %v, %x[%c0] : memref<?xf32>
  return %x, %a : memref<?xf32>, memref<4xf32>
}

// -----

// The old value of %x is a result too, and both arguments change places.
// CHECK-LABEL: func.func @no_update_in_place
// CHECK-SAME: (%[[X:.*]]: memref<4xf32> {tw.updated_by = 0 : i64}, %[[Y:.*]]: memref<4xf32> {tw.updated_by = 2 : i64}, %[[OLD:.*]]: memref<4xf32> {tw.result = 0 : i64})
// CHECK: memref.copy %[[X]], %[[OLD]]
// CHECK: %[[NEW_X:.*]] = memref.alloc() : memref<4xf32>
// CHECK: memref.copy %[[Y]], %[[NEW_X]]
// CHECK: %[[NEW_Y:.*]] = memref.alloc() : memref<4xf32>
// CHECK: memref.copy %[[X]], %[[NEW_Y]]
// CHECK: memref.copy %[[NEW_X]], %[[X]]
// CHECK: memref.copy %[[NEW_Y]], %[[Y]]
func.func @no_update_in_place(%x: memref<4xf32> {tw.updated_by = 0 : i64}, %y: memref<4xf32> {tw.updated_by = 2 : i64})
    -> (memref<4xf32>, memref<4xf32>, memref<4xf32>) {
  return %y, %x, %x : memref<4xf32>, memref<4xf32>, memref<4xf32>
}

// -----

// expected-error @+1 {{argument 0 cannot be updated by a result of type 'memref<2xf32>'}}
func.func @no_update_of_another_type(%x: memref<4xf32> {tw.updated_by = 0 : i64}) -> memref<2xf32> {
  %a = memref.alloc() : memref<2xf32>
  return %a : memref<2xf32>
}
