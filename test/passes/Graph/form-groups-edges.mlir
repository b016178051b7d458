// RUN: tw-opt %s -tw-decompose-data-movement=keep-edges=true -tw-form-groups | FileCheck %s

#image = affine_map<(n, h, w, c, kh, kw) -> (n, h * 2 + kh, w * 2 + kw, c)>
#filter = affine_map<(n, h, w, c, kh, kw) -> (kh, kw, c)>
#pixels = affine_map<(n, h, w, c, kh, kw) -> (n, h, w, c)>

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// A depthwise convolution between the edges of a model: padding stays, and all is one group.
// CHECK-LABEL: @depthwise
// CHECK: tw.group
// CHECK:   linalg.transpose
// CHECK:   tensor.pad
// CHECK:   linalg.generic
// CHECK:   linalg.transpose
// CHECK-NOT: tw.group
func.func @depthwise(%x: tensor<1x96x112x112xf32>, %g: tensor<3x3x96xf32>) -> tensor<1x96x56x56xf32> {
  %zero = arith.constant 0.0 : f32
  %last = tensor.empty() : tensor<1x112x112x96xf32>
  %t = linalg.transpose ins(%x : tensor<1x96x112x112xf32>) outs(%last : tensor<1x112x112x96xf32>) permutation = [0, 2, 3, 1]
  %p = tensor.pad %t low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x112x112x96xf32> to tensor<1x114x114x96xf32>
  %e = tensor.empty() : tensor<1x56x56x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x96xf32>) -> tensor<1x56x56x96xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%p, %g : tensor<1x114x114x96xf32>, tensor<3x3x96xf32>) outs(%f : tensor<1x56x56x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x96xf32>
  %first = tensor.empty() : tensor<1x96x56x56xf32>
  %y = linalg.transpose ins(%r : tensor<1x56x56x96xf32>) outs(%first : tensor<1x96x56x56xf32>) permutation = [0, 3, 1, 2]
  return %y : tensor<1x96x56x56xf32>
}

// A vector of channels of such an image does not stay in the cache.
// CHECK-LABEL: @no_large_image
// CHECK-NOT: tensor.pad
// CHECK: tw.group
// CHECK:   linalg.transpose
// CHECK-NEXT: tw.yield
// CHECK: tw.group
// CHECK:   linalg.generic
func.func @no_large_image(%x: tensor<1x96x224x224xf32>, %g: tensor<3x3x96xf32>) -> tensor<1x112x112x96xf32> {
  %zero = arith.constant 0.0 : f32
  %last = tensor.empty() : tensor<1x224x224x96xf32>
  %t = linalg.transpose ins(%x : tensor<1x96x224x224xf32>) outs(%last : tensor<1x224x224x96xf32>) permutation = [0, 2, 3, 1]
  %p = tensor.pad %t low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x224x224x96xf32> to tensor<1x226x226x96xf32>
  %e = tensor.empty() : tensor<1x112x112x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x112x112x96xf32>) -> tensor<1x112x112x96xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%p, %g : tensor<1x226x226x96xf32>, tensor<3x3x96xf32>) outs(%f : tensor<1x112x112x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x112x112x96xf32>
  return %r : tensor<1x112x112x96xf32>
}

// Nor is it known of an image of unknown size.
// CHECK-LABEL: @dynamic_image
// CHECK: tw.group
// CHECK:   linalg.transpose
// CHECK-NEXT: tw.yield
// CHECK: tw.group
// CHECK:   linalg.generic
func.func @dynamic_image(%x: tensor<1x96x?x?xf32>, %g: tensor<3x3x96xf32>, %h: index, %w: index, %oh: index, %ow: index) -> tensor<1x?x?x96xf32> {
  %zero = arith.constant 0.0 : f32
  %last = tensor.empty(%h, %w) : tensor<1x?x?x96xf32>
  %t = linalg.transpose ins(%x : tensor<1x96x?x?xf32>) outs(%last : tensor<1x?x?x96xf32>) permutation = [0, 2, 3, 1]
  %e = tensor.empty(%oh, %ow) : tensor<1x?x?x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x?x?x96xf32>) -> tensor<1x?x?x96xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%t, %g : tensor<1x?x?x96xf32>, tensor<3x3x96xf32>) outs(%f : tensor<1x?x?x96xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x?x?x96xf32>
  return %r : tensor<1x?x?x96xf32>
}

}
