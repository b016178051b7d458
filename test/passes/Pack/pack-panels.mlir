// RUN: tw-opt %s -tw-pack-panels -split-input-file -verify-diagnostics | FileCheck %s

// Panels of two vectors; the batch is dynamic.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[W:[a-z0-9]+]]: tensor<64x128xf32> {tw.weight = "w"}
// CHECK: %[[P:.+]] = linalg.pack %[[W]] outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %{{.*}} : tensor<64x128xf32> -> tensor<4x64x32xf32>
// CHECK: %[[U:.+]] = linalg.unpack %[[P]] outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %{{.*}} : tensor<4x64x32xf32> -> tensor<64x128xf32>
// CHECK: linalg.matmul ins(%{{.*}}, %[[U]] :
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @matmul(%w: tensor<64x128xf32> {tw.weight = "w"}, %x: tensor<?x64xf32>, %i: tensor<?x128xf32>) -> tensor<?x128xf32> {
    %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x128xf32>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
    return %r : tensor<?x128xf32>
  }
}

// -----

// What the weights are computed from does not matter. 100 columns are three panels and a rest.
// CHECK-LABEL: func.func @transposed_with_rest(
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: %[[ZERO:.+]] = arith.constant 0.000000e+00 : f32
// CHECK: linalg.pack %[[T]] padding_value(%[[ZERO]] : f32) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %{{.*}} : tensor<64x100xf32> -> tensor<4x64x32xf32>
// CHECK: linalg.vecmat
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @transposed_with_rest(%w: tensor<100x64xf32> {tw.weight = "w"}, %x: tensor<64xf32>, %i: tensor<100xf32>) -> tensor<100xf32> {
    %e = tensor.empty() : tensor<64x100xf32>
    %t = linalg.transpose ins(%w : tensor<100x64xf32>) outs(%e : tensor<64x100xf32>) permutation = [1, 0]
    %r = linalg.vecmat ins(%x, %t : tensor<64xf32>, tensor<64x100xf32>) outs(%i : tensor<100xf32>) -> tensor<100xf32>
    return %r : tensor<100xf32>
  }
}

// -----

// Batches stay outermost.
// CHECK-LABEL: func.func @batch_matmul(
// CHECK: linalg.pack %{{.*}} outer_dims_perm = [0, 2, 1] inner_dims_pos = [2] inner_tiles = [32] into %{{.*}} : tensor<3x64x128xf32> -> tensor<3x4x64x32xf32>
// CHECK: linalg.batch_matmul
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @batch_matmul(%w: tensor<3x64x128xf32> {tw.weight = "w"}, %x: tensor<3x5x64xf32>, %i: tensor<3x5x128xf32>) -> tensor<3x5x128xf32> {
    %r = linalg.batch_matmul ins(%x, %w : tensor<3x5x64xf32>, tensor<3x64x128xf32>) outs(%i : tensor<3x5x128xf32>) -> tensor<3x5x128xf32>
    return %r : tensor<3x5x128xf32>
  }
}

// -----

#input = affine_map<(h, w, oc, kh, kw, ic) -> (h + kh, w + kw, ic)>
#filter = affine_map<(h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>
#output = affine_map<(h, w, oc, kh, kw, ic) -> (h, w, oc)>

// A panel has the rows of all pixels of the window.
// CHECK-LABEL: func.func @convolution(
// CHECK: linalg.pack %{{.*}} outer_dims_perm = [3, 0, 1, 2] inner_dims_pos = [3] inner_tiles = [32] into %{{.*}} : tensor<3x3x8x96xf32> -> tensor<3x3x3x8x32xf32>
// CHECK: linalg.generic
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @convolution(%f: tensor<3x3x8x96xf32> {tw.weight = "f"}, %x: tensor<10x10x8xf32>, %i: tensor<8x8x96xf32>) -> tensor<8x8x96xf32> {
    %r = linalg.generic {indexing_maps = [#input, #filter, #output], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%x, %f : tensor<10x10x8xf32>, tensor<3x3x8x96xf32>) outs(%i : tensor<8x8x96xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %m = arith.mulf %a, %b : f32
      %s = arith.addf %c, %m : f32
      linalg.yield %s : f32
    } -> tensor<8x8x96xf32>
    return %r : tensor<8x8x96xf32>
  }
}

// -----

// One panel of columns, less than a page of weights, a matrix of each call for five rows.
// CHECK-LABEL: func.func @no_panels(
// CHECK-NOT: linalg.pack
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @no_panels(%w: tensor<64x32xf32> {tw.weight = "w"}, %small: tensor<8x64xf32> {tw.weight = "small"}, %y: tensor<64x128xf32>, %x: tensor<5x64xf32>, %z: tensor<5x8xf32>,
                       %i: tensor<5x32xf32>, %j: tensor<5x64xf32>, %k: tensor<5x128xf32>) -> (tensor<5x32xf32>, tensor<5x64xf32>, tensor<5x128xf32>) {
    %r = linalg.matmul ins(%x, %w : tensor<5x64xf32>, tensor<64x32xf32>) outs(%i : tensor<5x32xf32>) -> tensor<5x32xf32>
    %s = linalg.matmul ins(%z, %small : tensor<5x8xf32>, tensor<8x64xf32>) outs(%j : tensor<5x64xf32>) -> tensor<5x64xf32>
    %t = linalg.matmul ins(%x, %y : tensor<5x64xf32>, tensor<64x128xf32>) outs(%k : tensor<5x128xf32>) -> tensor<5x128xf32>
    return %r, %s, %t : tensor<5x32xf32>, tensor<5x64xf32>, tensor<5x128xf32>
  }
}

