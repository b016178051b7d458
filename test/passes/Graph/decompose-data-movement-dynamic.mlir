// RUN: tw-opt %s -tw-decompose-data-movement -split-input-file | FileCheck %s
// Sides of a tensor.pad that are filled one by one, of dynamic sizes.

// The border of a dynamic number of images: as many of each side.
// CHECK-LABEL: func @dynamic_batch(
// CHECK: %[[N:.+]] = tensor.dim
// CHECK: %[[E:.+]] = tensor.empty(%[[N]])
// CHECK: %[[S:.+]] = tensor.extract_slice %[[E]][0, 0, 0, 0] [%[[N]], 1, 32, 16] [1, 1, 1, 1]
// CHECK: linalg.fill {{.+}} outs(%[[S]]
// CHECK: tensor.extract_slice {{.+}}[0, 31, 0, 0] [%[[N]], 1, 32, 16] [1, 1, 1, 1]
// CHECK: tensor.extract_slice {{.+}}[0, 1, 0, 0] [%[[N]], 30, 1, 16] [1, 1, 1, 1]
// CHECK: tensor.extract_slice {{.+}}[0, 1, 31, 0] [%[[N]], 30, 1, 16] [1, 1, 1, 1]
// CHECK: tensor.insert_slice {{.+}}[0, 1, 1, 0] [%{{.+}}, 30, 30, 16] [1, 1, 1, 1]
// CHECK-NOT: linalg.fill
func.func @dynamic_batch(%x: tensor<?x30x30x16xf32>) -> tensor<?x32x32x16xf32> {
  %z = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %z : f32
  } : tensor<?x30x30x16xf32> to tensor<?x32x32x16xf32>
  return %0 : tensor<?x32x32x16xf32>
}

// -----

// The last side begins behind as many rows as the image has.
// CHECK-LABEL: func @dynamic_image(
// CHECK: %[[H:.+]] = tensor.dim
// CHECK: %[[W:.+]] = tensor.dim
// CHECK: %[[E:.+]] = tensor.empty(%{{.+}}, %[[W]])
// CHECK: tensor.extract_slice %[[E]][0, 0, 0, 0] [1, 1, %[[W]], 16] [1, 1, 1, 1]
// CHECK: %[[LAST:.+]] = affine.apply {{.+}}()[%[[H]]]
// CHECK: tensor.extract_slice {{.+}}[0, %[[LAST]], 0, 0] [1, 2, %[[W]], 16] [1, 1, 1, 1]
// CHECK: tensor.insert_slice {{.+}}[0, 1, 0, 0] [1, %{{.+}}, %{{.+}}, 16] [1, 1, 1, 1]
func.func @dynamic_image(%x: tensor<1x?x?x16xf32>) -> tensor<1x?x?x16xf32> {
  %z = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, 1, 0, 0] high[0, 2, 0, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %z : f32
  } : tensor<1x?x?x16xf32> to tensor<1x?x?x16xf32>
  return %0 : tensor<1x?x?x16xf32>
}

// -----

// Of a width that is known in the call only it may be nearly all: one fill.
// CHECK-LABEL: func @no_border_of_unknown_width(
// CHECK: %[[E:.+]] = tensor.empty(
// CHECK: %[[F:.+]] = linalg.fill {{.+}} outs(%[[E]]
// CHECK: tensor.insert_slice {{.+}} into %[[F]][0, %{{.+}}, 0, 0] [1, 64, 64, 16] [1, 1, 1, 1]
func.func @no_border_of_unknown_width(%x: tensor<1x64x64x16xf32>, %before: index) -> tensor<1x?x64x16xf32> {
  %z = arith.constant 0.0 : f32
  %0 = tensor.pad %x low[0, %before, 0, 0] high[0, 0, 0, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %z : f32
  } : tensor<1x64x64x16xf32> to tensor<1x?x64x16xf32>
  return %0 : tensor<1x?x64x16xf32>
}
