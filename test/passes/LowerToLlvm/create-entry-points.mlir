// RUN: tw-opt %s -tw-convert-to-llvm -tw-create-entry-points -split-input-file -verify-diagnostics | FileCheck %s

// The size of the dynamic dimension comes from the record.
// CHECK-LABEL: llvm.func @tw_main(
// CHECK: %[[RECORD:.*]] = llvm.load %{{.*}} invariant : !llvm.ptr -> !llvm.ptr
// CHECK: llvm.load %{{.*}} invariant : !llvm.ptr -> i64
// CHECK: llvm.call @main
// CHECK-LABEL: llvm.func @tw_init(
// CHECK-NOT: llvm.call
// CHECK: llvm.mlir.global external constant @tw_arena_bytes(128 : i64)
// CHECK: llvm.mlir.global external constant @tw_init_arena_bytes(0 : i64)
// CHECK: llvm.mlir.global external constant @tw_scratch_bytes(64 : i64)
func.func @main(%ctx: !llvm.ptr, %x: memref<?x4xf32>) -> i32 attributes {tw.arena_bytes = 128 : i64, tw.scratch_bytes = 64 : i64} {
  %zero = arith.constant 0 : i32
  return %zero : i32
}

// -----

// A module without @main: a refusal, in words.
// expected-error @below {{needs a function @main with a body: the computation to export}}
module {}
