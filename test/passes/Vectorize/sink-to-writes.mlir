// RUN: tw-opt %s -tw-sink-to-writes -split-input-file | FileCheck %s

// Each row of a tile is computed when it is written; what both need stays before both.
// CHECK-LABEL: func.func @rows_of_a_tile(
// CHECK-SAME:    %[[TILE:[^:]+]]: vector<16x16xf32>, %[[BIAS:[^:]+]]: tensor<16xf32>, %[[OUT:[^:]+]]: tensor<2x16xf32>
// CHECK:       %[[SHARED:.+]] = vector.transfer_read %[[BIAS]]
// CHECK-NEXT:  %[[ROW0:.+]] = vector.extract %[[TILE]][0]
// CHECK-NEXT:  %[[SUM0:.+]] = arith.addf %[[ROW0]], %[[SHARED]]
// CHECK-NEXT:  %[[W0:.+]] = vector.transfer_write %[[SUM0]], %[[OUT]]
// CHECK-NEXT:  %[[ROW1:.+]] = vector.extract %[[TILE]][1]
// CHECK-NEXT:  %[[SUM1:.+]] = arith.addf %[[ROW1]], %[[SHARED]]
// CHECK-NEXT:  vector.transfer_write %[[SUM1]], %[[W0]]
func.func @rows_of_a_tile(%tile: vector<16x16xf32>, %bias: tensor<16xf32>, %out: tensor<2x16xf32>) -> tensor<2x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  %row0 = vector.extract %tile[0] : vector<16xf32> from vector<16x16xf32>
  %row1 = vector.extract %tile[1] : vector<16xf32> from vector<16x16xf32>
  %shared = vector.transfer_read %bias[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
  %sum0 = arith.addf %row0, %shared : vector<16xf32>
  %sum1 = arith.addf %row1, %shared : vector<16xf32>
  %w0 = vector.transfer_write %sum0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  %w1 = vector.transfer_write %sum1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  return %w1 : tensor<2x16xf32>
}

// -----

// Rows of another tensor move too, whatever its size is.
// CHECK-LABEL: func.func @rows_of_dynamic_tensors(
// CHECK-SAME:    %[[A:[^:]+]]: tensor<?x?xf32>, %[[OUT:[^:]+]]: tensor<?x?xf32>
// CHECK:       %[[A0:.+]] = vector.transfer_read %[[A]][%c0, %c0]
// CHECK-NEXT:  %[[E0:.+]] = math.exp %[[A0]]
// CHECK-NEXT:  %[[W0:.+]] = vector.transfer_write %[[E0]], %[[OUT]]
// CHECK-NEXT:  %[[A1:.+]] = vector.transfer_read %[[A]][%c1, %c0]
// CHECK-NEXT:  %[[E1:.+]] = math.exp %[[A1]]
// CHECK-NEXT:  vector.transfer_write %[[E1]], %[[W0]]
func.func @rows_of_dynamic_tensors(%a: tensor<?x?xf32>, %out: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  %a0 = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [true]} : tensor<?x?xf32>, vector<16xf32>
  %a1 = vector.transfer_read %a[%c1, %c0], %pad {in_bounds = [true]} : tensor<?x?xf32>, vector<16xf32>
  %e0 = math.exp %a0 : vector<16xf32>
  %e1 = math.exp %a1 : vector<16xf32>
  %w0 = vector.transfer_write %e0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<?x?xf32>
  %w1 = vector.transfer_write %e1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<?x?xf32>
  return %w1 : tensor<?x?xf32>
}

// -----

// Rows of what is written to are all read before: bufferization would copy the tensor otherwise.
// What is computed from them moves.
// CHECK-LABEL: func.func @no_reads_of_what_is_written(
// CHECK-SAME:    %[[OUT:[^:]+]]: tensor<2x16xf32>
// CHECK-DAG:   %[[A0:.+]] = vector.transfer_read %[[OUT]][%c0, %c0]
// CHECK-DAG:   %[[A1:.+]] = vector.transfer_read %{{.+}}[%c0, %c0]
// CHECK:       %[[E0:.+]] = math.exp %[[A0]]
// CHECK-NEXT:  %[[W0:.+]] = vector.transfer_write %[[E0]], %[[OUT]]
// CHECK-NEXT:  %[[E1:.+]] = math.exp %[[A1]]
// CHECK-NEXT:  vector.transfer_write %[[E1]], %[[W0]]
func.func @no_reads_of_what_is_written(%out: tensor<2x16xf32>) -> tensor<2x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : f32
  %slice = tensor.extract_slice %out[1, 0] [1, 16] [1, 1] : tensor<2x16xf32> to tensor<1x16xf32>
  %a0 = vector.transfer_read %out[%c0, %c0], %pad {in_bounds = [true]} : tensor<2x16xf32>, vector<16xf32>
  %a1 = vector.transfer_read %slice[%c0, %c0], %pad {in_bounds = [true]} : tensor<1x16xf32>, vector<16xf32>
  %e0 = math.exp %a0 : vector<16xf32>
  %e1 = math.exp %a1 : vector<16xf32>
  %w0 = vector.transfer_write %e0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  %w1 = vector.transfer_write %e1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  return %w1 : tensor<2x16xf32>
}

// -----

// A value that something before the writes needs stays where it is.
// CHECK-LABEL: func.func @no_values_needed_before(
// CHECK:       %[[E1:.+]] = math.exp %arg1
// CHECK-NEXT:  vector.reduction <add>, %[[E1]]
// CHECK-NEXT:  %[[E0:.+]] = math.exp %arg0
// CHECK-NEXT:  vector.transfer_write %[[E0]]
// CHECK-NEXT:  vector.transfer_write %[[E1]]
func.func @no_values_needed_before(%a0: vector<16xf32>, %a1: vector<16xf32>, %out: tensor<2x16xf32>) -> (tensor<2x16xf32>, f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e0 = math.exp %a0 : vector<16xf32>
  %e1 = math.exp %a1 : vector<16xf32>
  %sum = vector.reduction <add>, %e1 : vector<16xf32> into f32
  %w0 = vector.transfer_write %e0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  %w1 = vector.transfer_write %e1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<2x16xf32>
  return %w1, %sum : tensor<2x16xf32>, f32
}
