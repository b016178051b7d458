// RUN: tw-opt %s -tw-fuse-elementwise -canonicalize -split-input-file | FileCheck %s
// What costs less to compute again than to read.

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// The difference from a mean, which the variance and the normalization use, is not stored.
// CHECK-LABEL: func @centered(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x8xf32>, %[[MEAN:[^:]+]]: tensor<8xf32>
// CHECK: %[[V:.+]] = linalg.generic {{.+}}"reduction"{{.+}} ins(%[[X]], %[[MEAN]] :
// CHECK: arith.subf
// CHECK: linalg.generic {{.+}} ins(%[[X]], %[[MEAN]], %[[V]] :
// CHECK: arith.subf
func.func @centered(%x: tensor<?x8xf32>, %mean: tensor<8xf32>, %init: tensor<8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %mean : tensor<?x8xf32>, tensor<8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %m: f32, %o: f32):
    %0 = arith.subf %a, %m : f32
    linalg.yield %0 : f32
  } -> tensor<?x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%c : tensor<?x8xf32>) outs(%init : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  %n = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%c, %v : tensor<?x8xf32>, tensor<8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %0 = math.rsqrt %s : f32
    %1 = arith.mulf %a, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// An exponential costs more than its result.
// CHECK-LABEL: func @no_repeated_exponential(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x8xf32>
// CHECK: %[[E:.+]] = linalg.generic {{.+}} ins(%[[X]] : tensor<?x8xf32>)
// CHECK: math.exp
// CHECK: linalg.generic {{.+}}"reduction"{{.+}} ins(%[[E]] :
// CHECK: linalg.generic {{.+}} ins(%[[E]], %
func.func @no_repeated_exponential(%x: tensor<?x8xf32>, %init: tensor<8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = math.exp %a : f32
    linalg.yield %0 : f32
  } -> tensor<?x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%c : tensor<?x8xf32>) outs(%init : tensor<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<8xf32>
  %n = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%c, %v : tensor<?x8xf32>, tensor<8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%a: f32, %s: f32, %o: f32):
    %1 = arith.divf %a, %s : f32
    linalg.yield %1 : f32
  } -> tensor<?x8xf32>
  return %n : tensor<?x8xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// The bias of a product stays with it: there it is added in registers.
// CHECK-LABEL: func @no_repeated_epilogue(
// CHECK: %[[M:.+]] = linalg.matmul
// CHECK: %[[B:.+]] = linalg.generic {{.+}} ins(%[[M]], %
// CHECK: linalg.generic {{.+}}"reduction"{{.+}} ins(%[[B]] :
// CHECK: linalg.generic {{.+}} ins(%[[B]], %
func.func @no_repeated_epilogue(%a: tensor<4x16xf32>, %w: tensor<16x8xf32>, %bias: tensor<8xf32>, %init: tensor<8xf32>, %e: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %m = linalg.matmul ins(%a, %w : tensor<4x16xf32>, tensor<16x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %c = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%m, %bias : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %b: f32, %o: f32):
    %0 = arith.addf %x, %b : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  %v = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]} ins(%c : tensor<4x8xf32>) outs(%init : tensor<8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %0 = arith.maximumf %o, %x : f32
    linalg.yield %0 : f32
  } -> tensor<8xf32>
  %n = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%c, %v : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%x: f32, %s: f32, %o: f32):
    %0 = arith.subf %x, %s : f32
    linalg.yield %0 : f32
  } -> tensor<4x8xf32>
  return %n : tensor<4x8xf32>
}
