// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s
// Elements that are read backwards: flips, and padding by reflection.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// One load, of which the last element is that of the first lane, and a shuffle.
// CHECK-LABEL: func.func @flip(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x?xf32>, %[[LAST:[^:]+]]: index
// CHECK:       %[[FIRST:.+]] = arith.subi %[[LAST]], %c15
// CHECK:       %[[ROW:.+]] = vector.transfer_read %[[X]][%c0, %[[FIRST]]], %{{.+}} {in_bounds = [true]} : tensor<?x?xf32>, vector<16xf32>
// CHECK:       %[[FLIPPED:.+]] = vector.shuffle %[[ROW]], %[[ROW]] [15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
// CHECK:       vector.transfer_write %[[FLIPPED]]
func.func @flip(%x: tensor<?x?xf32>, %last: index, %out: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%out : tensor<1x16xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = arith.subi %last, %j : index
    %e = tensor.extract %x[%i, %k] : tensor<?x?xf32>
    linalg.yield %e : f32
  } -> tensor<1x16xf32>
  return %r : tensor<1x16xf32>
}

// Reversed twice, with an offset in a map: forwards again.
// CHECK-LABEL: func.func @reversed_twice(
// CHECK:       vector.transfer_read %{{.+}} : tensor<40xf32>, vector<16xf32>
// CHECK-NOT:   vector.shuffle
// CHECK:       vector.transfer_write
func.func @reversed_twice(%x: tensor<40xf32>, %at: index, %out: tensor<16xf32>) -> tensor<16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%out : tensor<16xf32>) {
  ^bb0(%o: f32):
    %j = linalg.index 0 : index
    %k = arith.subi %at, %j : index
    %l = affine.apply affine_map<(d0)[s0] -> (-d0 + s0 + 3)>(%k)[%at]
    %e = tensor.extract %x[%l] : tensor<40xf32>
    linalg.yield %e : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}

// Two elements further from lane to lane: each is read by itself.
// CHECK-LABEL: func.func @no_step_of_two(
// CHECK-COUNT-16: tensor.extract
// CHECK-NOT:   tensor.extract
func.func @no_step_of_two(%x: tensor<40xf32>, %out: tensor<16xf32>) -> tensor<16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%out : tensor<16xf32>) {
  ^bb0(%o: f32):
    %j = linalg.index 0 : index
    %l = affine.apply affine_map<(d0) -> (-d0 * 2 + 30)>(%j)
    %e = tensor.extract %x[%l] : tensor<40xf32>
    linalg.yield %e : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}
}
