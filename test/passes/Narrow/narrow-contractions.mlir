// RUN: tw-opt %s -tw-narrow-contractions -canonicalize -split-input-file | FileCheck %s

// Both operands are rounded, whatever they are; products and their sum are f32, and so is the
// result.
// CHECK-DAG: #[[$ID:.+]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @matmul_dynamic(
// CHECK-SAME:    %[[W:[^:]+]]: tensor<64x128xf32> {tw.weight = "w"}, %[[X:[^:]+]]: tensor<?x64xf32>, %[[I:[^:]+]]: tensor<?x128xf32>)
// CHECK-DAG:   %[[W16:.+]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ID]]], {{.*}} ins(%[[W]] : tensor<64x128xf32>) outs(%{{.*}} : tensor<64x128xbf16>)
// CHECK-DAG:   %[[X16:.+]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ID]]], {{.*}} ins(%[[X]] : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK:       %[[R:.+]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME:    ins(%[[X16]], %[[W16]] : tensor<?x64xbf16>, tensor<64x128xbf16>) outs(%[[I]] : tensor<?x128xf32>)
// CHECK-NEXT:  ^bb0(%[[A:.+]]: bf16, %[[B:.+]]: bf16, %[[SUM:.+]]: f32):
// CHECK-NEXT:    %[[AW:.+]] = arith.extf %[[A]] : bf16 to f32
// CHECK-NEXT:    %[[BW:.+]] = arith.extf %[[B]] : bf16 to f32
// CHECK-NEXT:    %[[P:.+]] = arith.mulf %[[AW]], %[[BW]] : f32
// CHECK-NEXT:    %[[S:.+]] = arith.addf %[[SUM]], %[[P]] : f32
// CHECK-NEXT:    linalg.yield %[[S]] : f32
// CHECK:       return %[[R]] : tensor<?x128xf32>
func.func @matmul_dynamic(%w: tensor<64x128xf32> {tw.weight = "w"}, %x: tensor<?x64xf32>, %i: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x128xf32>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %r : tensor<?x128xf32>
}

// -----

// The image is rounded before it is padded: the rounding can become the epilogue of what computes
// it, and the border is stored in bf16.
// CHECK-LABEL: func.func @padded_convolution(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<1x8x8x4xf32>, %[[F:[^:]+]]: tensor<3x3x4x6xf32>
// CHECK-DAG:   %[[ZERO:.+]] = arith.constant 0.000000e+00 : bf16
// CHECK-DAG:   %[[F16:.+]] = linalg.generic {{.*}} ins(%[[F]] : tensor<3x3x4x6xf32>) outs(%{{.*}} : tensor<3x3x4x6xbf16>)
// CHECK-DAG:   %[[X16:.+]] = linalg.generic {{.*}} ins(%[[X]] : tensor<1x8x8x4xf32>) outs(%{{.*}} : tensor<1x8x8x4xbf16>)
// CHECK:       %[[P:.+]] = tensor.pad %[[X16]] low[0, 1, 1, 0] high[0, 1, 1, 0]
// CHECK:         tensor.yield %[[ZERO]] : bf16
// CHECK-NOT:   tensor.pad
// CHECK:       linalg.generic {{.*}} ins(%[[P]], %[[F16]] : tensor<1x10x10x4xbf16>, tensor<3x3x4x6xbf16>) outs(%{{.*}} : tensor<1x8x8x6xf32>)
func.func @padded_convolution(%x: tensor<1x8x8x4xf32>, %f: tensor<3x3x4x6xf32> {tw.weight = "f"}, %o: tensor<1x8x8x6xf32>) -> tensor<1x8x8x6xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %f : tensor<1x10x10x4xf32>, tensor<3x3x4x6xf32>) outs(%o : tensor<1x8x8x6xf32>) -> tensor<1x8x8x6xf32>
  return %r : tensor<1x8x8x6xf32>
}

// -----

