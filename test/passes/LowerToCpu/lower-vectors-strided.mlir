// RUN: tw-opt %s -tw-lower-vectors -split-input-file | FileCheck %s

// Every second element of a row of any length: the second load ends where the last one is.
// CHECK-LABEL: func @second_dynamic(
// CHECK-SAME:    %[[M:[^:]+]]: memref<?x?xf32, strided<[?, 2], offset: ?>>
// CHECK:       %[[BASE:.+]], %[[OFFSET:.+]], %{{.+}}:2, %[[STRIDES:.+]]:2 = memref.extract_strided_metadata %[[M]]
// CHECK:       %[[ROW:.+]] = memref.reinterpret_cast %[[BASE]] to offset: [%{{.+}}], sizes: [31], strides: [1]
// CHECK:       %[[A:.+]] = vector.load %[[ROW]][%c0] : memref<31xf32, strided<[1], offset: ?>>, vector<16xf32>
// CHECK:       %[[B:.+]] = vector.load %[[ROW]][%c15]
// CHECK:       vector.shuffle %{{.+}}, %[[B]] [0, 1, 2, 3, 4, 5, 6, 7, 17, 19, 21, 23, 25, 27, 29, 31]
// CHECK-NOT:   memref.load
func.func @second_dynamic(%m: memref<?x?xf32, strided<[?, 2], offset: ?>>, %i: index, %j: index) -> vector<16xf32> {
  %pad = ub.poison : f32
  %v = vector.transfer_read %m[%i, %j], %pad {in_bounds = [true]} : memref<?x?xf32, strided<[?, 2], offset: ?>>, vector<16xf32>
  return %v : vector<16xf32>
}

// -----

// Of a vector that is wider than a register, part by part.
// CHECK-LABEL: func @third_wide(
// CHECK-COUNT-6: vector.load {{.*}} vector<8xf64>
// CHECK-NOT:   vector.load
func.func @third_wide(%m: memref<100xf64, strided<[3]>>, %i: index) -> vector<16xf64> {
  %pad = ub.poison : f64
  %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<100xf64, strided<[3]>>, vector<16xf64>
  return %v : vector<16xf64>
}

// -----

// Of every ninth most would be loaded in vain, and of an unknown stride too.
// CHECK-LABEL: func @no_shuffle_far_apart(
// CHECK-NOT:   vector.shuffle
func.func @no_shuffle_far_apart(%m: memref<100xf32, strided<[9]>>, %n: memref<100xf32, strided<[?]>>, %i: index) -> (vector<4xf32>, vector<4xf32>) {
  %pad = ub.poison : f32
  %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<100xf32, strided<[9]>>, vector<4xf32>
  %w = vector.transfer_read %n[%i], %pad {in_bounds = [true]} : memref<100xf32, strided<[?]>>, vector<4xf32>
  return %v, %w : vector<4xf32>, vector<4xf32>
}

// -----

// It may reach beyond the row.
// CHECK-LABEL: func @no_shuffle_out_of_bounds(
// CHECK-NOT:   vector.shuffle
func.func @no_shuffle_out_of_bounds(%m: memref<100xf32, strided<[2]>>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0.0 : f32
  %v = vector.transfer_read %m[%i], %pad : memref<100xf32, strided<[2]>>, vector<16xf32>
  return %v : vector<16xf32>
}
