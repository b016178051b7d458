// RUN: tw-opt %s -tw-outline-parallel -split-input-file -verify-diagnostics | FileCheck %s

// CHECK: func.func private @body_becomes_function_region0(%{{.*}}: !llvm.ptr, %[[BEGIN:.*]]: index, %[[END:.*]]: index, %{{.*}}: index, %{{.*}}: f32, %{{.*}}: memref<8xf32>)
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
// CHECK: memref.store
// CHECK-LABEL: func.func @body_becomes_function(
// CHECK-NOT: scf.forall
// CHECK: tw.launch @body_becomes_function_region0 tasks(%c8)
func.func @body_becomes_function(%m: memref<8xf32>, %v: f32) {
  scf.forall (%i) in (8) {
    memref.store %v, %m[%i] : memref<8xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @dynamic_count
// CHECK: %[[N:.*]] = arith.ceildivsi
// CHECK: tw.launch @{{.*}} tasks(%[[N]])
func.func @dynamic_count(%m: memref<?xf32>, %n: index, %v: f32) {
  scf.forall (%i) = (0) to (%n) step (4) {
    memref.store %v, %m[%i] : memref<?xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @no_launch_of_one_task
// CHECK-NOT: tw.launch
// CHECK: memref.store
func.func @no_launch_of_one_task(%m: memref<8xf32>, %v: f32) {
  scf.forall (%i) in (1) {
    memref.store %v, %m[%i] : memref<8xf32>
  }
  return
}

// -----

func.func @on_tensors(%t: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{parallel loops must be on buffers here}}
  %r = scf.forall (%i) in (8) shared_outs(%o = %t) -> (tensor<8xf32>) {
    scf.forall.in_parallel {
    }
  }
  return %r : tensor<8xf32>
}

// -----

// A profiler wants to know of which group the loop was: its location says so.
// CHECK-LABEL: func.func @site_of_group
// CHECK: tw.launch @{{.*}} tasks(%c8) ({{.*}}) site 3
func.func @site_of_group(%m: memref<8xf32>, %v: f32) {
  scf.forall (%i) in (8) {
    memref.store %v, %m[%i] : memref<8xf32>
  } loc(fused<3 : i64>["model.py":7:0])
  return
}
