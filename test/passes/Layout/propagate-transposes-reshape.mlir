// RUN: tw-opt %s -tw-propagate-transposes -split-input-file | FileCheck %s
// Operations of the tensor dialect, and named ones.

// CHECK-LABEL: func @pad_concat(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x6x7x16xf32>, %[[Y:[^:]+]]: tensor<1x8x9x4xf32>
// CHECK-NOT: linalg.transpose
// CHECK: %[[P:.+]] = tensor.pad %[[X]] low[0, 1, 2, 0] high[0, 1, 0, 0]
// CHECK: %[[C:.+]] = tensor.concat dim(3) %[[P]], %[[Y]]
// CHECK: return %[[C]] : tensor<1x8x9x20xf32>
func.func @pad_concat(%x: tensor<1x6x7x16xf32>, %y: tensor<1x8x9x4xf32>) -> tensor<1x8x9x20xf32> {
  %c0 = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<1x16x6x7xf32>
  %xt = linalg.transpose ins(%x : tensor<1x6x7x16xf32>) outs(%e0 : tensor<1x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %p = tensor.pad %xt low[0, 0, 1, 2] high[0, 0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c0 : f32
  } : tensor<1x16x6x7xf32> to tensor<1x16x8x9xf32>
  %e1 = tensor.empty() : tensor<1x4x8x9xf32>
  %yt = linalg.transpose ins(%y : tensor<1x8x9x4xf32>) outs(%e1 : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %c = tensor.concat dim(1) %p, %yt : (tensor<1x16x8x9xf32>, tensor<1x4x8x9xf32>) -> tensor<1x20x8x9xf32>
  %e2 = tensor.empty() : tensor<1x8x9x20xf32>
  %r = linalg.transpose ins(%c : tensor<1x20x8x9xf32>) outs(%e2 : tensor<1x8x9x20xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<1x8x9x20xf32>
}

// -----

// Zero-stuffing of a transposed convolution; the fill is made anew in the other layout.
// CHECK-LABEL: func @insert_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x6x7x16xf32>, %[[N:[^:]+]]: index
// CHECK: %[[F:.+]] = linalg.fill {{.+}} -> tensor<?x13x15x16xf32>
// CHECK: %[[R:.+]] = tensor.insert_slice %[[X]] into %[[F]][0, 1, 1, 0] [%[[N]], 6, 7, 16] [1, 2, 2, 1]
// CHECK: return %[[R]]
func.func @insert_dynamic(%x: tensor<?x6x7x16xf32>, %n: index) -> tensor<?x13x15x16xf32> {
  %c0 = arith.constant 0.0 : f32
  %e0 = tensor.empty(%n) : tensor<?x16x6x7xf32>
  %xt = linalg.transpose ins(%x : tensor<?x6x7x16xf32>) outs(%e0 : tensor<?x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %e1 = tensor.empty(%n) : tensor<?x16x13x15xf32>
  %f = linalg.fill ins(%c0 : f32) outs(%e1 : tensor<?x16x13x15xf32>) -> tensor<?x16x13x15xf32>
  %s = tensor.insert_slice %xt into %f[0, 0, 1, 1] [%n, 16, 6, 7] [1, 1, 2, 2] : tensor<?x16x6x7xf32> into tensor<?x16x13x15xf32>
  %e2 = tensor.empty(%n) : tensor<?x13x15x16xf32>
  %r = linalg.transpose ins(%s : tensor<?x16x13x15xf32>) outs(%e2 : tensor<?x13x15x16xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<?x13x15x16xf32>
}

// -----

// A slice of one row loses that dimension; the others keep their order.
// CHECK-LABEL: func @extract_row(
// CHECK: %[[R:.+]] = tensor.extract_slice %{{.+}}[0, 2, 0, 0] [4, 1, 7, 16] [1, 1, 1, 1] : tensor<4x6x7x16xf32> to tensor<4x7x16xf32>
// CHECK: linalg.transpose ins(%[[R]] : {{.+}} permutation = [0, 2, 1]
func.func @extract_row(%x: tensor<4x6x7x16xf32>) -> tensor<4x16x7xf32> {
  %e = tensor.empty() : tensor<4x16x6x7xf32>
  %xt = linalg.transpose ins(%x : tensor<4x6x7x16xf32>) outs(%e : tensor<4x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %r = tensor.extract_slice %xt[0, 0, 2, 0] [4, 16, 1, 7] [1, 1, 1, 1] : tensor<4x16x6x7xf32> to tensor<4x16x7xf32>
  return %r : tensor<4x16x7xf32>
}

// -----

// The patches of a vision transformer: pixels to tokens.
// CHECK-LABEL: func @tokens(
// CHECK: %[[R:.+]] = tensor.collapse_shape %{{.+}} {{\[\[}}0], [1, 2], [3]] : tensor<?x5x6x16xf32> into tensor<?x30x16xf32>
// CHECK-NEXT: return %[[R]]
func.func @tokens(%x: tensor<?x5x6x16xf32>, %n: index) -> tensor<?x30x16xf32> {
  %e = tensor.empty(%n) : tensor<?x16x5x6xf32>
  %xt = linalg.transpose ins(%x : tensor<?x5x6x16xf32>) outs(%e : tensor<?x16x5x6xf32>) permutation = [0, 3, 1, 2]
  %c = tensor.collapse_shape %xt [[0], [1], [2, 3]] : tensor<?x16x5x6xf32> into tensor<?x16x30xf32>
  %e2 = tensor.empty(%n) : tensor<?x30x16xf32>
  %r = linalg.transpose ins(%c : tensor<?x16x30xf32>) outs(%e2 : tensor<?x30x16xf32>) permutation = [0, 2, 1]
  return %r : tensor<?x30x16xf32>
}

// -----

// Pixel shuffle moves data in any layout; of three transposes one is left.
// CHECK-LABEL: func @pixel_shuffle(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x5x6x12xf32>
// CHECK: %[[E:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1], [2], [3, 4, 5]] output_shape [1, 5, 6, 3, 2, 2]
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[E]] : {{.+}} permutation = [0, 1, 4, 2, 5, 3]
// CHECK-NOT: linalg.transpose
// CHECK: %[[R:.+]] = tensor.collapse_shape %[[T]] {{\[\[}}0], [1, 2], [3, 4], [5]] : {{.+}} into tensor<1x10x12x3xf32>
// CHECK: return %[[R]]
func.func @pixel_shuffle(%x: tensor<1x5x6x12xf32>) -> tensor<1x10x12x3xf32> {
  %e0 = tensor.empty() : tensor<1x12x5x6xf32>
  %xt = linalg.transpose ins(%x : tensor<1x5x6x12xf32>) outs(%e0 : tensor<1x12x5x6xf32>) permutation = [0, 3, 1, 2]
  %s = tensor.expand_shape %xt [[0], [1, 2, 3], [4], [5]] output_shape [1, 3, 2, 2, 5, 6] : tensor<1x12x5x6xf32> into tensor<1x3x2x2x5x6xf32>
  %e1 = tensor.empty() : tensor<1x3x5x2x6x2xf32>
  %t = linalg.transpose ins(%s : tensor<1x3x2x2x5x6xf32>) outs(%e1 : tensor<1x3x5x2x6x2xf32>) permutation = [0, 1, 4, 2, 5, 3]
  %c = tensor.collapse_shape %t [[0], [1], [2, 3], [4, 5]] : tensor<1x3x5x2x6x2xf32> into tensor<1x3x10x12xf32>
  %e2 = tensor.empty() : tensor<1x10x12x3xf32>
  %r = linalg.transpose ins(%c : tensor<1x3x10x12xf32>) outs(%e2 : tensor<1x10x12x3xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<1x10x12x3xf32>
}

// -----

// Rows that mix channels and columns cannot be made of a transposed value.
// CHECK-LABEL: func @no_move_past_mixing(
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: tensor.collapse_shape %[[T]]
func.func @no_move_past_mixing(%x: tensor<2x5x6x16xf32>) -> tensor<2x80x6xf32> {
  %e = tensor.empty() : tensor<2x16x5x6xf32>
  %xt = linalg.transpose ins(%x : tensor<2x5x6x16xf32>) outs(%e : tensor<2x16x5x6xf32>) permutation = [0, 3, 1, 2]
  %c = tensor.collapse_shape %xt [[0], [1, 2], [3]] : tensor<2x16x5x6xf32> into tensor<2x80x6xf32>
  return %c : tensor<2x80x6xf32>
}

// -----

// CHECK-LABEL: func @softmax(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x6x7x16xf32>
// CHECK: %[[R:.+]] = tw.softmax dimension(3) ins(%[[X]] : {{.+}} outs(%{{.+}} : tensor<?x6x7x16xf32>)
// CHECK: return %[[R]]
func.func @softmax(%x: tensor<?x6x7x16xf32>, %n: index) -> tensor<?x6x7x16xf32> {
  %e = tensor.empty(%n) : tensor<?x16x6x7xf32>
  %t = linalg.transpose ins(%x : tensor<?x6x7x16xf32>) outs(%e : tensor<?x16x6x7xf32>) permutation = [0, 3, 1, 2]
  %s = tw.softmax dimension(1) ins(%t : tensor<?x16x6x7xf32>) outs(%e : tensor<?x16x6x7xf32>) -> tensor<?x16x6x7xf32>
  %e2 = tensor.empty(%n) : tensor<?x6x7x16xf32>
  %r = linalg.transpose ins(%s : tensor<?x16x6x7xf32>) outs(%e2 : tensor<?x6x7x16xf32>) permutation = [0, 2, 3, 1]
  return %r : tensor<?x6x7x16xf32>
}

// -----

// Rows can be in any order, but what is normalized has to be last.
// CHECK-LABEL: func @no_move_past_normalized(
// CHECK: %[[A:.+]] = tw.layer_norm axis(2) {{.+}} ins(%arg0 :
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[A]] : {{.+}} permutation = [1, 0, 2]
// CHECK: %[[U:.+]] = linalg.transpose ins(%arg1 : {{.+}} permutation = [0, 2, 1]
// CHECK: tw.layer_norm axis(2) {{.+}} ins(%[[U]]
func.func @no_move_past_normalized(%x: tensor<2x3x4xf32>, %y: tensor<3x4x2xf32>) -> (tensor<3x2x4xf32>, tensor<3x2x4xf32>) {
  %e = tensor.empty() : tensor<3x2x4xf32>
  %xt = linalg.transpose ins(%x : tensor<2x3x4xf32>) outs(%e : tensor<3x2x4xf32>) permutation = [1, 0, 2]
  %a = tw.layer_norm axis(2) epsilon(1.0e-05) ins(%xt : tensor<3x2x4xf32>) outs(%e : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  %yt = linalg.transpose ins(%y : tensor<3x4x2xf32>) outs(%e : tensor<3x2x4xf32>) permutation = [0, 2, 1]
  %b = tw.layer_norm axis(2) epsilon(1.0e-05) ins(%yt : tensor<3x2x4xf32>) outs(%e : tensor<3x2x4xf32>) -> tensor<3x2x4xf32>
  return %a, %b : tensor<3x2x4xf32>, tensor<3x2x4xf32>
}

// -----

// Heads of a dynamic number of sequences: what is cut in two is as large as before.
// CHECK-LABEL: func @heads_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<10x?x4xf32>, %[[N:[^:]+]]: index, %[[M:[^:]+]]: index)
// CHECK: %[[E:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0], [1, 2], [3]] output_shape [10, %[[M]], 8, 4] : tensor<10x?x4xf32> into tensor<10x?x8x4xf32>
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[E]] : tensor<10x?x8x4xf32>) {{.+}} permutation = [1, 2, 0, 3]
// CHECK: return %[[T]]
func.func @heads_dynamic(%x: tensor<10x?x4xf32>, %n: index, %m: index) -> tensor<?x8x10x4xf32> {
  %e = tensor.empty(%n) : tensor<?x10x4xf32>
  %t = linalg.transpose ins(%x : tensor<10x?x4xf32>) outs(%e : tensor<?x10x4xf32>) permutation = [1, 0, 2]
  %y = tensor.expand_shape %t [[0, 1], [2], [3]] output_shape [%m, 8, 10, 4] : tensor<?x10x4xf32> into tensor<?x8x10x4xf32>
  return %y : tensor<?x8x10x4xf32>
}
