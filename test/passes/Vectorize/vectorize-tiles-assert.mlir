// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse | FileCheck %s
// Conditions that each lane has to meet.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// One check for all lanes, and not one for each.
// CHECK-LABEL: @lookup
// CHECK: vector.transfer_read
// CHECK: %[[BELOW:.*]] = arith.cmpi slt, %{{.*}}, %{{.*}} : vector<16xindex>
// CHECK: %[[ALL:.*]] = vector.reduction <and>, %[[BELOW]] : vector<16xi1> into i1
// CHECK: tw.assert %[[ALL]], "index must be smaller than dim size"
// CHECK-NOT: tw.assert
// CHECK-COUNT-16: tensor.extract
func.func @lookup(%i: tensor<16xi64>, %table: tensor<100xf32>, %o: tensor<16xf32>) -> tensor<16xf32> {
  %c100 = arith.constant 100 : index
  %c0 = arith.constant 0 : index
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%i : tensor<16xi64>) outs(%o : tensor<16xf32>) {
  ^bb0(%number: i64, %out: f32):
    %at = arith.index_cast %number : i64 to index
    %below = arith.cmpi slt, %at, %c100 : index
    tw.assert %below, "index must be smaller than dim size"
    %safe = arith.select %below, %at, %c0 : index
    %v = tensor.extract %table[%safe] : tensor<100xf32>
    linalg.yield %v : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}

// A condition that is the same in all lanes is no vector.
// CHECK-LABEL: @no_vector_for_one_condition
// CHECK-SAME: %[[YES:[a-z0-9]+]]: i1
// CHECK-NOT: vector.reduction
// CHECK: tw.assert %[[YES]], "no"
func.func @no_vector_for_one_condition(%yes: i1, %x: tensor<16xf32>, %o: tensor<16xf32>) -> tensor<16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%x : tensor<16xf32>) outs(%o : tensor<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    tw.assert %yes, "no"
    %v = arith.negf %in : f32
    linalg.yield %v : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}

// A table of dynamic size.
// CHECK-LABEL: @dynamic_table
// CHECK: vector.reduction <and>
// CHECK: tw.assert
// CHECK-NOT: tw.assert
func.func @dynamic_table(%i: tensor<16xi64>, %table: tensor<?xf32>, %size: index, %o: tensor<16xf32>) -> tensor<16xf32> {
  %c0 = arith.constant 0 : index
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%i : tensor<16xi64>) outs(%o : tensor<16xf32>) {
  ^bb0(%number: i64, %out: f32):
    %at = arith.index_cast %number : i64 to index
    %below = arith.cmpi slt, %at, %size : index
    tw.assert %below, "index must be smaller than dim size"
    %safe = arith.select %below, %at, %c0 : index
    %v = tensor.extract %table[%safe] : tensor<?xf32>
    linalg.yield %v : f32
  } -> tensor<16xf32>
  return %r : tensor<16xf32>
}
}