// Behind reshapes and a transpose, too: the tensor that is computed is what is rounded.
// CHECK-LABEL: func.func @moved_operand(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x4x16xf32>
// CHECK:       %[[X16:.+]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x4x16xf32>) outs(%{{.*}} : tensor<?x4x16xbf16>)
// CHECK:       %[[C:.+]] = tensor.collapse_shape %[[X16]] {{.*}} : tensor<?x4x16xbf16> into tensor<?x64xbf16>
// CHECK:       %[[T:.+]] = linalg.transpose ins(%[[C]] : tensor<?x64xbf16>) outs(%{{.*}} : tensor<64x?xbf16>) permutation = [1, 0]
// CHECK:       %[[E:.+]] = tensor.expand_shape %[[T]] {{.*}} : tensor<64x?xbf16> into tensor<1x64x?xbf16>
// CHECK-NOT:   ins(%[[E]] :
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %[[E]] : tensor<1x8x64xbf16>, tensor<1x64x?xbf16>) outs(%{{.*}} : tensor<1x8x?xf32>)
func.func @moved_operand(%x: tensor<?x4x16xf32>, %a: tensor<1x8x64xf32>, %o: tensor<1x8x?xf32>, %n: index) -> tensor<1x8x?xf32> {
  %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x4x16xf32> into tensor<?x64xf32>
  %empty = tensor.empty(%n) : tensor<64x?xf32>
  %t = linalg.transpose ins(%c : tensor<?x64xf32>) outs(%empty : tensor<64x?xf32>) permutation = [1, 0]
  %e = tensor.expand_shape %t [[0, 1], [2]] output_shape [1, 64, %n] : tensor<64x?xf32> into tensor<1x64x?xf32>
  %r = linalg.batch_matmul ins(%a, %e : tensor<1x8x64xf32>, tensor<1x64x?xf32>) outs(%o : tensor<1x8x?xf32>) -> tensor<1x8x?xf32>
  return %r : tensor<1x8x?xf32>
}

// -----

// Query, key and value; the mask is added to the scores in f32 and stays.
// CHECK-LABEL: func.func @attention_dynamic(
// CHECK-SAME:    %[[Q:[^:]+]]: tensor<2x?x16xf32>, %[[KV:[^:]+]]: tensor<2x?x16xf32>, %[[M:[^:]+]]: tensor<2x?x?xf32>
// CHECK-DAG:   %[[KV16:.+]] = linalg.generic {{.*}} ins(%[[KV]] : tensor<2x?x16xf32>) outs(%{{.*}} : tensor<2x?x16xbf16>)
// CHECK-DAG:   %[[Q16:.+]] = linalg.generic {{.*}} ins(%[[Q]] : tensor<2x?x16xf32>) outs(%{{.*}} : tensor<2x?x16xbf16>)
// CHECK:       tw.attention scale(2.500000e-01) ins(%[[Q16]], %[[KV16]], %[[KV16]] : tensor<2x?x16xbf16>, tensor<2x?x16xbf16>, tensor<2x?x16xbf16>)
// CHECK-SAME:    mask(%[[M]] : tensor<2x?x?xf32>) outs(%{{.*}} : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
func.func @attention_dynamic(%q: tensor<2x?x16xf32>, %kv: tensor<2x?x16xf32>, %m: tensor<2x?x?xf32>, %o: tensor<2x?x16xf32>) -> tensor<2x?x16xf32> {
  %r = tw.attention scale(0.25) ins(%q, %kv, %kv : tensor<2x?x16xf32>, tensor<2x?x16xf32>, tensor<2x?x16xf32>) mask(%m : tensor<2x?x?xf32>) outs(%o : tensor<2x?x16xf32>) -> tensor<2x?x16xf32>
  return %r : tensor<2x?x16xf32>
}

// -----

// Windows that mix no channels multiply too.
// CHECK-LABEL: func.func @depthwise(
// CHECK:       linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]
// CHECK-SAME:    ins(%{{.*}}, %{{.*}} : tensor<1x10x10x4xbf16>, tensor<3x3x4xbf16>) outs(%{{.*}} : tensor<1x8x8x4xf32>)
func.func @depthwise(%x: tensor<1x10x10x4xf32>, %f: tensor<3x3x4xf32>, %o: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %f : tensor<1x10x10x4xf32>, tensor<3x3x4xf32>) outs(%o : tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  return %r : tensor<1x8x8x4xf32>
}