// -----

// A matrix of each call is packed where many rows read it: if its rows share sets of the cache, of
// which 1 MB holds 256 of 4096 bytes, or if it had to be transposed.
// CHECK-LABEL: func.func @each_call(
// CHECK-SAME: %[[Y:[a-z0-9]+]]: tensor<512x1024xf32>
// CHECK: %[[P:.+]] = linalg.pack %[[Y]] outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %{{.*}} : tensor<512x1024xf32> -> tensor<32x512x32xf32>
// CHECK: linalg.unpack %[[P]]
// CHECK: linalg.matmul
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: linalg.pack %[[T]]
// CHECK: linalg.matmul
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @each_call(%x: tensor<64x512xf32>, %y: tensor<512x1024xf32>, %z: tensor<96x512xf32>, %i: tensor<64x1024xf32>, %j: tensor<64x96xf32>) -> (tensor<64x1024xf32>, tensor<64x96xf32>) {
    %r = linalg.matmul ins(%x, %y : tensor<64x512xf32>, tensor<512x1024xf32>) outs(%i : tensor<64x1024xf32>) -> tensor<64x1024xf32>
    %e = tensor.empty() : tensor<512x96xf32>
    %t = linalg.transpose ins(%z : tensor<96x512xf32>) outs(%e : tensor<512x96xf32>) permutation = [1, 0]
    %s = linalg.matmul ins(%x, %t : tensor<64x512xf32>, tensor<512x96xf32>) outs(%j : tensor<64x96xf32>) -> tensor<64x96xf32>
    return %r, %s : tensor<64x1024xf32>, tensor<64x96xf32>
  }
}

// -----

// In place: 256 rows stay in the cache, rows of 4000 bytes spread over its sets, and nobody knows
// how many rows a dynamic batch has.
// CHECK-LABEL: func.func @each_call_in_place(
// CHECK-NOT: linalg.pack
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @each_call_in_place(%x: tensor<64x256xf32>, %y: tensor<256x1024xf32>, %v: tensor<64x512xf32>, %w: tensor<512x1000xf32>, %d: tensor<?x512xf32>, %z: tensor<512x1024xf32>,
                                %i: tensor<64x1024xf32>, %j: tensor<64x1000xf32>, %k: tensor<?x1024xf32>) -> (tensor<64x1024xf32>, tensor<64x1000xf32>, tensor<?x1024xf32>) {
    %r = linalg.matmul ins(%x, %y : tensor<64x256xf32>, tensor<256x1024xf32>) outs(%i : tensor<64x1024xf32>) -> tensor<64x1024xf32>
    %s = linalg.matmul ins(%v, %w : tensor<64x512xf32>, tensor<512x1000xf32>) outs(%j : tensor<64x1000xf32>) -> tensor<64x1000xf32>
    %t = linalg.matmul ins(%d, %z : tensor<?x512xf32>, tensor<512x1024xf32>) outs(%k : tensor<?x1024xf32>) -> tensor<?x1024xf32>
    return %r, %s, %t : tensor<64x1024xf32>, tensor<64x1000xf32>, tensor<?x1024xf32>
  }
}

// -----

// Each pixel of a depthwise convolution has rows of its own; in a row sum and in a dot product
// lanes run along the reduction; a product of weights is constant work anyway.
// CHECK-LABEL: func.func @no_shared_panel(
// CHECK-NOT: linalg.pack
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
  func.func @no_shared_panel(%f: tensor<3x3x512xf32> {tw.weight = "f"}, %w: tensor<64x64xf32> {tw.weight = "w"}, %x: tensor<1x10x10x512xf32>, %v: tensor<64xf32>,
                             %i: tensor<1x8x8x512xf32>, %j: tensor<64xf32>) -> (tensor<1x8x8x512xf32>, tensor<64xf32>, tensor<64x64xf32>) {
    %e = tensor.empty() : tensor<64x64xf32>
    %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %f : tensor<1x10x10x512xf32>, tensor<3x3x512xf32>) outs(%i : tensor<1x8x8x512xf32>) -> tensor<1x8x8x512xf32>
    %s = linalg.matvec ins(%w, %v : tensor<64x64xf32>, tensor<64xf32>) outs(%j : tensor<64xf32>) -> tensor<64xf32>
    %p = linalg.matmul ins(%w, %w : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
    return %r, %s, %p : tensor<1x8x8x512xf32>, tensor<64xf32>, tensor<64x64xf32>
  }
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute; run tw-attach-target or the input phase first}}
func.func @no_target(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
