// RUN: tw-opt %s -tw-select-schedule -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// 128 rows are 16 tiles of 8; one panel of two vectors is a task.
// CHECK-LABEL: @matmul
// CHECK: tw.group schedule(<distribute = [0, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @matmul(%a: tensor<128x768xf32>, %b: tensor<768x768xf32>, %c: tensor<128x768xf32>) -> tensor<128x768xf32> {
  %r = tw.group -> tensor<128x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<128x768xf32>, tensor<768x768xf32>) outs(%c : tensor<128x768xf32>) -> tensor<128x768xf32>
    tw.yield %0 : tensor<128x768xf32>
  }
  return %r : tensor<128x768xf32>
}

// A row sum keeps partial sums in the lanes, four rows at a time.
// CHECK-LABEL: @row_sum
// CHECK: tw.group schedule(<distribute = [16], registers = [4], reduction = [16], lanes = 16>)
func.func @row_sum(%a: tensor<128x1024xf32>, %c: tensor<128xf32>) -> tensor<128xf32> {
  %r = tw.group -> tensor<128xf32> {
    %0 = linalg.reduce { arith.addf } ins(%a : tensor<128x1024xf32>) outs(%c : tensor<128xf32>) dimensions = [1]
    tw.yield %0 : tensor<128xf32>
  }
  return %r : tensor<128xf32>
}

// Dynamic rows: blocks of whole register tiles.
// CHECK-LABEL: @dynamic_rows
// CHECK: tw.group schedule(<distribute = [64, 32], registers = [8, 32], reduction = [1], lanes = 16>)
func.func @dynamic_rows(%a: tensor<?x768xf32>, %b: tensor<768x768xf32>, %c: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %r = tw.group -> tensor<?x768xf32> {
    %0 = linalg.matmul ins(%a, %b : tensor<?x768xf32>, tensor<768x768xf32>) outs(%c : tensor<?x768xf32>) -> tensor<?x768xf32>
    tw.yield %0 : tensor<?x768xf32>
  }
  return %r : tensor<?x768xf32>
}

// Too little work for a parallel region.
// CHECK-LABEL: @no_distribution_of_little_work
// CHECK: tw.group schedule(<distribute = [0, 0], registers = [1, 8], lanes = 16>)
func.func @no_distribution_of_little_work(%a: tensor<1x8xf32>, %c: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %r = tw.group -> tensor<1x8xf32> {
    %0 = linalg.exp ins(%a : tensor<1x8xf32>) outs(%c : tensor<1x8xf32>) -> tensor<1x8xf32>
    tw.yield %0 : tensor<1x8xf32>
  }
  return %r : tensor<1x8xf32>
}

// CHECK-LABEL: @no_change_of_a_given_schedule
// CHECK: tw.group schedule(<registers = [2, 16]>)
func.func @no_change_of_a_given_schedule(%a: tensor<1x8xf32>, %c: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %r = tw.group schedule(<registers = [2, 16]>) -> tensor<1x8xf32> {
    %0 = linalg.exp ins(%a : tensor<1x8xf32>) outs(%c : tensor<1x8xf32>) -> tensor<1x8xf32>
    tw.yield %0 : tensor<1x8xf32>
  }
  return %r : tensor<1x8xf32>
}
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute}}
func.func @no_target() {
  return
}
