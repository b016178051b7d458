// RUN: tw-opt %s | tw-opt | FileCheck %s

// CHECK: tw.target = #tw.target<kind = "cpu", vector_bits = 256, vector_registers = 16, l1_bytes = 1, l2_bytes = 2>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 256, vector_registers = 16, l1_bytes = 1, l2_bytes = 2>} {

// CHECK-LABEL: @scheduled_group
// CHECK: tw.group schedule(<distribute = [0, 64], registers = [12, 32], reduction = [1], lanes = 16>) -> tensor<?x8xf32>
// CHECK: tw.yield %{{.*}} : tensor<?x8xf32>
func.func @scheduled_group(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %r = tw.group schedule(<distribute = [0, 64], registers = [12, 32], reduction = [1], lanes = 16>) -> tensor<?x8xf32> {
    tw.yield %x : tensor<?x8xf32>
  }
  return %r : tensor<?x8xf32>
}

// CHECK-LABEL: @group_without_schedule
// CHECK: tw.group -> tensor<4xf32>
func.func @group_without_schedule(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = tw.group -> tensor<4xf32> {
    tw.yield %x : tensor<4xf32>
  }
  return %r : tensor<4xf32>
}

// CHECK-LABEL: @assert
// CHECK: tw.assert %{{.*}}, "rank must be 2"
func.func @assert(%ok: i1) {
  tw.assert %ok, "rank must be 2"
  return
}
}
