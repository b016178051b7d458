// RUN: tw-opt %s -tw-guard-asserts -split-input-file | FileCheck %s

#rows = affine_map<(d0, d1) -> (d0)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// The index from data is guarded by all asserts so far; the column, which the loop bounds, is not.
// CHECK-LABEL: @embedding
// CHECK: linalg.generic
// CHECK: %[[ROW:.+]] = arith.index_cast
// CHECK: %[[COLUMN:.+]] = linalg.index 1
// CHECK: %[[BELOW:.+]] = arith.cmpi slt, %[[ROW]]
// CHECK: tw.assert %[[BELOW]], "index must be smaller than dim size"
// CHECK: %[[POSITIVE:.+]] = arith.cmpi sge
// CHECK: tw.assert %[[POSITIVE]], "index must be larger or equal to 0"
// CHECK: %[[BOTH:.+]] = arith.andi %[[BELOW]], %[[POSITIVE]]
// CHECK: %[[SAFE:.+]] = arith.select %[[BOTH]], %[[ROW]], %c0
// CHECK: tensor.extract %{{.*}}[%[[SAFE]], %[[COLUMN]]]
func.func @embedding(%ids: tensor<?xi64>, %table: tensor<11x8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0_i64 = arith.constant 0 : i64
  %c11 = arith.constant 11 : index
  %0 = linalg.generic {indexing_maps = [#rows, #all], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<?xi64>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: i64, %out: f32):
    %row = arith.index_cast %in : i64 to index
    %column = linalg.index 1 : index
    %below = arith.cmpi slt, %row, %c11 : index
    cf.assert %below, "index must be smaller than dim size"
    %positive = arith.cmpi sge, %in, %c0_i64 : i64
    cf.assert %positive, "index must be larger or equal to 0"
    %r = tensor.extract %table[%row, %column] : tensor<11x8xf32>
    linalg.yield %r : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>
#rows = affine_map<(d0, d1) -> (d0)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// Position numbers 0..6 are followed through the tensor that holds them into the look-up.
// CHECK-LABEL: @positions_are_in_range
// CHECK-NOT: assert
// CHECK: %[[ROW:.+]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: tensor.extract %{{.*}}[%[[ROW]],
func.func @positions_are_in_range(%table: tensor<9x8xf32>) -> tensor<7x8xf32> {
  %c9 = arith.constant 9 : index
  %e = tensor.empty() : tensor<7xi64>
  %ids = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<7xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i64
    linalg.yield %j : i64
  } -> tensor<7xi64>
  %f = tensor.empty() : tensor<7x8xf32>
  %0 = linalg.generic {indexing_maps = [#rows, #all], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<7xi64>) outs(%f : tensor<7x8xf32>) {
  ^bb0(%in: i64, %out: f32):
    %row = arith.index_cast %in : i64 to index
    %column = linalg.index 1 : index
    %below = arith.cmpi slt, %row, %c9 : index
    cf.assert %below, "index must be smaller than dim size"
    %r = tensor.extract %table[%row, %column] : tensor<9x8xf32>
    linalg.yield %r : f32
  } -> tensor<7x8xf32>
  return %0 : tensor<7x8xf32>
}

// -----

#id = affine_map<(d0) -> (d0)>

// Batch norm: 1/0 is infinity in PyTorch, and here.
// CHECK-LABEL: @reciprocal
// CHECK-NOT: assert
// CHECK: arith.divf
func.func @reciprocal(%x: tensor<6xf32>) -> tensor<6xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<6xf32>) outs(%x : tensor<6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %ok = arith.cmpf one, %in, %zero : f32
    cf.assert %ok, "unimplemented: tensor with zero element"
    %r = arith.divf %one, %in : f32
    linalg.yield %r : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// Sizes are not negative, so %size is the size of %a, and equals itself; the size of %b may differ.
// CHECK-LABEL: @sizes
// CHECK-SAME: %[[A:.+]]: tensor<?xf32>, %[[B:.+]]: tensor<?xf32>
// CHECK-DAG: %[[DIM_A:.+]] = tensor.dim %[[A]]
// CHECK-DAG: %[[DIM_B:.+]] = tensor.dim %[[B]]
// CHECK: %[[SAME:.+]] = arith.cmpi eq, %[[DIM_A]], %[[DIM_B]]
// CHECK: tw.assert %[[SAME]], "mismatched size for broadcast"
// CHECK-NOT: assert
func.func @sizes(%a: tensor<?xf32>, %b: tensor<?xf32>) -> index {
  %c0 = arith.constant 0 : index
  %c0_i64 = arith.constant 0 : i64
  %c7_i64 = arith.constant 7 : i64
  %dim = tensor.dim %a, %c0 : tensor<?xf32>
  %wide = arith.index_cast %dim : index to i64
  %inferred = arith.cmpi slt, %wide, %c0_i64 : i64
  %count = arith.extui %inferred : i1 to i64
  %some = arith.select %inferred, %c7_i64, %wide : i64
  %size = arith.index_cast %some : i64 to index
  %once = arith.cmpi sle, %count, %c0_i64 : i64
  cf.assert %once, "must have at most one inferred (negative) dimension"
  %same = arith.cmpi eq, %size, %dim : index
  cf.assert %same, "mismatched size for broadcast"
  %other = tensor.dim %b, %c0 : tensor<?xf32>
  %equal = arith.cmpi eq, %size, %other : index
  cf.assert %equal, "mismatched size for broadcast"
  return %size : index
}

// -----

#id = affine_map<(d0) -> (d0)>

// no-drop: a loop index that may reach the size of the table (so it is guarded as data is), and a
// float that nothing divides by.
// CHECK-LABEL: @no_drop
// CHECK: %[[I:.+]] = linalg.index 0
// CHECK: tw.assert %[[BELOW:.+]], "index must be smaller than dim size"
// CHECK: %[[SAFE:.+]] = arith.select %[[BELOW]], %[[I]], %c0
// CHECK: tensor.extract %{{.*}}[%[[SAFE]]]
// CHECK: tw.assert %{{.*}}, "must not be zero"
func.func @no_drop(%table: tensor<6xf32>, %n: index) -> tensor<?xf32> {
  %zero = arith.constant 0.0 : f32
  %c6 = arith.constant 6 : index
  %e = tensor.empty(%n) : tensor<?xf32>
  %0 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<?xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %below = arith.cmpi slt, %i, %c6 : index
    cf.assert %below, "index must be smaller than dim size"
    %r = tensor.extract %table[%i] : tensor<6xf32>
    %ok = arith.cmpf one, %r, %zero : f32
    cf.assert %ok, "must not be zero"
    linalg.yield %r : f32
  } -> tensor<?xf32>
  return %0 : tensor<?xf32>
}
