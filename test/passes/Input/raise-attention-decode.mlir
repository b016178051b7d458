// RUN: tw-opt %s -tw-raise-attention -canonicalize -split-input-file | FileCheck %s


// A decode step: one query in each of 6 heads, which share 2 heads of keys in threes, and see the
// keys up to a place. The heads that share keys are rows, and the keys beyond are not read.
// CHECK-LABEL: @one_query
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<1x2x3x1x8xf32>, %[[K:[a-z0-9]+]]: tensor<1x2x1x16x8xf32>, %[[V:[a-z0-9]+]]: tensor<1x2x1x16x8xf32>, %[[PLACE:[a-z0-9]+]]: tensor<1xi64>
// CHECK-DAG: %[[Q4:.+]] = tensor.collapse_shape %[[Q]] {{\[}}[0], [1], [2, 3], [4]] : {{.*}} into tensor<1x2x3x8xf32>
// CHECK-DAG: %[[K4:.+]] = tensor.collapse_shape %[[K]]
// CHECK-DAG: %[[V4:.+]] = tensor.collapse_shape %[[V]]
// CHECK: %[[I:.+]] = tensor.extract %[[PLACE]]
// CHECK: %[[P:.+]] = arith.index_cast %[[I]]
// CHECK: %[[NEXT:.+]] = arith.addi %[[P]], %{{.+}} : index
// CHECK: %[[LOW:.+]] = arith.maxsi %[[NEXT]], %{{.+}}
// CHECK: %[[N:.+]] = arith.minsi %[[LOW]], %{{.+}}
// CHECK: %[[KN:.+]] = tensor.extract_slice %[[K4]][0, 0, 0, 0] [1, 2, %[[N]], 8]
// CHECK: %[[VN:.+]] = tensor.extract_slice %[[V4]][0, 0, 0, 0] [1, 2, %[[N]], 8]
// CHECK: %[[A:.+]] = tw.attention scale(1.000000e+00) zero_masked_rows ins(%[[Q4]], %[[KN]], %[[VN]] : tensor<1x2x3x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) outs
// CHECK: tensor.expand_shape %[[A]] {{\[}}[0], [1], [2, 3], [4]]
func.func @one_query(%q: tensor<1x2x3x1x8xf32>, %k: tensor<1x2x1x16x8xf32>, %v: tensor<1x2x1x16x8xf32>, %place: tensor<1xi64>,
    %o: tensor<1x2x3x1x8xf32>) -> tensor<1x2x3x1x8xf32> {
  %e = tensor.empty() : tensor<1x1x1x1x16xi1>
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3, d4) -> (0)>, affine_map<(d0, d1, d2, d3, d4) -> (d0, d1, d2, d3, d4)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%place : tensor<1xi64>) outs(%e : tensor<1x1x1x1x16xi1>) {
  ^bb0(%p: i64, %out: i1):
    %i = linalg.index 4 : index
    %c = arith.index_cast %i : index to i64
    %s = arith.cmpi sle, %c, %p : i64
    linalg.yield %s : i1
  } -> tensor<1x1x1x1x16xi1>
  %r = tw.attention scale(1.0) zero_masked_rows ins(%q, %k, %v : tensor<1x2x3x1x8xf32>, tensor<1x2x1x16x8xf32>, tensor<1x2x1x16x8xf32>)
      mask(%m : tensor<1x1x1x1x16xi1>) outs(%o : tensor<1x2x3x1x8xf32>) -> tensor<1x2x3x1x8xf32>
  return %r : tensor<1x2x3x1x8xf32>
}

// -----

// Before a place, which is the larger side; batch and features of any size.
// CHECK-LABEL: @dynamic_batch
// CHECK: %[[P:.+]] = arith.index_cast
// CHECK: %[[LOW:.+]] = arith.maxsi %[[P]]
// CHECK: %[[N:.+]] = arith.minsi %[[LOW]]
// CHECK: tensor.extract_slice %{{.+}}[0, 0, 0] [%{{.+}}, %[[N]], 8] [1, 1, 1] : tensor<?x16x8xf32> to tensor<?x?x8xf32>
// CHECK: tw.attention {{.*}} tensor<?x4x8xf32>, tensor<?x?x8xf32>, tensor<?x?x?xf32>) outs
func.func @dynamic_batch(%q: tensor<?x4x8xf32>, %k: tensor<?x16x8xf32>, %v: tensor<?x16x?xf32>, %place: tensor<i64>,
    %e: tensor<1x1x16xi1>, %o: tensor<?x4x?xf32>) -> tensor<?x4x?xf32> {
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%place : tensor<i64>) outs(%e : tensor<1x1x16xi1>) {
  ^bb0(%p: i64, %out: i1):
    %i = linalg.index 2 : index
    %c = arith.index_cast %i : index to i64
    %s = arith.cmpi sgt, %p, %c : i64
    linalg.yield %s : i1
  } -> tensor<1x1x16xi1>
  %r = tw.attention scale(1.0) ins(%q, %k, %v : tensor<?x4x8xf32>, tensor<?x16x8xf32>, tensor<?x16x?xf32>)
      mask(%m : tensor<1x1x16xi1>) outs(%o : tensor<?x4x?xf32>) -> tensor<?x4x?xf32>
  return %r : tensor<?x4x?xf32>
}

// -----

// Each query has a place of its own; a window has a beginning, too; the last keys are no prefix.
// CHECK-LABEL: @no_shared_prefix
// CHECK-NOT: tensor.extract_slice
// CHECK: return
func.func @no_shared_prefix(%q: tensor<2x4x8xf32>, %k: tensor<2x16x8xf32>, %places: tensor<4xi64>, %place: tensor<i64>,
    %e: tensor<1x4x16xi1>, %o: tensor<2x4x8xf32>) -> (tensor<2x4x8xf32>, tensor<2x4x8xf32>) {
  %m = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d1)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%places : tensor<4xi64>) outs(%e : tensor<1x4x16xi1>) {
  ^bb0(%p: i64, %out: i1):
    %i = linalg.index 2 : index
    %c = arith.index_cast %i : index to i64
    %s = arith.cmpi sle, %c, %p : i64
    linalg.yield %s : i1
  } -> tensor<1x4x16xi1>
  %0 = tw.attention scale(1.0) ins(%q, %k, %k : tensor<2x4x8xf32>, tensor<2x16x8xf32>, tensor<2x16x8xf32>)
      mask(%m : tensor<1x4x16xi1>) outs(%o : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  %n = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> ()>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      iterator_types = ["parallel", "parallel", "parallel"]} ins(%place : tensor<i64>) outs(%e : tensor<1x4x16xi1>) {
  ^bb0(%p: i64, %out: i1):
    %i = linalg.index 2 : index
    %c = arith.index_cast %i : index to i64
    %s = arith.cmpi sge, %c, %p : i64
    linalg.yield %s : i1
  } -> tensor<1x4x16xi1>
  %1 = tw.attention scale(1.0) ins(%q, %k, %k : tensor<2x4x8xf32>, tensor<2x16x8xf32>, tensor<2x16x8xf32>)
      mask(%n : tensor<1x4x16xi1>) outs(%o : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return %0, %1 : tensor<2x4x8xf32>, tensor<2x4x8xf32>
}
