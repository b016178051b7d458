// RUN: tw-opt %s -pass-pipeline="builtin.module(func.func(tw-protect-arguments))" | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: %{{.*}}: tensor<4xf32> {bufferization.writable = false, tw.input = "x"}
func.func @main(%x: tensor<4xf32> {tw.input = "x"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: tensor<?x8xf32> {bufferization.writable = false}
func.func @dynamic(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  return %x : tensor<?x8xf32>
}

// CHECK-LABEL: func.func @no_mark_on_scalars_or_over_another_mark
// CHECK-SAME: (%{{.*}}: f32, %{{.*}}: tensor<4xf32> {bufferization.writable = true})
func.func @no_mark_on_scalars_or_over_another_mark(%s: f32, %x: tensor<4xf32> {bufferization.writable = true}) -> f32 {
  return %s : f32
}

// CHECK-LABEL: func.func @updated
// CHECK-SAME: %{{.*}}: tensor<?xf32> {bufferization.writable = true, tw.updated_by = 0 : i64}
func.func @updated(%x: tensor<?xf32> {tw.updated_by = 0 : i64}) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
