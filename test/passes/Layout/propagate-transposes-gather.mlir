// RUN: tw-opt %s -tw-propagate-transposes -split-input-file | FileCheck %s
// Bodies that read tensors outside by computed indices, and moves upwards.

#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
#row = affine_map<(n, c, h, w) -> (h)>
// CHECK-DAG: #[[$ROW:.+]] = affine_map<(d0, d1, d2, d3) -> (d1)>

// An upsampling reads the value before the transpose, with its indices in that order.
// CHECK-LABEL: func @upsample_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x5x6x16xf32>, %{{[^:]+}}: index, %[[ROWS:[^:]+]]: tensor<10xindex>
// CHECK-NOT: linalg.transpose
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$ROW]], #{{.+}}]{{.+}} ins(%[[ROWS]] : tensor<10xindex>)
// CHECK: ^bb0(%[[I:.+]]: index, %{{.+}}: f32):
// CHECK-DAG: %[[N:.+]] = linalg.index 0
// CHECK-DAG: %[[C:.+]] = linalg.index 3
// CHECK-DAG: %[[W:.+]] = linalg.index 2
// CHECK: tensor.extract %[[X]][%[[N]], %[[I]], %[[W]], %[[C]]]
// CHECK: return %[[R]] : tensor<?x10x6x16xf32>
func.func @upsample_dynamic(%x: tensor<?x5x6x16xf32>, %size: index, %rows: tensor<10xindex>) -> tensor<?x10x6x16xf32> {
  %e0 = tensor.empty(%size) : tensor<?x16x5x6xf32>
  %xt = linalg.transpose ins(%x : tensor<?x5x6x16xf32>) outs(%e0 : tensor<?x16x5x6xf32>) permutation = [0, 3, 1, 2]
  %e1 = tensor.empty(%size) : tensor<?x16x10x6xf32>
  %u = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%rows : tensor<10xindex>) outs(%e1 : tensor<?x16x10x6xf32>) {
  ^bb0(%i: index, %out: f32):
    %n = linalg.index 0 : index
    %c = linalg.index 1 : index
    %w = linalg.index 3 : index
    %v = tensor.extract %xt[%n, %c, %i, %w] : tensor<?x16x5x6xf32>
    linalg.yield %v : f32
  } -> tensor<?x16x10x6xf32>
  %e2 = tensor.empty(%size) : tensor<?x10x6x16xf32>
  %r = linalg.transpose ins(%u : tensor<?x16x10x6xf32>) outs(%e2 : tensor<?x10x6x16xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<?x10x6x16xf32>
}

// -----

// The input of a model goes into its first convolution: before the pad it is smaller.
// CHECK-LABEL: func @hoist_above_pad(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x3x?x8xf32>
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[X]]
// CHECK: tensor.pad %[[T]] low[0, 1, 1, 0] high[0, 1, 1, 0]
func.func @hoist_above_pad(%x: tensor<?x3x?x8xf32>, %n: index, %h: index) -> tensor<?x?x10x3xf32> {
  %c0 = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c0 : f32
  } : tensor<?x3x?x8xf32> to tensor<?x3x?x10xf32>
  %e = tensor.empty(%n, %h) : tensor<?x?x10x3xf32>
  %r = linalg.transpose ins(%p : tensor<?x3x?x10xf32>) outs(%e : tensor<?x?x10x3xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<?x?x10x3xf32>
}

// -----

// The padded value is read as it is too.
// CHECK-LABEL: func @no_hoist_two_readers(
// CHECK: %[[P:.+]] = tensor.pad
// CHECK: linalg.transpose ins(%[[P]]
func.func @no_hoist_two_readers(%x: tensor<1x3x8x8xf32>) -> (tensor<1x10x10x3xf32>, tensor<1x3x10x10xf32>) {
  %c0 = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c0 : f32
  } : tensor<1x3x8x8xf32> to tensor<1x3x10x10xf32>
  %e = tensor.empty() : tensor<1x10x10x3xf32>
  %r = linalg.transpose ins(%p : tensor<1x3x10x10xf32>) outs(%e : tensor<1x10x10x3xf32>) permutation = [0, 2, 3, 1]
  return %r, %p : tensor<1x10x10x3xf32>, tensor<1x3x10x10xf32>
}

// -----

// Asking for a size keeps no transpose alive.
// CHECK-LABEL: func @sizes(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x6x?x16xf32>
// CHECK-NOT: linalg.transpose
// CHECK: %[[C2:.+]] = arith.constant 2 : index
// CHECK: %[[D:.+]] = tensor.dim %[[X]], %[[C2]]
// CHECK: return %[[D]]
func.func @sizes(%x: tensor<?x6x?x16xf32>, %n: index, %w: index) -> index {
  %c3 = arith.constant 3 : index
  %e = tensor.empty(%n, %w) : tensor<?x16x6x?xf32>
  %t = linalg.transpose ins(%x : tensor<?x6x?x16xf32>) outs(%e : tensor<?x16x6x?xf32>) permutation = [0, 3, 1, 2]
  %d = tensor.dim %t, %c3 : tensor<?x16x6x?xf32>
  return %d : index
}
