// RUN: tw-opt %s -tw-select-schedule -split-input-file | FileCheck %s

// One thread an element, in blocks of 256.
// CHECK-LABEL: @matmul
// CHECK: tw.group schedule(<distribute = [1, 1], lanes = 256>)
module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 32, vector_registers = 255, l1_bytes = 196608, l2_bytes = 41943040>} {
  func.func @matmul(%a: tensor<64x16xf32>, %b: tensor<16x70xf32>, %c: tensor<64x70xf32>) -> tensor<64x70xf32> {
    %r = tw.group -> tensor<64x70xf32> {
      %m = linalg.matmul ins(%a, %b : tensor<64x16xf32>, tensor<16x70xf32>) outs(%c : tensor<64x70xf32>) -> tensor<64x70xf32>
      tw.yield %m : tensor<64x70xf32>
    }
    return %r : tensor<64x70xf32>
  }
}

// -----

// One thread a row, also through an epilogue that transposes; a full reduction has one result.
// CHECK-LABEL: @rows
// CHECK: tw.group schedule(<distribute = [0, 1], lanes = 64>)
// CHECK: tw.group schedule(<distribute = [1], lanes = 256>)
// CHECK: tw.group schedule(<lanes = 256>)
#id = affine_map<(d0, d1) -> (d0, d1)>
#t = affine_map<(d0, d1) -> (d1, d0)>
module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 32, vector_registers = 255, l1_bytes = 196608, l2_bytes = 41943040>} {
  func.func @rows(%x: tensor<?x16xf32>, %e: tensor<?x16xf32>, %te: tensor<16x?xf32>, %re: tensor<16xf32>, %se: tensor<f32>) -> (tensor<16x?xf32>, tensor<16xf32>, tensor<f32>) {
    %r = tw.group -> tensor<16x?xf32> {
      %s = tw.softmax dimension(1) ins(%x : tensor<?x16xf32>) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
      %g = linalg.generic {indexing_maps = [#t, #id], iterator_types = ["parallel", "parallel"]} ins(%s : tensor<?x16xf32>) outs(%te : tensor<16x?xf32>) {
      ^bb0(%in: f32, %out: f32):
        %n = arith.negf %in : f32
        linalg.yield %n : f32
      } -> tensor<16x?xf32>
      tw.yield %g : tensor<16x?xf32>
    }
    %sum = tw.group -> tensor<16xf32> {
      %s = linalg.reduce { arith.addf } ins(%x : tensor<?x16xf32>) outs(%re : tensor<16xf32>) dimensions = [0]
      tw.yield %s : tensor<16xf32>
    }
    %all = tw.group -> tensor<f32> {
      %s = linalg.reduce { arith.addf } ins(%x : tensor<?x16xf32>) outs(%se : tensor<f32>) dimensions = [0, 1]
      tw.yield %s : tensor<f32>
    }
    return %r, %sum, %all : tensor<16x?xf32>, tensor<16xf32>, tensor<f32>
  }
}

// -----

// CHECK-LABEL: @no_change_of_what_is_there
// CHECK: tw.group schedule(<distribute = [4, 4], lanes = 32>)
module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 32, vector_registers = 255, l1_bytes = 196608, l2_bytes = 41943040>} {
  func.func @no_change_of_what_is_there(%x: tensor<8x8xf32>, %e: tensor<8x8xf32>) -> tensor<8x8xf32> {
    %r = tw.group schedule(<distribute = [4, 4], lanes = 32>) -> tensor<8x8xf32> {
      %s = linalg.exp ins(%x : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
      tw.yield %s : tensor<8x8xf32>
    }
    return %r : tensor<8x8xf32>
  }
}
