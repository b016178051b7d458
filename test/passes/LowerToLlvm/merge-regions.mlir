// RUN: tw-opt %s -tw-merge-regions | FileCheck %s

// Two layers of a model that differ only in what they are given.
// CHECK-LABEL: func.func @main
// CHECK: tw.launch @region0 tasks(%{{.*}}) (%[[A:.*]]) : memref<64xf32>
// CHECK: tw.launch @region0 tasks(%{{.*}}) (%[[B:.*]]) : memref<64xf32>
// CHECK: tw.launch @no_merge_of_other_constants
// CHECK: tw.launch @dynamic0
// CHECK: tw.launch @dynamic0
module {
  func.func @main(%ctx: !llvm.ptr, %n: index, %a: memref<64xf32>, %b: memref<64xf32>, %d: memref<?xf32>) {
    tw.launch @region0 tasks(%n) (%a) : memref<64xf32>
    tw.launch @region1 tasks(%n) (%b) : memref<64xf32>
    tw.launch @no_merge_of_other_constants tasks(%n) (%b) : memref<64xf32>
    tw.launch @dynamic0 tasks(%n) (%d) : memref<?xf32>
    tw.launch @dynamic1 tasks(%n) (%d) : memref<?xf32>
    return
  }
  // CHECK: func.func private @region0
  func.func private @region0(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %m: memref<64xf32>) {
    %one = arith.constant 1.0 : f32
    memref.store %one, %m[%begin] : memref<64xf32>
    return
  }
  // CHECK-NOT: @region1
  func.func private @region1(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %m: memref<64xf32>) {
    %one = arith.constant 1.0 : f32
    memref.store %one, %m[%begin] : memref<64xf32>
    return
  }
  // CHECK: func.func private @no_merge_of_other_constants
  func.func private @no_merge_of_other_constants(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %m: memref<64xf32>) {
    %two = arith.constant 2.0 : f32
    memref.store %two, %m[%begin] : memref<64xf32>
    return
  }
  // CHECK: func.func private @dynamic0
  func.func private @dynamic0(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %m: memref<?xf32>) {
    %zero = arith.constant 0 : index
    %size = memref.dim %m, %zero : memref<?xf32>
    %v = memref.load %m[%size] : memref<?xf32>
    memref.store %v, %m[%end] : memref<?xf32>
    return
  }
  // CHECK-NOT: @dynamic1
  func.func private @dynamic1(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %m: memref<?xf32>) {
    %zero = arith.constant 0 : index
    %size = memref.dim %m, %zero : memref<?xf32>
    %v = memref.load %m[%size] : memref<?xf32>
    memref.store %v, %m[%end] : memref<?xf32>
    return
  }
}
