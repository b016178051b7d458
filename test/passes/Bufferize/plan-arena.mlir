// RUN: tw-opt %s -tw-plan-arena -split-input-file -verify-diagnostics | FileCheck %s

// The first buffer is dead when the third is born, so they share their bytes.
// CHECK-LABEL: func.func @sharing
// CHECK-SAME: tw.arena_bytes = 128 : i64
// CHECK: %[[ARENA:.*]] = tw.arena : memref<128xi8>
// CHECK-COUNT-3: memref.view %[[ARENA]]
// CHECK-NOT: memref.alloc
func.func @sharing(%v: f32) {
  %c0 = arith.constant 0 : index
  %a = memref.alloc() : memref<16xf32>
  memref.store %v, %a[%c0] : memref<16xf32>
  %b = memref.alloc() : memref<16xf32>
  memref.copy %a, %b : memref<16xf32> to memref<16xf32>
  %c = memref.alloc() : memref<16xf32>
  memref.copy %b, %c : memref<16xf32> to memref<16xf32>
  return
}

// -----

// CHECK-LABEL: func.func @scratch_of_a_worker
// CHECK-SAME: tw.scratch_bytes = 64 : i64
// CHECK: scf.forall
// CHECK: tw.scratch : memref<64xi8>
func.func @scratch_of_a_worker(%v: f32) {
  scf.forall (%i) in (8) {
    %c0 = arith.constant 0 : index
    %a = memref.alloc() : memref<4xf32>
    memref.store %v, %a[%c0] : memref<4xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @dynamic
// CHECK: tw.alloc(%{{.*}}) : memref<?xf32>
func.func @dynamic(%n: index) -> memref<?xf32> {
  %a = memref.alloc(%n) : memref<?xf32>
  return %a : memref<?xf32>
}

// -----

// expected-error @below {{has several blocks; an arena is planned for one}}
func.func @no_plan_for_several_blocks() {
  cf.br ^next
^next:
  return
}
