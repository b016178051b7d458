// RUN: tw-opt %s -tw-count-work | FileCheck %s

// A matmul and its bias: 2 * 128 * 32 * 64 + 128 * 32 operations.
// CHECK-LABEL: @matmul
// CHECK: tw.group attributes {tw.bytes = 57472 : i64, tw.flops = 528384 : i64}
func.func @matmul(%a: tensor<128x64xf32>, %b: tensor<64x32xf32>, %bias: tensor<32xf32>) -> tensor<128x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<128x32xf32>
  %r = tw.group -> tensor<128x32xf32> {
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<128x32xf32>) -> tensor<128x32xf32>
    %m = linalg.matmul ins(%a, %b : tensor<128x64xf32>, tensor<64x32xf32>) outs(%f : tensor<128x32xf32>) -> tensor<128x32xf32>
    %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
         ins(%m, %bias : tensor<128x32xf32>, tensor<32xf32>) outs(%e : tensor<128x32xf32>) {
    ^bb0(%x: f32, %y: f32, %o: f32):
      %sum = arith.addf %x, %y : f32
      linalg.yield %sum : f32
    } -> tensor<128x32xf32>
    tw.yield %s : tensor<128x32xf32>
  }
  return %r : tensor<128x32xf32>
}

// Of a table of 50257 rows, eight are read.
// CHECK-LABEL: @embedding
// CHECK: tw.group attributes {tw.bytes = 4160 : i64, tw.flops = 0 : i64}
func.func @embedding(%table: tensor<50257x64xf32>, %ids: tensor<8xi64>) -> tensor<8x64xf32> {
  %e = tensor.empty() : tensor<8x64xf32>
  %r = tw.group -> tensor<8x64xf32> {
    %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                         iterator_types = ["parallel", "parallel"]}
         ins(%ids : tensor<8xi64>) outs(%e : tensor<8x64xf32>) {
    ^bb0(%id: i64, %o: f32):
      %row = arith.index_cast %id : i64 to index
      %column = linalg.index 1 : index
      %x = tensor.extract %table[%row, %column] : tensor<50257x64xf32>
      linalg.yield %x : f32
    } -> tensor<8x64xf32>
    tw.yield %g : tensor<8x64xf32>
  }
  return %r : tensor<8x64xf32>
}

// Scores and their product with the values, and softmax: 2 * 32 * (16 * 8 + 16 * 4) + 5 * 32 * 16.
// CHECK-LABEL: @attention
// CHECK: tw.flops = 14848 : i64
func.func @attention(%q: tensor<16x8xf32>, %k: tensor<32x8xf32>, %v: tensor<32x4xf32>) -> tensor<16x4xf32> {
  %e = tensor.empty() : tensor<16x4xf32>
  %r = tw.group -> tensor<16x4xf32> {
    %a = tw.attention scale(3.535e-01) ins(%q, %k, %v : tensor<16x8xf32>, tensor<32x8xf32>, tensor<32x4xf32>)
         outs(%e : tensor<16x4xf32>) -> tensor<16x4xf32>
    tw.yield %a : tensor<16x4xf32>
  }
  return %r : tensor<16x4xf32>
}

// The work is not known before the call.
// CHECK-LABEL: @no_count_of_dynamic_rows
// CHECK: tw.group -> tensor<?x32xf32>
func.func @no_count_of_dynamic_rows(%a: tensor<?x64xf32>, %b: tensor<64x32xf32>, %c: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %r = tw.group -> tensor<?x32xf32> {
    %m = linalg.matmul ins(%a, %b : tensor<?x64xf32>, tensor<64x32xf32>) outs(%c : tensor<?x32xf32>) -> tensor<?x32xf32>
    tw.yield %m : tensor<?x32xf32>
  }
  return %r : tensor<?x32xf32>
}

// Additions of the transforms: 2 for each element of a tile, 6 for each pixel.
// CHECK-LABEL: @winograd
// CHECK: tw.group attributes {tw.bytes = 12032 : i64, tw.flops = 4096 : i64}
// CHECK: tw.group attributes {tw.bytes = 10240 : i64, tw.flops = 3072 : i64}
func.func @winograd(%x: tensor<1x6x10x16xf32>, %v: tensor<4x4x1x2x4x16xf32>) -> (tensor<4x4x1x2x4x16xf32>, tensor<1x4x8x16xf32>) {
  %0 = tw.group -> tensor<4x4x1x2x4x16xf32> {
    %e = tensor.empty() : tensor<4x4x1x2x4x16xf32>
    %t = tw.winograd_input ins(%x : tensor<1x6x10x16xf32>) outs(%e : tensor<4x4x1x2x4x16xf32>) -> tensor<4x4x1x2x4x16xf32>
    tw.yield %t : tensor<4x4x1x2x4x16xf32>
  }
  %1 = tw.group -> tensor<1x4x8x16xf32> {
    %e = tensor.empty() : tensor<1x4x8x16xf32>
    %t = tw.winograd_output ins(%v : tensor<4x4x1x2x4x16xf32>) outs(%e : tensor<1x4x8x16xf32>) -> tensor<1x4x8x16xf32>
    tw.yield %t : tensor<1x4x8x16xf32>
  }
  return %0, %1 : tensor<4x4x1x2x4x16xf32>, tensor<1x4x8x16xf32>
}

// A sum for each element that is written, wherever it goes.
// CHECK-LABEL: @scatter
// CHECK: tw.group attributes {tw.bytes = 4720 : i64, tw.flops = 480 : i64}
func.func @scatter(%x: tensor<30x16xf32>, %i: tensor<30x1xi64>, %e: tensor<40x16xf32>) -> tensor<40x16xf32> {
  %r = tw.group -> tensor<40x16xf32> {
    %z = tensor.empty() : tensor<40x16xf32>
    %s = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<30x16xf32>, tensor<30x1xi64>) outs(%z : tensor<40x16xf32>) -> tensor<40x16xf32>
    tw.yield %s : tensor<40x16xf32>
  }
  return %r : tensor<40x16xf32>
}
