// RUN: tw-opt %s -tw-select-schedule | FileCheck %s
// How many rows a register tile has: enough sums that none waits for its own last step, also where
// only few rows divide all there are.

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// Four images of 197 patches: 4 rows would divide them, and take half as long again.
// CHECK-LABEL: @four_times_a_prime
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [14, 32], reduction = [1], lanes = 16>)
func.func @four_times_a_prime(%a: tensor<788x300xf32>, %b: tensor<300x768xf32>, %c: tensor<788x768xf32>) -> tensor<788x768xf32> {
  %r = tw.group -> tensor<788x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<788x300xf32>, tensor<300x768xf32>) outs(%c : tensor<788x768xf32>) -> tensor<788x768xf32>
    tw.yield %0 : tensor<788x768xf32>
  }
  return %r : tensor<788x768xf32>
}

// A step of a dot product takes longer than one of f32: six rows that divide are too few for it.
// CHECK-LABEL: @dots
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [11, 32], reduction = [1], lanes = 16>)
func.func @dots(%a: tensor<186x300xi32>, %b: tensor<300x768xi32>, %c: tensor<186x768xf32>) -> tensor<186x768xf32> {
  %r = tw.group -> tensor<186x768xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<186x300xi32>, tensor<300x768xi32>) outs(%c : tensor<186x768xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<186x768xf32>
    tw.yield %0 : tensor<186x768xf32>
  }
  return %r : tensor<186x768xf32>
}

// CHECK-LABEL: @no_rest
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @no_rest(%a: tensor<128x300xf32>, %b: tensor<300x768xf32>, %c: tensor<128x768xf32>) -> tensor<128x768xf32> {
  %r = tw.group -> tensor<128x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<128x300xf32>, tensor<300x768xf32>) outs(%c : tensor<128x768xf32>) -> tensor<128x768xf32>
    tw.yield %0 : tensor<128x768xf32>
  }
  return %r : tensor<128x768xf32>
}

// CHECK-LABEL: @no_more_rows_than_there_are
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [3, 32], reduction = [1], lanes = 16>)
func.func @no_more_rows_than_there_are(%a: tensor<3x300xf32>, %b: tensor<300x768xf32>, %c: tensor<3x768xf32>) -> tensor<3x768xf32> {
  %r = tw.group -> tensor<3x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<3x300xf32>, tensor<300x768xf32>) outs(%c : tensor<3x768xf32>) -> tensor<3x768xf32>
    tw.yield %0 : tensor<3x768xf32>
  }
  return %r : tensor<3x768xf32>
}

// CHECK-LABEL: @dynamic
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @dynamic(%a: tensor<?x300xf32>, %b: tensor<300x768xf32>, %c: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %r = tw.group -> tensor<?x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<?x300xf32>, tensor<300x768xf32>) outs(%c : tensor<?x768xf32>) -> tensor<?x768xf32>
    tw.yield %0 : tensor<?x768xf32>
  }
  return %r : tensor<?x768xf32>
}

// Rows of a dynamic batch are pages apart all the same: tiles of one row of 7 pixels, not of two.
// CHECK-LABEL: @dynamic_batch_pages_apart
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [1, 1, 7, 32], reduction = [1], lanes = 16>)
func.func @dynamic_batch_pages_apart(%a: tensor<?x7x7x1024xf32>, %b: tensor<1024x256xf32>, %c: tensor<?x7x7x256xf32>) -> tensor<?x7x7x256xf32> {
  %r = tw.group -> tensor<?x7x7x256xf32> {
    %0 = linalg.generic {indexing_maps = [affine_map<(n, h, w, f, c) -> (n, h, w, c)>, affine_map<(n, h, w, f, c) -> (c, f)>, affine_map<(n, h, w, f, c) -> (n, h, w, f)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<?x7x7x1024xf32>, tensor<1024x256xf32>) outs(%c : tensor<?x7x7x256xf32>) {
    ^bb0(%x: f32, %y: f32, %z: f32):
      %p = arith.mulf %x, %y : f32
      %s = arith.addf %z, %p : f32
      linalg.yield %s : f32
    } -> tensor<?x7x7x256xf32>
    tw.yield %0 : tensor<?x7x7x256xf32>
  }
  return %r : tensor<?x7x7x256xf32>
}

// The last of eight panels has 31 columns and is a region of its own: four blocks of rows are four
// tasks there. Of 32 panels it is not worth the blocks.
// CHECK-LABEL: @tasks_of_a_narrow_panel
// CHECK: tw.group schedule(<distribute = [250, 32], registers = [10, 32], reduction = [1], lanes = 16>)
func.func @tasks_of_a_narrow_panel(%a: tensor<1000x300xf32>, %b: tensor<300x255xf32>, %c: tensor<1000x255xf32>) -> tensor<1000x255xf32> {
  %r = tw.group -> tensor<1000x255xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<1000x300xf32>, tensor<300x255xf32>) outs(%c : tensor<1000x255xf32>) -> tensor<1000x255xf32>
    tw.yield %0 : tensor<1000x255xf32>
  }
  return %r : tensor<1000x255xf32>
}

// CHECK-LABEL: @no_blocks_for_one_panel_of_many
// CHECK: tw.group schedule(<distribute = [0, 32], registers = [10, 32], reduction = [1], lanes = 16>)
func.func @no_blocks_for_one_panel_of_many(%a: tensor<100x300xf32>, %b: tensor<300x1000xf32>, %c: tensor<100x1000xf32>) -> tensor<100x1000xf32> {
  %r = tw.group -> tensor<100x1000xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<100x300xf32>, tensor<300x1000xf32>) outs(%c : tensor<100x1000xf32>) -> tensor<100x1000xf32>
    tw.yield %0 : tensor<100x1000xf32>
  }
  return %r : tensor<100x1000xf32>
}
}
