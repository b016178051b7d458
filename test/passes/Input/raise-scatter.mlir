// RUN: tw-opt %s -tw-raise-scatter -canonicalize -split-input-file | FileCheck %s

#vec = affine_map<(d0) -> (d0)>
#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#writes = affine_map<(d0, d1, d2) -> (0, d1, 0)>
#places = affine_map<(d0, d1, d2) -> (d0, 0, 0)>
#rows = affine_map<(d0, d1, d2) -> (0, d1, d2)>
#none = affine_map<(d0, d1, d2) -> ()>
#result = affine_map<(d0, d1, d2) -> (d0, d2)>

// As index_add arrives: comparison, selection and sum are operations of their own.
// CHECK-LABEL: @index_add
// CHECK-SAME: %[[I:[a-z0-9]+]]: tensor<30xi64>, %[[X:[a-z0-9]+]]: tensor<30x8xf32>
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} -> tensor<40x8xf32>
// CHECK: %[[INDICES:.*]] = tensor.expand_shape %[[I]] {{\[\[}}0, 1]] output_shape [30, 1]
// CHECK: %[[R:.*]] = tw.scatter dimension(0) combine(add) ins(%[[X]], %[[INDICES]] : tensor<30x8xf32>, tensor<30x1xi64>) outs(%[[ZEROS]] : tensor<40x8xf32>)
// CHECK: return %[[R]]
func.func @index_add(%i: tensor<30xi64>, %x: tensor<30x8xf32>) -> tensor<40x8xf32> {
  %zero = arith.constant 0.0 : f32
  %nothing = arith.constant dense<0.0> : tensor<f32>
  %e0 = tensor.empty() : tensor<40xi64>
  %positions = linalg.generic {indexing_maps = [#vec], iterator_types = ["parallel"]} outs(%e0 : tensor<40xi64>) {
  ^bb0(%out: i64):
    %p = linalg.index 0 : index
    %c = arith.index_cast %p : index to i64
    linalg.yield %c : i64
  } -> tensor<40xi64>
  %p3 = tensor.expand_shape %positions [[0, 1, 2]] output_shape [40, 1, 1] : tensor<40xi64> into tensor<40x1x1xi64>
  %i3 = tensor.expand_shape %i [[0, 1, 2]] output_shape [1, 30, 1] : tensor<30xi64> into tensor<1x30x1xi64>
  %x3 = tensor.expand_shape %x [[0, 1], [2]] output_shape [1, 30, 8] : tensor<30x8xf32> into tensor<1x30x8xf32>
  %e1 = tensor.empty() : tensor<40x30x8xi1>
  %hit = linalg.generic {indexing_maps = [#writes, #places, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%i3, %p3 : tensor<1x30x1xi64>, tensor<40x1x1xi64>) outs(%e1 : tensor<40x30x8xi1>) {
  ^bb0(%a: i64, %b: i64, %out: i1):
    %c = arith.cmpi eq, %a, %b : i64
    linalg.yield %c : i1
  } -> tensor<40x30x8xi1>
  %e2 = tensor.empty() : tensor<40x30x8xf32>
  %terms = linalg.generic {indexing_maps = [#all, #rows, #none, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%hit, %x3, %nothing : tensor<40x30x8xi1>, tensor<1x30x8xf32>, tensor<f32>) outs(%e2 : tensor<40x30x8xf32>) {
  ^bb0(%c: i1, %v: f32, %n: f32, %out: f32):
    %s = arith.select %c, %v, %n : f32
    linalg.yield %s : f32
  } -> tensor<40x30x8xf32>
  %e3 = tensor.empty() : tensor<40x8xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%e3 : tensor<40x8xf32>) -> tensor<40x8xf32>
  %r = linalg.generic {indexing_maps = [#all, #result], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%terms : tensor<40x30x8xf32>) outs(%zeros : tensor<40x8xf32>) {
  ^bb0(%t: f32, %out: f32):
    %s = arith.addf %t, %out : f32
    linalg.yield %s : f32
  } -> tensor<40x8xf32>
  return %r : tensor<40x8xf32>
}

// -----

#writes = affine_map<(d0, d1) -> (d1)>
#places = affine_map<(d0, d1) -> (d0)>

// The last that names a place, or -1: any number of them, in one operation.
// CHECK-LABEL: @last_dynamic
// CHECK-DAG: %[[NONE:.*]] = arith.constant -1 : i64
// CHECK: %[[FILL:.*]] = linalg.fill ins(%[[NONE]] : i64) outs(%{{.*}} : tensor<?xi64>)
// CHECK: tw.scatter dimension(0) combine(max) ins(%{{.*}}, %{{.*}} : tensor<?xi64>, tensor<?xi32>) outs(%[[FILL]] : tensor<?xi64>)
func.func @last_dynamic(%i: tensor<?xi32>, %count: index, %size: index) -> tensor<?xi64> {
  %lowest = arith.constant -9223372036854775808 : i64
  %none = arith.constant -1 : i64
  %e0 = tensor.empty(%count) : tensor<?xi64>
  %numbers = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e0 : tensor<?xi64>) {
  ^bb0(%out: i64):
    %p = linalg.index 0 : index
    %c = arith.index_cast %p : index to i64
    linalg.yield %c : i64
  } -> tensor<?xi64>
  %e = tensor.empty(%size) : tensor<?xi64>
  %init = linalg.fill ins(%lowest : i64) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  %r = linalg.generic {indexing_maps = [#writes, #writes, #places], iterator_types = ["parallel", "reduction"]}
      ins(%i, %numbers : tensor<?xi32>, tensor<?xi64>) outs(%init : tensor<?xi64>) {
  ^bb0(%a: i32, %n: i64, %out: i64):
    %p = linalg.index 0 : index
    %b = arith.index_cast %p : index to i32
    %c = arith.cmpi ne, %b, %a : i32
    %s = arith.select %c, %none, %n : i64
    %m = arith.maxsi %out, %s : i64
    linalg.yield %m : i64
  } -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

#writes = affine_map<(d0, d1) -> (d1)>
#places = affine_map<(d0, d1) -> (d0)>
#both = affine_map<(d0, d1) -> (d0, d1)>

// A column of indices that were repeated for each column: what they were repeated from is taken,
// and the columns are not written. The first rows of a matrix are not all of it.
// CHECK-LABEL: @slice_of_broadcast
// CHECK-SAME: %[[I:[a-z0-9]+]]: tensor<30xi64>, %[[X:[a-z0-9]+]]: tensor<60xf32>
// CHECK: %[[PART:.*]] = tensor.extract_slice %[[X]][0] [30] [1]
// CHECK: tw.scatter dimension(0) combine(max) ins(%[[PART]], %[[I]] : tensor<30xf32>, tensor<30xi64>)
func.func @slice_of_broadcast(%i: tensor<30xi64>, %x: tensor<60xf32>, %init: tensor<40xf32>) -> tensor<40xf32> {
  %lowest = arith.constant 0xFF800000 : f32
  %e = tensor.empty() : tensor<30x8xi64>
  %wide = linalg.generic {indexing_maps = [#places, #both], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<30xi64>) outs(%e : tensor<30x8xi64>) {
  ^bb0(%v: i64, %out: i64):
    linalg.yield %v : i64
  } -> tensor<30x8xi64>
  %column = tensor.extract_slice %wide[0, 0] [30, 1] [1, 1] : tensor<30x8xi64> to tensor<30x1xi64>
  %line = tensor.collapse_shape %column [[0, 1]] : tensor<30x1xi64> into tensor<30xi64>
  %part = tensor.extract_slice %x[0] [30] [1] : tensor<60xf32> to tensor<30xf32>
  %r = linalg.generic {indexing_maps = [#writes, #writes, #places], iterator_types = ["parallel", "reduction"]}
      ins(%line, %part : tensor<30xi64>, tensor<30xf32>) outs(%init : tensor<40xf32>) {
  ^bb0(%a: i64, %v: f32, %out: f32):
    %p = linalg.index 0 : index
    %b = arith.index_cast %p : index to i64
    %c = arith.cmpi eq, %b, %a : i64
    %s = arith.select %c, %v, %lowest : f32
    %m = arith.maximumf %out, %s : f32
    linalg.yield %m : f32
  } -> tensor<40xf32>
  return %r : tensor<40xf32>
}

// -----

#writes = affine_map<(d0, d1) -> (d1)>
#places = affine_map<(d0, d1) -> (d0)>

// 1 takes part in the sum of each place that is not named; and rows up to a place, not at it.
// CHECK-LABEL: @no_neutral
// CHECK-NOT: tw.scatter
func.func @no_neutral(%i: tensor<?xi64>, %x: tensor<?xf32>, %init: tensor<40xf32>) -> (tensor<40xf32>, tensor<40xf32>) {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %0 = linalg.generic {indexing_maps = [#writes, #writes, #places], iterator_types = ["parallel", "reduction"]}
      ins(%i, %x : tensor<?xi64>, tensor<?xf32>) outs(%init : tensor<40xf32>) {
  ^bb0(%a: i64, %v: f32, %out: f32):
    %p = linalg.index 0 : index
    %b = arith.index_cast %p : index to i64
    %c = arith.cmpi eq, %b, %a : i64
    %s = arith.select %c, %v, %one : f32
    %m = arith.addf %out, %s : f32
    linalg.yield %m : f32
  } -> tensor<40xf32>
  %1 = linalg.generic {indexing_maps = [#writes, #writes, #places], iterator_types = ["parallel", "reduction"]}
      ins(%i, %x : tensor<?xi64>, tensor<?xf32>) outs(%init : tensor<40xf32>) {
  ^bb0(%a: i64, %v: f32, %out: f32):
    %p = linalg.index 0 : index
    %b = arith.index_cast %p : index to i64
    %c = arith.cmpi sle, %b, %a : i64
    %s = arith.select %c, %v, %zero : f32
    %m = arith.addf %out, %s : f32
    linalg.yield %m : f32
  } -> tensor<40xf32>
  return %0, %1 : tensor<40xf32>, tensor<40xf32>
}

// -----

#writes = affine_map<(d0, d1) -> (d1)>
#places = affine_map<(d0, d1) -> (d0)>
#both = affine_map<(d0, d1) -> (d0, d1)>

// What a place is compared with differs from place to place.
// CHECK-LABEL: @no_shared_indices
// CHECK-NOT: tw.scatter
func.func @no_shared_indices(%i: tensor<40x?xi64>, %x: tensor<?xf32>, %init: tensor<40xf32>) -> tensor<40xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = linalg.generic {indexing_maps = [#both, #writes, #places], iterator_types = ["parallel", "reduction"]}
      ins(%i, %x : tensor<40x?xi64>, tensor<?xf32>) outs(%init : tensor<40xf32>) {
  ^bb0(%a: i64, %v: f32, %out: f32):
    %p = linalg.index 0 : index
    %b = arith.index_cast %p : index to i64
    %c = arith.cmpi eq, %b, %a : i64
    %s = arith.select %c, %v, %zero : f32
    %m = arith.addf %out, %s : f32
    linalg.yield %m : f32
  } -> tensor<40xf32>
  return %0 : tensor<40xf32>
}
