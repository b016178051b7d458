// RUN: tw-opt %s -tw-select-schedule | FileCheck %s
// The transforms of Winograd convolutions.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// A row of tiles is a task; four tiles side by side share columns of pixels.
// CHECK-LABEL: @input
// CHECK: tw.group schedule(<distribute = [0, 0, 0, 1, 0, 0], registers = [0, 0, 1, 1, 4, 16], lanes = 16>)
func.func @input(%x: tensor<1x58x58x64xf32>, %e: tensor<4x4x1x28x28x64xf32>) -> tensor<4x4x1x28x28x64xf32> {
  %r = tw.group -> tensor<4x4x1x28x28x64xf32> {
    %0 = tw.winograd_input ins(%x : tensor<1x58x58x64xf32>) outs(%e : tensor<4x4x1x28x28x64xf32>) -> tensor<4x4x1x28x28x64xf32>
    tw.yield %0 : tensor<4x4x1x28x28x64xf32>
  }
  return %r : tensor<4x4x1x28x28x64xf32>
}

// Rows of pixels are shared out in pairs, of a batch of any size image by image; an epilogue that
// transposes has them elsewhere.
// CHECK-LABEL: @output
// CHECK: tw.group schedule(<distribute = [1, 0, 4, 0], registers = [1, 16, 2, 4], lanes = 16>)
func.func @output(%m: tensor<4x4x?x28x28x64xf32>, %e: tensor<?x56x56x64xf32>, %t: tensor<?x64x56x56xf32>) -> tensor<?x64x56x56xf32> {
  %r = tw.group -> tensor<?x64x56x56xf32> {
    %0 = tw.winograd_output ins(%m : tensor<4x4x?x28x28x64xf32>) outs(%e : tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32>
    %1 = linalg.transpose ins(%0 : tensor<?x56x56x64xf32>) outs(%t : tensor<?x64x56x56xf32>) permutation = [0, 3, 1, 2]
    tw.yield %1 : tensor<?x64x56x56xf32>
  }
  return %r : tensor<?x64x56x56xf32>
}

// Eight rows would do for a task, and leave four of the 28, which the others would wait for.
// CHECK-LABEL: @no_rest
// CHECK: tw.group schedule(<distribute = [1, 4, 0, 0], registers = [1, 2, 4, 16], lanes = 16>)
func.func @no_rest(%m: tensor<4x4x1x14x14x64xf32>, %e: tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32> {
  %r = tw.group -> tensor<1x28x28x64xf32> {
    %0 = tw.winograd_output ins(%m : tensor<4x4x1x14x14x64xf32>) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
    tw.yield %0 : tensor<1x28x28x64xf32>
  }
  return %r : tensor<1x28x28x64xf32>
}

// With the products in the group, tasks are blocks of tiles that fit half of the second-level
// cache: 64 tiles of 64 and 64 channels, so 56 of the 112 in a row.
// CHECK-LABEL: @blocks
// CHECK: tw.group schedule(<distribute = [1, 2, 112, 0], registers = [1, 2, 4, 16], lanes = 16>)
func.func @blocks(%v: tensor<4x4x1x112x112x64xf32>, %u: tensor<4x4x64x64xf32>, %e: tensor<1x224x224x64xf32>) -> tensor<1x224x224x64xf32> {
  %zero = arith.constant 0.0 : f32
  %r = tw.group -> tensor<1x224x224x64xf32> {
    %p = tensor.empty() : tensor<4x4x1x112x112x64xf32>
    %f = linalg.fill ins(%zero : f32) outs(%p : tensor<4x4x1x112x112x64xf32>) -> tensor<4x4x1x112x112x64xf32>
    %m = linalg.generic {indexing_maps = [affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, c)>, affine_map<(i, j, n, h, w, f, c) -> (i, j, c, f)>, affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, f)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel", "reduction"]}
        ins(%v, %u : tensor<4x4x1x112x112x64xf32>, tensor<4x4x64x64xf32>) outs(%f : tensor<4x4x1x112x112x64xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %q = arith.mulf %a, %b : f32
      %s = arith.addf %o, %q : f32
      linalg.yield %s : f32
    } -> tensor<4x4x1x112x112x64xf32>
    %0 = tw.winograd_output ins(%m : tensor<4x4x1x112x112x64xf32>) outs(%e : tensor<1x224x224x64xf32>) -> tensor<1x224x224x64xf32>
    tw.yield %0 : tensor<1x224x224x64xf32>
  }
  return %r : tensor<1x224x224x64xf32>
}

}
