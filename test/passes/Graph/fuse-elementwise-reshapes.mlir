// RUN: tw-opt %s -tw-fuse-elementwise -canonicalize -cse -split-input-file | FileCheck %s

// Batch and length are one dimension in the matmul, two after it: bias and residual become its
// epilogue.
// CHECK-DAG: #[[ID:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[COLUMN:.+]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @dynamic_batch(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x8xf32>, %[[W:[^:]+]]: tensor<8x6xf32>, %[[BIAS:[^:]+]]: tensor<6xf32>, %[[RES:[^:]+]]: tensor<?x?x6xf32>, %[[INIT:[^:]+]]: tensor<?x6xf32>, %[[B:[^:]+]]: index, %[[T:[^:]+]]: index)
// CHECK: %[[M:.+]] = linalg.matmul
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[RES]] {{\[\[}}0, 1], [2]]
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[ID]], #[[COLUMN]], #[[ID]], #[[ID]]]{{.+}} ins(%[[M]], %[[BIAS]], %[[C]] :
// CHECK: %[[E:.+]] = tensor.expand_shape %[[R]] {{\[\[}}0, 1], [2]] output_shape [%[[B]], %[[T]], 6]
// CHECK: return %[[E]]
func.func @dynamic_batch(%x: tensor<?x8xf32>, %w: tensor<8x6xf32>, %bias: tensor<6xf32>, %res: tensor<?x?x6xf32>, %init: tensor<?x6xf32>, %b: index, %t: index) -> tensor<?x?x6xf32> {
  %m = linalg.matmul ins(%x, %w : tensor<?x8xf32>, tensor<8x6xf32>) outs(%init : tensor<?x6xf32>) -> tensor<?x6xf32>
  %me = tensor.expand_shape %m [[0, 1], [2]] output_shape [%b, %t, 6] : tensor<?x6xf32> into tensor<?x?x6xf32>
  %e = tensor.empty(%b, %t) : tensor<?x?x6xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, t, c) -> (b, t, c)>, affine_map<(b, t, c) -> (c)>, affine_map<(b, t, c) -> (b, t, c)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%me, %bias : tensor<?x?x6xf32>, tensor<6xf32>) outs(%e : tensor<?x?x6xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %0 = arith.addf %i, %j : f32
    linalg.yield %0 : f32
  } -> tensor<?x?x6xf32>
  %r = linalg.add ins(%s, %res : tensor<?x?x6xf32>, tensor<?x?x6xf32>) outs(%e : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  return %r : tensor<?x?x6xf32>
}

// -----

// A batch of one is only a loop of one iteration here; the residual has it.
// CHECK-LABEL: func @unit_batch(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4x8xf32>, %[[W:[^:]+]]: tensor<8x6xf32>, %[[RES:[^:]+]]: tensor<1x4x6xf32>
// CHECK: %[[M:.+]] = linalg.matmul
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[RES]] {{\[\[}}0, 1], [2]]
// CHECK: %[[R:.+]] = linalg.generic {{.+}} ins(%[[M]], %[[C]] : tensor<4x6xf32>, tensor<4x6xf32>)
// CHECK: linalg.matmul ins(%[[R]],
func.func @unit_batch(%x: tensor<4x8xf32>, %w: tensor<8x6xf32>, %res: tensor<1x4x6xf32>, %init: tensor<4x6xf32>, %w2: tensor<6x6xf32>) -> tensor<4x6xf32> {
  %m = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%init : tensor<4x6xf32>) -> tensor<4x6xf32>
  %e = tensor.empty() : tensor<1x4x6xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(b, t, c) -> (t, c)>, affine_map<(b, t, c) -> (b, t, c)>, affine_map<(b, t, c) -> (b, t, c)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%m, %res : tensor<4x6xf32>, tensor<1x4x6xf32>) outs(%e : tensor<1x4x6xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %0 = arith.addf %i, %j : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x6xf32>
  %c = tensor.collapse_shape %s [[0, 1], [2]] : tensor<1x4x6xf32> into tensor<4x6xf32>
  %r = linalg.matmul ins(%c, %w2 : tensor<4x6xf32>, tensor<6x6xf32>) outs(%init : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A global average: the division reads the sum at 0, where there is one pixel.
// CHECK: #[[ID:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func @average(
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]]{{.+}} ins(%{{.+}} : tensor<2x1x6xf32>)
// CHECK: arith.divf
func.func @average(%x: tensor<2x9x6xf32>, %init: tensor<2x1x6xf32>, %n: f32) -> tensor<2x1x6xf32> {
  %sum = linalg.generic {indexing_maps = [affine_map<(b, p, c) -> (b, p, c)>, affine_map<(b, p, c) -> (b, 0, c)>], iterator_types = ["parallel", "reduction", "parallel"]}
      ins(%x : tensor<2x9x6xf32>) outs(%init : tensor<2x1x6xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = arith.addf %i, %o : f32
    linalg.yield %0 : f32
  } -> tensor<2x1x6xf32>
  %e = tensor.empty() : tensor<2x1x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(b, p, c) -> (b, 0, c)>, affine_map<(b, p, c) -> (b, p, c)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%sum : tensor<2x1x6xf32>) outs(%e : tensor<2x1x6xf32>) {
  ^bb0(%i: f32, %o: f32):
    %0 = arith.divf %i, %n : f32
    linalg.yield %0 : f32
  } -> tensor<2x1x6xf32>
  return %r : tensor<2x1x6xf32>
}

