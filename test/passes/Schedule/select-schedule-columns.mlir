// RUN: tw-opt %s -tw-select-schedule -split-input-file -verify-diagnostics | FileCheck %s
// Which columns of a contraction are one task's.

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// Very few weights.
// CHECK-LABEL: @all_columns_of_very_few_weights
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @all_columns_of_very_few_weights(%a: tensor<512x32xf32>, %b: tensor<32x512xf32>, %c: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %r = tw.group -> tensor<512x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<512x32xf32>, tensor<32x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    tw.yield %0 : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}

// Few weights, and a residual that is read in the order of memory.
// CHECK-LABEL: @all_columns_beside_a_residual
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @all_columns_beside_a_residual(%a: tensor<512x128xf32>, %b: tensor<128x512xf32>, %c: tensor<512x512xf32>, %x: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %r = tw.group -> tensor<512x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<512x128xf32>, tensor<128x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    %1 = linalg.add ins(%0, %x : tensor<512x512xf32>, tensor<512x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    tw.yield %1 : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}

// Eight blocks of rows: two of columns.
// CHECK-LABEL: @parts_of_the_columns
// CHECK: tw.group schedule(<distribute = [8, 256], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @parts_of_the_columns(%a: tensor<64x32xf32>, %b: tensor<32x512xf32>, %c: tensor<64x512xf32>) -> tensor<64x512xf32> {
  %r = tw.group -> tensor<64x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<64x32xf32>, tensor<32x512xf32>) outs(%c : tensor<64x512xf32>) -> tensor<64x512xf32>
    tw.yield %0 : tensor<64x512xf32>
  }
  return %r : tensor<64x512xf32>
}

// The shorter last block of rows is a region of its own, whose tasks are parts of the columns.
// CHECK-LABEL: @parts_of_a_rest
// CHECK: tw.group schedule(<distribute = [{{[0-9]+}}, 128], registers = [{{[0-9]+}}, 32], reduction = [1], lanes = 16>)
func.func @parts_of_a_rest(%a: tensor<509x32xf32>, %b: tensor<32x512xf32>, %c: tensor<509x512xf32>) -> tensor<509x512xf32> {
  %r = tw.group -> tensor<509x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<509x32xf32>, tensor<32x512xf32>) outs(%c : tensor<509x512xf32>) -> tensor<509x512xf32>
    tw.yield %0 : tensor<509x512xf32>
  }
  return %r : tensor<509x512xf32>
}

// Each tile of rows would read them from the second-level cache again.
// CHECK-LABEL: @no_few_weights
// CHECK: tw.group schedule(<distribute = [0, 32], registers = [{{[0-9]+}}, 32], reduction = [1], lanes = 16>)
func.func @no_few_weights(%a: tensor<512x128xf32>, %b: tensor<128x512xf32>, %c: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %r = tw.group -> tensor<512x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<512x128xf32>, tensor<128x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    tw.yield %0 : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}

// A core would read more weights than stay in its cache.
// CHECK-LABEL: @no_many_weights
// CHECK: tw.group schedule(<distribute = [128, 32], registers = [{{[0-9]+}}, 32], reduction = [1], lanes = 16>)
func.func @no_many_weights(%a: tensor<512x768xf32>, %b: tensor<768x512xf32>, %c: tensor<512x512xf32>, %x: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %r = tw.group -> tensor<512x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<512x768xf32>, tensor<768x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    %1 = linalg.add ins(%0, %x : tensor<512x512xf32>, tensor<512x512xf32>) outs(%c : tensor<512x512xf32>) -> tensor<512x512xf32>
    tw.yield %1 : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}

// Blocks of 104 and 93 rows would be two regions of 8 tasks each.
// CHECK-LABEL: @no_uneven_halves
// CHECK: tw.group schedule(<distribute = [0, 32], registers = [{{[0-9]+}}, 32], reduction = [1], lanes = 16>)
func.func @no_uneven_halves(%a: tensor<197x768xf32>, %b: tensor<768x256xf32>, %c: tensor<197x256xf32>) -> tensor<197x256xf32> {
  %r = tw.group -> tensor<197x256xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<197x768xf32>, tensor<768x256xf32>) outs(%c : tensor<197x256xf32>) -> tensor<197x256xf32>
    tw.yield %0 : tensor<197x256xf32>
  }
  return %r : tensor<197x256xf32>
}

// Rows that may turn out to be one.
// CHECK-LABEL: @no_dynamic_rows
// CHECK: tw.group schedule(<distribute = [{{[0-9]+}}, 32], registers = [{{[0-9]+}}, 32], reduction = [1], lanes = 16>)
func.func @no_dynamic_rows(%a: tensor<?x32xf32>, %b: tensor<32x512xf32>, %c: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %r = tw.group -> tensor<?x512xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<?x32xf32>, tensor<32x512xf32>) outs(%c : tensor<?x512xf32>) -> tensor<?x512xf32>
    tw.yield %0 : tensor<?x512xf32>
  }
  return %r : tensor<?x512xf32>
}
}

// -----

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "amx">} {
// Products in tiles are too fast for anything to hide behind them.
// CHECK-LABEL: @all_columns_of_tiles
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [32, 32], reduction = [1], lanes = 16>)
func.func @all_columns_of_tiles(%a: tensor<512x128xi32>, %b: tensor<128x512xi32>, %c: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %r = tw.group -> tensor<512x512xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<512x128xi32>, tensor<128x512xi32>) outs(%c : tensor<512x512xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<512x512xf32>
    tw.yield %0 : tensor<512x512xf32>
  }
  return %r : tensor<512x512xf32>
}
}