// -----

// Other types are the user's choice.
// CHECK-LABEL: func.func @no_other_types(
// CHECK-NOT:   bf16
// CHECK:       linalg.matmul {{.*}} -> tensor<4x4xi32>
// CHECK:       linalg.matmul {{.*}} -> tensor<4x4xf64>
// CHECK:       linalg.matmul {{.*}} -> tensor<4x4xf16>
// CHECK:       tw.attention {{.*}} -> tensor<4x4xf64>
func.func @no_other_types(%i: tensor<4x4xi32>, %d: tensor<4x4xf64>, %h: tensor<4x4xf16>) -> (tensor<4x4xi32>, tensor<4x4xf64>, tensor<4x4xf16>, tensor<4x4xf64>) {
  %0 = linalg.matmul ins(%i, %i : tensor<4x4xi32>, tensor<4x4xi32>) outs(%i : tensor<4x4xi32>) -> tensor<4x4xi32>
  %1 = linalg.matmul ins(%d, %d : tensor<4x4xf64>, tensor<4x4xf64>) outs(%d : tensor<4x4xf64>) -> tensor<4x4xf64>
  %2 = linalg.matmul ins(%h, %h : tensor<4x4xf16>, tensor<4x4xf16>) outs(%h : tensor<4x4xf16>) -> tensor<4x4xf16>
  %3 = tw.attention scale(1.0) ins(%d, %d, %d : tensor<4x4xf64>, tensor<4x4xf64>, tensor<4x4xf64>) outs(%d : tensor<4x4xf64>) -> tensor<4x4xf64>
  return %0, %1, %2, %3 : tensor<4x4xi32>, tensor<4x4xf64>, tensor<4x4xf16>, tensor<4x4xf64>
}

// -----

// Weights times weights: computed once, at load, where it costs nothing to be exact.
// CHECK-LABEL: func.func @no_constant_work(
// CHECK:       %[[C:.+]] = linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<64x8xf32>, tensor<8x64xf32>)
// CHECK:       linalg.generic {{.*}} ins(%[[C]] : tensor<64x64xf32>) outs(%{{.*}} : tensor<64x64xbf16>)
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x64xbf16>, tensor<64x64xbf16>)
func.func @no_constant_work(%a: tensor<64x8xf32> {tw.weight = "a"}, %b: tensor<8x64xf32> {tw.weight = "b"}, %c: tensor<64x64xf32> {tw.weight = "c"},
    %x: tensor<?x64xf32>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %w = linalg.matmul ins(%a, %b : tensor<64x8xf32>, tensor<8x64xf32>) outs(%c : tensor<64x64xf32>) -> tensor<64x64xf32>
  %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// No sum, a sum that multiplies nothing, and a product of three.
// CHECK-LABEL: func.func @no_contraction(
// CHECK-NOT:   bf16
func.func @no_contraction(%x: tensor<?x8xf32>, %v: tensor<?xf32>) -> (tensor<?x8xf32>, tensor<?xf32>, tensor<?xf32>) {
  %p = linalg.mul ins(%x, %x : tensor<?x8xf32>, tensor<?x8xf32>) outs(%x : tensor<?x8xf32>) -> tensor<?x8xf32>
  %s = linalg.reduce {arith.addf} ins(%x : tensor<?x8xf32>) outs(%v : tensor<?xf32>) dimensions = [1]
  %t = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>],
                       iterator_types = ["parallel", "reduction"]}
      ins(%x, %p : tensor<?x8xf32>, tensor<?x8xf32>) outs(%v : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.mulf %0, %a : f32
    %2 = arith.addf %out, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<?xf32>
  return %p, %s, %t : tensor<?x8xf32>, tensor<?xf32>, tensor<?xf32>
}
