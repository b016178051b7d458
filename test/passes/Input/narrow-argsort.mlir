// RUN: tw-opt %s -tw-narrow-argsort -split-input-file | FileCheck %s

// What has each of the first 100 ranks: the first 100 places of the order.
// CHECK-LABEL: @first
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<900xf32>
// CHECK-NOT: tw.scatter
// CHECK: %[[EMPTY:.*]] = tensor.empty() : tensor<100xi64>
// CHECK: %[[ORDER:.*]] = tw.argsort dimension(0) descending ins(%[[X]] : tensor<900xf32>) outs(%[[EMPTY]] : tensor<100xi64>)
// CHECK: return %[[ORDER]]
func.func @first(%x: tensor<900xf32>) -> tensor<100xi64> {
  %c0 = arith.constant 0 : i64
  %e = tensor.empty() : tensor<900xi64>
  %numbers = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<900xi64>) {
  ^bb0(%o: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<900xi64>
  %zeros = linalg.fill ins(%c0 : i64) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %f = tensor.empty() : tensor<100xi64>
  %few = linalg.fill ins(%c0 : i64) outs(%f : tensor<100xi64>) -> tensor<100xi64>
  %order = tw.argsort dimension(0) descending ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %rank = tw.scatter dimension(0) combine(add) ins(%numbers, %order : tensor<900xi64>, tensor<900xi64>) outs(%zeros : tensor<900xi64>) -> tensor<900xi64>
  %r = tw.scatter dimension(0) combine(add) ins(%numbers, %rank : tensor<900xi64>, tensor<900xi64>) outs(%few : tensor<100xi64>) -> tensor<100xi64>
  return %r : tensor<100xi64>
}

// -----

// One place in the middle of each of any number of rows.
// CHECK-LABEL: @dynamic_rows
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x901xi32>, %[[E:[a-z0-9]+]]: tensor<?x901xi64>
// CHECK: tw.argsort dimension(1) first(450) ins(%[[X]] : tensor<?x901xi32>) outs(%{{.*}} : tensor<?x1xi64>)
func.func @dynamic_rows(%x: tensor<?x901xi32>, %e: tensor<?x901xi64>) -> tensor<?x1xi64> {
  %c0 = arith.constant 0 : index
  %rows = tensor.dim %e, %c0 : tensor<?x901xi64>
  %order = tw.argsort dimension(1) ins(%x : tensor<?x901xi32>) outs(%e : tensor<?x901xi64>) -> tensor<?x901xi64>
  %r = tensor.extract_slice %order[0, 450] [%rows, 1] [1, 1] : tensor<?x901xi64> to tensor<?x1xi64>
  return %r : tensor<?x1xi64>
}

// -----

// All ranks of rows of any length: the whole order.
// CHECK-LABEL: @dynamic_length
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?xf32>
// CHECK-NOT: tw.scatter
// CHECK: %[[ORDER:.*]] = tw.argsort dimension(0) ins(%[[X]] : tensor<?xf32>)
// CHECK: return %[[ORDER]]
func.func @dynamic_length(%x: tensor<?xf32>) -> tensor<?xi64> {
  %c0 = arith.constant 0 : i64
  %zero = arith.constant 0 : index
  %n = tensor.dim %x, %zero : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xi64>
  %numbers = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<?xi64>) {
  ^bb0(%o: i64):
    %i = linalg.index 0 : index
    %k = arith.index_cast %i : index to i64
    linalg.yield %k : i64
  } -> tensor<?xi64>
  %zeros = linalg.fill ins(%c0 : i64) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  %order = tw.argsort dimension(0) ins(%x : tensor<?xf32>) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  %rank = tw.scatter dimension(0) combine(add) ins(%numbers, %order : tensor<?xi64>, tensor<?xi64>) outs(%zeros : tensor<?xi64>) -> tensor<?xi64>
  %r = tw.scatter dimension(0) combine(add) ins(%numbers, %rank : tensor<?xi64>, tensor<?xi64>) outs(%zeros : tensor<?xi64>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// Where more is asked for than there is, zeros follow.
// CHECK-LABEL: @no_places_without_a_rank
// CHECK-COUNT-2: tw.scatter
func.func @no_places_without_a_rank(%x: tensor<900xf32>, %e: tensor<900xi64>, %zeros: tensor<900xi64>, %f: tensor<901xi64>) -> tensor<901xi64> {
  %c0 = arith.constant 0 : i64
  %numbers = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<900xi64>) {
  ^bb0(%o: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<900xi64>
  %all = linalg.fill ins(%c0 : i64) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %more = linalg.fill ins(%c0 : i64) outs(%f : tensor<901xi64>) -> tensor<901xi64>
  %order = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %rank = tw.scatter dimension(0) combine(add) ins(%numbers, %order : tensor<900xi64>, tensor<900xi64>) outs(%all : tensor<900xi64>) -> tensor<900xi64>
  %r = tw.scatter dimension(0) combine(add) ins(%numbers, %rank : tensor<900xi64>, tensor<900xi64>) outs(%more : tensor<901xi64>) -> tensor<901xi64>
  return %r : tensor<901xi64>
}

// -----

// CHECK-LABEL: @no_numbers
// CHECK-COUNT-2: tw.scatter
func.func @no_numbers(%x: tensor<900xf32>, %e: tensor<900xi64>, %numbers: tensor<900xi64>) -> tensor<900xi64> {
  %c0 = arith.constant 0 : i64
  %zeros = linalg.fill ins(%c0 : i64) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %order = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %rank = tw.scatter dimension(0) combine(add) ins(%numbers, %order : tensor<900xi64>, tensor<900xi64>) outs(%zeros : tensor<900xi64>) -> tensor<900xi64>
  %r = tw.scatter dimension(0) combine(add) ins(%numbers, %rank : tensor<900xi64>, tensor<900xi64>) outs(%zeros : tensor<900xi64>) -> tensor<900xi64>
  return %r : tensor<900xi64>
}

// -----

// One row of ranks for three rows of numbers.
// CHECK-LABEL: @no_shared_ranks
// CHECK-COUNT-2: tw.scatter
func.func @no_shared_ranks(%x: tensor<1x90xf32>, %e: tensor<1x90xi64>, %f: tensor<3x90xi64>) -> tensor<3x90xi64> {
  %c0 = arith.constant 0 : i64
  %numbers = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<1x90xi64>) {
  ^bb0(%o: i64):
    %i = linalg.index 1 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<1x90xi64>
  %zeros = linalg.fill ins(%c0 : i64) outs(%e : tensor<1x90xi64>) -> tensor<1x90xi64>
  %rows = linalg.fill ins(%c0 : i64) outs(%f : tensor<3x90xi64>) -> tensor<3x90xi64>
  %order = tw.argsort dimension(1) ins(%x : tensor<1x90xf32>) outs(%e : tensor<1x90xi64>) -> tensor<1x90xi64>
  %rank = tw.scatter dimension(1) combine(add) ins(%numbers, %order : tensor<1x90xi64>, tensor<1x90xi64>) outs(%zeros : tensor<1x90xi64>) -> tensor<1x90xi64>
  %r = tw.scatter dimension(1) combine(add) ins(%numbers, %rank : tensor<1x90xi64>, tensor<1x90xi64>) outs(%rows : tensor<3x90xi64>) -> tensor<3x90xi64>
  return %r : tensor<3x90xi64>
}

// -----

// CHECK-LABEL: @no_other_readers
// CHECK: tw.argsort {{.*}} -> tensor<900xi64>
// CHECK: tensor.extract_slice
func.func @no_other_readers(%x: tensor<900xf32>, %e: tensor<900xi64>) -> (tensor<900xi64>, tensor<9xi64>) {
  %order = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %r = tensor.extract_slice %order[0] [9] [1] : tensor<900xi64> to tensor<9xi64>
  return %order, %r : tensor<900xi64>, tensor<9xi64>
}

// -----

// Nor a place that only the call knows, or every other one.
// CHECK-LABEL: @no_unknown_place
// CHECK-COUNT-2: tensor.extract_slice
func.func @no_unknown_place(%x: tensor<900xf32>, %e: tensor<900xi64>, %first: index) -> (tensor<9xi64>, tensor<9xi64>) {
  %order = tw.argsort dimension(0) ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %other = tw.argsort dimension(0) descending ins(%x : tensor<900xf32>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  %r = tensor.extract_slice %order[%first] [9] [1] : tensor<900xi64> to tensor<9xi64>
  %s = tensor.extract_slice %other[0] [9] [2] : tensor<900xi64> to tensor<9xi64>
  return %r, %s : tensor<9xi64>, tensor<9xi64>
}
