// RUN: tw-opt %s -tw-split-reshapes -split-input-file | FileCheck %s

// Heads of a part of a product: rows of 32 that do not follow one another are not merged.
// CHECK-LABEL: func @heads(
// CHECK-SAME: %[[X:.+]]: tensor<10x256x32xf32>
// CHECK-NEXT: %[[E:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1], [2, 3]] output_shape [10, 256, 8, 4] : tensor<10x256x32xf32> into tensor<10x256x8x4xf32>
// CHECK-NEXT: return %[[E]]
func.func @heads(%x: tensor<10x256x32xf32>) -> tensor<10x256x8x4xf32> {
  %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<10x256x32xf32> into tensor<10x8192xf32>
  %e = tensor.expand_shape %c [[0], [1, 2, 3]] output_shape [10, 256, 8, 4] : tensor<10x8192xf32> into tensor<10x256x8x4xf32>
  return %e : tensor<10x256x8x4xf32>
}

// -----

// A dimension of size 1 joins the one after which it stands, and reshapes in a row are seen as one.
// CHECK-LABEL: func @unit(
// CHECK-SAME: %[[X:.+]]: tensor<10x256x1x32xf32>
// CHECK-NEXT: %[[C:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<10x256x1x32xf32> into tensor<10x256x32xf32>
// CHECK-NEXT: %[[E:.+]] = tensor.expand_shape %[[C]] {{\[\[}}0], [1], [2, 3]] output_shape [10, 256, 8, 4]
// CHECK-NEXT: return %[[E]]
func.func @unit(%x: tensor<10x256x1x32xf32>) -> tensor<10x256x8x4xf32> {
  %c = tensor.collapse_shape %x [[0], [1, 2, 3]] : tensor<10x256x1x32xf32> into tensor<10x8192xf32>
  %e = tensor.expand_shape %c [[0], [1, 2]] output_shape [10, 2048, 4] : tensor<10x8192xf32> into tensor<10x2048x4xf32>
  %f = tensor.expand_shape %e [[0], [1, 2], [3]] output_shape [10, 256, 8, 4] : tensor<10x2048x4xf32> into tensor<10x256x8x4xf32>
  return %f : tensor<10x256x8x4xf32>
}

// -----

// 6 x 4 and 3 x 8 have no boundary in common, 2 before and 5 after them do.
// CHECK-LABEL: func @middle(
// CHECK-SAME: %[[X:.+]]: tensor<2x6x4x5xf32>
// CHECK-NEXT: %[[C:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1, 2], [3]] : tensor<2x6x4x5xf32> into tensor<2x24x5xf32>
// CHECK-NEXT: %[[E:.+]] = tensor.expand_shape %[[C]] {{\[\[}}0], [1, 2], [3]] output_shape [2, 3, 8, 5] : tensor<2x24x5xf32> into tensor<2x3x8x5xf32>
// CHECK-NEXT: return %[[E]]
func.func @middle(%x: tensor<2x6x4x5xf32>) -> tensor<2x3x8x5xf32> {
  %c = tensor.collapse_shape %x [[0, 1, 2, 3]] : tensor<2x6x4x5xf32> into tensor<240xf32>
  %e = tensor.expand_shape %c [[0, 1, 2, 3]] output_shape [2, 3, 8, 5] : tensor<240xf32> into tensor<2x3x8x5xf32>
  return %e : tensor<2x3x8x5xf32>
}

// -----

// Boundaries before and after a dynamic size.
// CHECK-LABEL: func @dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<4x2x?x32xf32>, %[[N:[^:]+]]: index
// CHECK-NEXT: %[[C:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2], [3]] : tensor<4x2x?x32xf32> into tensor<8x?x32xf32>
// CHECK-NEXT: %[[E:.+]] = tensor.expand_shape %[[C]] {{\[\[}}0], [1], [2, 3]] output_shape [8, %[[N]], 8, 4] : tensor<8x?x32xf32> into tensor<8x?x8x4xf32>
// CHECK-NEXT: return %[[E]]
func.func @dynamic(%x: tensor<4x2x?x32xf32>, %n: index) -> tensor<8x?x8x4xf32> {
  %c = tensor.collapse_shape %x [[0, 1, 2, 3]] : tensor<4x2x?x32xf32> into tensor<?xf32>
  %e = tensor.expand_shape %c [[0, 1, 2, 3]] output_shape [8, %n, 8, 4] : tensor<?xf32> into tensor<8x?x8x4xf32>
  return %e : tensor<8x?x8x4xf32>
}

// -----

// Two dynamic sizes may have any boundary between them.
// CHECK-LABEL: func @no_dynamic_boundary(
// CHECK: tensor.collapse_shape %{{.+}} {{\[\[}}0, 1]] : tensor<?x?xf32> into tensor<?xf32>
// CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0, 1]]
func.func @no_dynamic_boundary(%x: tensor<?x?xf32>, %n: index) -> tensor<?x4xf32> {
  %c = tensor.collapse_shape %x [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>
  %e = tensor.expand_shape %c [[0, 1]] output_shape [%n, 4] : tensor<?xf32> into tensor<?x4xf32>
  return %e : tensor<?x4xf32>
}

// -----

// CHECK-LABEL: func @no_common_boundary(
// CHECK: tensor.collapse_shape %{{.+}} {{\[\[}}0, 1]] : tensor<6x4xf32> into tensor<24xf32>
// CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0, 1]] output_shape [3, 8]
func.func @no_common_boundary(%x: tensor<6x4xf32>) -> tensor<3x8xf32> {
  %c = tensor.collapse_shape %x [[0, 1]] : tensor<6x4xf32> into tensor<24xf32>
  %e = tensor.expand_shape %c [[0, 1]] output_shape [3, 8] : tensor<24xf32> into tensor<3x8xf32>
  return %e : tensor<3x8xf32>
}

// -----

// Any boundary holds the same nothing: sizes do not say which belong together.
// CHECK-LABEL: func @no_elements(
// CHECK: tensor.collapse_shape %{{.+}} {{\[\[}}0, 1]] : tensor<4x0xf32> into tensor<0xf32>
// CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0, 1]] output_shape [2, 0]
func.func @no_elements(%x: tensor<4x0xf32>) -> tensor<2x0xf32> {
  %c = tensor.collapse_shape %x [[0, 1]] : tensor<4x0xf32> into tensor<0xf32>
  %e = tensor.expand_shape %c [[0, 1]] output_shape [2, 0] : tensor<0xf32> into tensor<2x0xf32>
  return %e : tensor<2x0xf32>
}
