// RUN: tw-opt %s -tw-form-groups -split-input-file | FileCheck %s

#elements = affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, c)>
#filter = affine_map<(i, j, n, h, w, f, c) -> (i, j, c, f)>
#products = affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, f)>

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// 25 MB between the transforms: they are one group, with the epilogue, for blocks of tiles.
// CHECK-LABEL: @one_group
// CHECK: tw.group
// CHECK:   tw.winograd_input
// CHECK:   linalg.generic
// CHECK:   tw.winograd_output
// CHECK:   linalg.exp
// CHECK-NOT: tw.group
func.func @one_group(%x: tensor<1x114x114x64xf32>, %u: tensor<4x4x64x64xf32>) -> tensor<1x112x112x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4x1x56x56x64xf32>
  %v = tw.winograd_input ins(%x : tensor<1x114x114x64xf32>) outs(%e : tensor<4x4x1x56x56x64xf32>) -> tensor<4x4x1x56x56x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4x1x56x56x64xf32>) -> tensor<4x4x1x56x56x64xf32>
  %m = linalg.generic {indexing_maps = [#elements, #filter, #products], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v, %u : tensor<4x4x1x56x56x64xf32>, tensor<4x4x64x64xf32>) outs(%f : tensor<4x4x1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4x1x56x56x64xf32>
  %y = tensor.empty() : tensor<1x112x112x64xf32>
  %r = tw.winograd_output ins(%m : tensor<4x4x1x56x56x64xf32>) outs(%y : tensor<1x112x112x64xf32>) -> tensor<1x112x112x64xf32>
  %z = linalg.exp ins(%r : tensor<1x112x112x64xf32>) outs(%y : tensor<1x112x112x64xf32>) -> tensor<1x112x112x64xf32>
  return %z : tensor<1x112x112x64xf32>
}

// What lies between the transforms of a small image stays in the caches, and each matrix of the
// filter is read once.
// CHECK-LABEL: @no_blocks_of_a_small_image
// CHECK: tw.group
// CHECK:   tw.winograd_input
// CHECK:   tw.yield
// CHECK: tw.group
// CHECK:   linalg.generic
// CHECK:   tw.yield
// CHECK: tw.group
// CHECK:   tw.winograd_output
// CHECK:   tw.yield
func.func @no_blocks_of_a_small_image(%x: tensor<1x16x16x64xf32>, %u: tensor<4x4x64x64xf32>) -> tensor<1x14x14x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x4x1x7x7x64xf32>
  %v = tw.winograd_input ins(%x : tensor<1x16x16x64xf32>) outs(%e : tensor<4x4x1x7x7x64xf32>) -> tensor<4x4x1x7x7x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4x1x7x7x64xf32>) -> tensor<4x4x1x7x7x64xf32>
  %m = linalg.generic {indexing_maps = [#elements, #filter, #products], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v, %u : tensor<4x4x1x7x7x64xf32>, tensor<4x4x64x64xf32>) outs(%f : tensor<4x4x1x7x7x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4x1x7x7x64xf32>
  %y = tensor.empty() : tensor<1x14x14x64xf32>
  %r = tw.winograd_output ins(%m : tensor<4x4x1x7x7x64xf32>) outs(%y : tensor<1x14x14x64xf32>) -> tensor<1x14x14x64xf32>
  return %r : tensor<1x14x14x64xf32>
}

// A batch of unknown size may be a large one.
// CHECK-LABEL: @dynamic_batch
// CHECK: tw.group
// CHECK:   tw.winograd_input
// CHECK:   tw.winograd_output
// CHECK-NOT: tw.group
func.func @dynamic_batch(%x: tensor<?x16x16x64xf32>, %u: tensor<4x4x64x64xf32>, %n: index) -> tensor<?x14x14x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<4x4x?x7x7x64xf32>
  %v = tw.winograd_input ins(%x : tensor<?x16x16x64xf32>) outs(%e : tensor<4x4x?x7x7x64xf32>) -> tensor<4x4x?x7x7x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x4x?x7x7x64xf32>) -> tensor<4x4x?x7x7x64xf32>
  %m = linalg.generic {indexing_maps = [#elements, #filter, #products], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%v, %u : tensor<4x4x?x7x7x64xf32>, tensor<4x4x64x64xf32>) outs(%f : tensor<4x4x?x7x7x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4x?x7x7x64xf32>
  %y = tensor.empty(%n) : tensor<?x14x14x64xf32>
  %r = tw.winograd_output ins(%m : tensor<4x4x?x7x7x64xf32>) outs(%y : tensor<?x14x14x64xf32>) -> tensor<?x14x14x64xf32>
  return %r : tensor<?x14x14x64xf32>
}

}
