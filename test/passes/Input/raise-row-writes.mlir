// RUN: tw-opt %s -tw-raise-row-writes -split-input-file | FileCheck %s

#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#row = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
#line = affine_map<(d0, d1, d2) -> (d1)>
#place = affine_map<(d0, d1, d2) -> (0)>
#vec = affine_map<(d0) -> (d0)>

// A cache of 16 rows and a row for one place, as index_copy arrives: positions are a tensor.
// CHECK-LABEL: @cache
// CHECK-SAME: %[[CACHE:[a-z0-9]+]]: tensor<2x16x8xf32>, %[[ROW:[a-z0-9]+]]: tensor<2x1x8xf32>, %[[PLACE:[a-z0-9]+]]: tensor<1xi64>
// CHECK: %[[I64:.+]] = tensor.extract %[[PLACE]][%{{.+}}] : tensor<1xi64>
// CHECK: %[[P:.+]] = arith.index_cast %[[I64]]
// CHECK: %[[LOW:.+]] = arith.maxsi %[[P]], %{{.+}} : index
// CHECK: %[[INSIDE:.+]] = arith.minsi %[[LOW]], %{{.+}} : index
// CHECK: %[[IS_INSIDE:.+]] = arith.cmpi eq, %[[P]], %[[INSIDE]] : index
// CHECK: %[[OLD:.+]] = tensor.extract_slice %[[CACHE]][0, %[[INSIDE]], 0] [2, 1, 8] [1, 1, 1]
// CHECK: %[[NEW:.+]] = linalg.generic {{.*}} ins(%[[ROW]] : tensor<2x1x8xf32>) outs(%[[OLD]] : tensor<2x1x8xf32>)
// CHECK-NEXT: ^bb0(%[[IN:.+]]: f32, %[[OUT:.+]]: f32):
// CHECK-NEXT: arith.select %[[IS_INSIDE]], %[[IN]], %[[OUT]] : f32
// CHECK: %[[R:.+]] = tensor.insert_slice %[[NEW]] into %[[CACHE]][0, %[[INSIDE]], 0] [2, 1, 8] [1, 1, 1]
// CHECK: return %[[R]]
func.func @cache(%cache: tensor<2x16x8xf32>, %row: tensor<2x1x8xf32>, %place: tensor<1xi64>) -> tensor<2x16x8xf32> {
  %e0 = tensor.empty() : tensor<16xi64>
  %positions = linalg.generic {indexing_maps = [#vec], iterator_types = ["parallel"]} outs(%e0 : tensor<16xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    linalg.yield %c : i64
  } -> tensor<16xi64>
  %e = tensor.empty() : tensor<2x16x8xf32>
  %r = linalg.generic {indexing_maps = [#line, #place, #row, #all, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%positions, %place, %row, %cache : tensor<16xi64>, tensor<1xi64>, tensor<2x1x8xf32>, tensor<2x16x8xf32>) outs(%e : tensor<2x16x8xf32>) {
  ^bb0(%i: i64, %p: i64, %new: f32, %old: f32, %out: f32):
    %c = arith.cmpi eq, %i, %p : i64
    %s = arith.select %c, %new, %old : f32
    linalg.yield %s : f32
  } -> tensor<2x16x8xf32>
  return %r : tensor<2x16x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#none = affine_map<(d0, d1) -> ()>

// Any number of columns, the position in the body, and the negation.
// CHECK-LABEL: @dynamic_columns
// CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0, 1]] output_shape [1, %{{.+}}] : tensor<?xf32> into tensor<1x?xf32>
// CHECK: tensor.extract_slice %{{.+}}[%[[I:.+]], 0] [1, %{{.+}}] [1, 1] : tensor<16x?xf32> to tensor<1x?xf32>
// CHECK: tensor.insert_slice %{{.+}} into %{{.+}}[%[[I]], 0] [1, %{{.+}}] [1, 1] : tensor<1x?xf32> into tensor<16x?xf32>
func.func @dynamic_columns(%table: tensor<16x?xf32>, %row: tensor<?xf32>, %place: tensor<i64>, %e: tensor<16x?xf32>) -> tensor<16x?xf32> {
  %r = linalg.generic {indexing_maps = [#none, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%place, %row, %table : tensor<i64>, tensor<?xf32>, tensor<16x?xf32>) outs(%e : tensor<16x?xf32>) {
  ^bb0(%p: i64, %new: f32, %old: f32, %out: f32):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    %d = arith.cmpi ne, %c, %p : i64
    %s = arith.select %d, %old, %new : f32
    linalg.yield %s : f32
  } -> tensor<16x?xf32>
  return %r : tensor<16x?xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#none = affine_map<(d0, d1) -> ()>

// Every row has a value of its own, and below: all rows up to the place.
// CHECK-LABEL: @no_single_row
// CHECK-NOT: tensor.insert_slice
func.func @no_single_row(%table: tensor<16x8xf32>, %rows: tensor<16x8xf32>, %place: tensor<i64>, %e: tensor<16x8xf32>) -> tensor<16x8xf32> {
  %r = linalg.generic {indexing_maps = [#none, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%place, %rows, %table : tensor<i64>, tensor<16x8xf32>, tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) {
  ^bb0(%p: i64, %new: f32, %old: f32, %out: f32):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    %d = arith.cmpi eq, %c, %p : i64
    %s = arith.select %d, %new, %old : f32
    linalg.yield %s : f32
  } -> tensor<16x8xf32>
  return %r : tensor<16x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#column = affine_map<(d0, d1) -> (d0)>
#none = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: @no_single_place
// CHECK-NOT: tensor.insert_slice
func.func @no_single_place(%table: tensor<16x8xf32>, %row: tensor<8xf32>, %place: tensor<i64>, %places: tensor<16xi64>,
    %e: tensor<16x8xf32>) -> (tensor<16x8xf32>, tensor<16x8xf32>) {
  %0 = linalg.generic {indexing_maps = [#none, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%place, %row, %table : tensor<i64>, tensor<8xf32>, tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) {
  ^bb0(%p: i64, %new: f32, %old: f32, %out: f32):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    %d = arith.cmpi sle, %c, %p : i64
    %s = arith.select %d, %new, %old : f32
    linalg.yield %s : f32
  } -> tensor<16x8xf32>
  %1 = linalg.generic {indexing_maps = [#column, #row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%places, %row, %table : tensor<16xi64>, tensor<8xf32>, tensor<16x8xf32>) outs(%e : tensor<16x8xf32>) {
  ^bb0(%p: i64, %new: f32, %old: f32, %out: f32):
    %i = linalg.index 0 : index
    %c = arith.index_cast %i : index to i64
    %d = arith.cmpi eq, %c, %p : i64
    %s = arith.select %d, %new, %old : f32
    linalg.yield %s : f32
  } -> tensor<16x8xf32>
  return %0, %1 : tensor<16x8xf32>, tensor<16x8xf32>
}
