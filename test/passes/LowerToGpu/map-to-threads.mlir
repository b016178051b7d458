// RUN: tw-opt %s -tw-map-to-threads -canonicalize -split-input-file -verify-diagnostics | FileCheck %s

// 24 iterations in blocks of 8 threads: no thread is idle, so none has to look. The last dimension
// is the fastest.
// CHECK-LABEL: @whole_blocks
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[SIX:.*]] = arith.constant 6 : index
// CHECK-DAG: %[[EIGHT:.*]] = arith.constant 8 : index
// CHECK: gpu.launch blocks(%[[BX:[a-z0-9_]+]], {{.*}} = %[[THREE]], {{.*}} threads(%[[TX:[a-z0-9_]+]], {{.*}} = %[[EIGHT]]
// CHECK-NOT: scf.if
// CHECK: %[[FIRST:.*]] = arith.muli %[[BX]], %[[EIGHT]]
// CHECK: %[[TASK:.*]] = arith.addi %[[FIRST]], %[[TX]]
// CHECK: %[[J:.*]] = arith.remui %[[TASK]], %[[SIX]]
// CHECK: %[[I:.*]] = arith.divui %[[TASK]], %[[SIX]]
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]], %[[J]]]
// CHECK: gpu.terminator
func.func @whole_blocks(%m: memref<4x6xf32>, %v: f32) {
  scf.forall (%i, %j) in (4, 6) {
    memref.store %v, %m[%i, %j] : memref<4x6xf32>
  } {tw.schedule = #tw.schedule<distribute = [1, 1], lanes = 8>}
  return
}

// -----

// Threads past the last iteration have nothing to do; a grid has at least one block. The memory of
// an iteration is at the start of the kernel.
// CHECK-LABEL: @dynamic
// CHECK: %[[N:.*]] = memref.dim
// CHECK: %[[BLOCKS:.*]] = arith.ceildivui %[[N]], %c256
// CHECK: %[[GRID:.*]] = arith.maxui %[[BLOCKS]], %c1
// CHECK: gpu.launch blocks({{.*}} = %[[GRID]],
// CHECK-NEXT: %[[OWN:.*]] = memref.alloca() : memref<2xf32>
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[TASK:.*]], %[[N]]
// CHECK: scf.if %[[INSIDE]]
// CHECK:   memref.store %{{.*}}, %[[OWN]][%c0]
// CHECK:   memref.store %{{.*}}, %{{.*}}[%[[TASK]]]
func.func @dynamic(%m: memref<?xf32>, %v: f32) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %m, %c0 : memref<?xf32>
  scf.forall (%i) in (%n) {
    %own = memref.alloc() : memref<2xf32>
    memref.store %v, %own[%c0] : memref<2xf32>
    %w = memref.load %own[%c0] : memref<2xf32>
    memref.store %w, %m[%i] : memref<?xf32>
  }
  return
}

// -----

// A loop that does not start at zero and does not count by one.
// CHECK-LABEL: @bounds
// CHECK: %[[TWICE:.*]] = arith.muli %{{.*}}, %c2
// CHECK: %[[I:.*]] = arith.addi %[[TWICE]], %c3
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[I]]]
func.func @bounds(%m: memref<8xf32>, %v: f32) {
  scf.forall (%i) = (3) to (8) step (2) {
    memref.store %v, %m[%i] : memref<8xf32>
  }
  return
}

// -----

// Operations on whole buffers are launches of their own; one result is the work of one thread.
// CHECK-LABEL: @outside_of_loops
// CHECK: gpu.launch
// CHECK: memref.load %{{.*}}[%{{.*}}, %{{.*}}] : memref<?x8xf32, strided<[16, 1], offset: 4>>
// CHECK: gpu.launch blocks({{.*}} = %c1, {{.*}} = %c1, {{.*}} = %c1) threads({{.*}} = %c1, {{.*}} = %c1, {{.*}} = %c1)
// CHECK: linalg.reduce
// CHECK-NOT: memref.copy
func.func @outside_of_loops(%x: memref<?x16xf32>, %y: memref<?x8xf32>, %sum: memref<f32>, %n: index) {
  %part = memref.subview %x[0, 4] [%n, 8] [1, 1] : memref<?x16xf32> to memref<?x8xf32, strided<[16, 1], offset: 4>>
  memref.copy %part, %y : memref<?x8xf32, strided<[16, 1], offset: 4>> to memref<?x8xf32>
  linalg.reduce { arith.addf } ins(%y : memref<?x8xf32>) outs(%sum : memref<f32>) dimensions = [0, 1]
  return
}

// -----

// CHECK-LABEL: @no_iteration
// CHECK-NOT: gpu.launch
func.func @no_iteration(%m: memref<0xf32>, %v: f32) {
  scf.forall (%i) in (0) {
    memref.store %v, %m[%i] : memref<0xf32>
  }
  return
}

// -----

func.func @no_elements_on_the_host(%m: memref<4xf32>, %n: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'memref.load' works on elements outside of a kernel, which the host cannot do for memory of a GPU}}
  %v = memref.load %m[%c0] : memref<4xf32>
  // expected-error @below {{'memref.store' works on elements outside of a kernel}}
  memref.store %v, %n[%c0] : memref<4xf32>
  return
}

// -----

func.func @no_memory_of_unknown_size(%m: memref<?xf32>, %n: index, %v: f32) {
  scf.forall (%i) in (%n) {
    // expected-error @below {{needs memory of a size that is known only in the call, in every thread; give the tensor a fixed shape, or compile with target cpu}}
    %own = memref.alloc(%n) : memref<?xf32>
    memref.store %v, %own[%i] : memref<?xf32>
  }
  return
}

// -----

func.func @no_large_memory(%v: f32) {
  scf.forall (%i) in (8) {
    // expected-error @below {{needs 40000 bytes in every thread, more than the 16384 that it may use; compile with target cpu}}
    %own = memref.alloc() : memref<10000xf32>
    memref.store %v, %own[%i] : memref<10000xf32>
  }
  return
}

// -----

func.func @no_tensors(%t: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{parallel loops must be on buffers here; run the bufferize phase first}}
  %r = scf.forall (%i) in (8) shared_outs(%o = %t) -> tensor<8xf32> {
  }
  return %r : tensor<8xf32>
}