// -----

// Chains go on behind reshapes of either kind.
// CHECK-LABEL: func @chain(
// CHECK-COUNT-1: linalg.generic
// CHECK: math.absf
// CHECK: math.tanh
// CHECK: math.exp
// CHECK-NOT: linalg.generic
func.func @chain(%x: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  %e3 = tensor.empty() : tensor<2x4x6xf32>
  %e2 = tensor.empty() : tensor<8x6xf32>
  %a = linalg.abs ins(%x : tensor<2x4x6xf32>) outs(%e3 : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  %c = tensor.collapse_shape %a [[0, 1], [2]] : tensor<2x4x6xf32> into tensor<8x6xf32>
  %b = linalg.tanh ins(%c : tensor<8x6xf32>) outs(%e2 : tensor<8x6xf32>) -> tensor<8x6xf32>
  %s = tensor.expand_shape %b [[0, 1], [2]] output_shape [2, 4, 6] : tensor<8x6xf32> into tensor<2x4x6xf32>
  %r = linalg.exp ins(%s : tensor<2x4x6xf32>) outs(%e3 : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}

// -----

// Rows that all of a batch share have no place in merged loops.
// CHECK-LABEL: func @no_merge_of_partial_broadcast(
// CHECK: %[[M:.+]] = linalg.matmul
// CHECK: %[[E:.+]] = tensor.expand_shape %[[M]]
// CHECK: linalg.generic {{.+}} ins(%[[E]], %arg2 : tensor<2x4x6xf32>, tensor<4x6xf32>)
func.func @no_merge_of_partial_broadcast(%x: tensor<8x8xf32>, %w: tensor<8x6xf32>, %rows: tensor<4x6xf32>, %init: tensor<8x6xf32>) -> tensor<2x4x6xf32> {
  %m = linalg.matmul ins(%x, %w : tensor<8x8xf32>, tensor<8x6xf32>) outs(%init : tensor<8x6xf32>) -> tensor<8x6xf32>
  %me = tensor.expand_shape %m [[0, 1], [2]] output_shape [2, 4, 6] : tensor<8x6xf32> into tensor<2x4x6xf32>
  %e = tensor.empty() : tensor<2x4x6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(b, t, c) -> (b, t, c)>, affine_map<(b, t, c) -> (t, c)>, affine_map<(b, t, c) -> (b, t, c)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%me, %rows : tensor<2x4x6xf32>, tensor<4x6xf32>) outs(%e : tensor<2x4x6xf32>) {
  ^bb0(%i: f32, %j: f32, %o: f32):
    %0 = arith.addf %i, %j : f32
    linalg.yield %0 : f32
  } -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}
