// RUN: tw-opt %s -tw-convert-to-llvm -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: llvm.func internal @main
// CHECK-SAME: %[[CTX:[a-z0-9]+]]: !llvm.ptr
// CHECK: llvm.getelementptr %[[CTX]][16]
// CHECK: llvm.getelementptr %[[CTX]][40]
// CHECK: llvm.call %{{.*}}(%[[CTX]]
// CHECK-LABEL: llvm.func internal @region0_task
// CHECK: llvm.call @region0
module {
  func.func @main(%ctx: !llvm.ptr, %n: index) -> i32 {
    %a = tw.arena : memref<64xi8>
    tw.launch @region0 tasks(%n) (%a) : memref<64xi8>
    %zero = arith.constant 0 : i32
    return %zero : i32
  }
  func.func private @region0(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %a: memref<64xi8>) {
    return
  }
}

// -----

// Two launches of one function: one task.
// CHECK-LABEL: llvm.func internal @two_launches
// CHECK-COUNT-2: llvm.mlir.addressof @shared_task
// CHECK: llvm.func internal @shared_task
// CHECK-NOT: @shared_task
func.func @two_launches(%ctx: !llvm.ptr, %n: index, %a: memref<64xi8>) {
  tw.launch @shared tasks(%n) (%a) : memref<64xi8>
  tw.launch @shared tasks(%n) (%a) : memref<64xi8>
  return
}
func.func private @shared(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %a: memref<64xi8>) {
  return
}

// -----

// Of a buffer whose sizes are known, only the address is handed over; of another one, all.
// CHECK-LABEL: llvm.func internal @known_and_dynamic_buffers
// CHECK: llvm.alloca %{{.*}} x !llvm.struct<(ptr, ptr, ptr, i64, i64, i64)>
// CHECK-LABEL: llvm.func internal @mixed_task
// CHECK-COUNT-6: llvm.load
// CHECK-NOT: llvm.load
// CHECK: llvm.call @mixed(
func.func @known_and_dynamic_buffers(%ctx: !llvm.ptr, %n: index, %a: memref<4x8xf32>, %b: memref<?xf32>) {
  tw.launch @mixed tasks(%n) (%a, %b) : memref<4x8xf32>, memref<?xf32>
  return
}
func.func private @mixed(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %a: memref<4x8xf32>, %b: memref<?xf32>) {
  return
}

// -----

// A failed assert records its message and leaves with the status 1.
// CHECK: llvm.mlir.global internal constant @assert_message_
// CHECK-LABEL: llvm.func internal @dynamic_and_assert
// CHECK: llvm.cond_br
// CHECK: llvm.getelementptr %{{.*}}[64]
// CHECK: llvm.return
// CHECK: llvm.getelementptr %{{.*}}[48]
func.func @dynamic_and_assert(%ctx: !llvm.ptr, %ok: i1, %n: index) -> i32 {
  tw.assert %ok, "index must be smaller than dim size"
  %a = tw.alloc(%n) : memref<?xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}

// -----

// What LLVM has no intrinsic for is called lane by lane, and so is what a formula would compute
// with a loss.
// CHECK-DAG: llvm.func @erf(f64) -> f64
// CHECK-DAG: llvm.func @log1p(f64) -> f64
// CHECK-LABEL: llvm.func internal @functions_of_f64
// CHECK: llvm.call @log1p
// CHECK-COUNT-3: llvm.call @erf(
// CHECK-NOT: llvm.call
// CHECK: llvm.intr.exp
func.func @functions_of_f64(%ctx: !llvm.ptr, %x: f64, %v: vector<3xf64>) -> vector<3xf64> {
  %0 = math.log1p %x : f64
  %1 = math.erf %v : vector<3xf64>
  %2 = math.exp %1 : vector<3xf64>
  %3 = vector.broadcast %0 : f64 to vector<3xf64>
  %4 = arith.addf %2, %3 : vector<3xf64>
  return %4 : vector<3xf64>
}

// -----

// Words are where the numbers are: half the offset, rows as many, and half as far from one another.
// CHECK-LABEL: llvm.func internal @words_dynamic
// CHECK-DAG: %[[ONE:.*]] = llvm.mlir.constant(1 : index) : i64
// CHECK-DAG: %[[ROWS:.*]] = llvm.extractvalue %[[X:.*]][3, 0]
// CHECK: llvm.insertvalue %[[ROWS]], %{{.*}}[3, 0]
// CHECK: %[[STRIDE:.*]] = llvm.extractvalue %[[X]][4, 0]
// CHECK: %[[HALF_STRIDE:.*]] = llvm.lshr %[[STRIDE]], %[[ONE]]
// CHECK: llvm.insertvalue %[[HALF_STRIDE]], %{{.*}}[4, 0]
// CHECK: %[[COLUMNS:.*]] = llvm.extractvalue %[[X]][3, 1]
// CHECK: %[[HALF:.*]] = llvm.lshr %[[COLUMNS]], %[[ONE]]
// CHECK: llvm.insertvalue %[[HALF]], %{{.*}}[3, 1]
// CHECK: llvm.insertvalue %[[ONE]], %{{.*}}[4, 1]
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> i32
func.func @words_dynamic(%ctx: !llvm.ptr, %x: memref<?x64xbf16>, %i: index) -> i32 {
  %w = tw.words %x : memref<?x64xbf16> -> memref<?x32xi32>
  %word = memref.load %w[%i, %i] : memref<?x32xi32>
  return %word : i32
}

// -----

func.func @no_conversion_of_tensors(%ctx: !llvm.ptr) -> i32 {
  // expected-error @below {{failed to legalize operation 'tensor.empty'}}
  %t = tensor.empty() : tensor<4xf32>
  %zero = arith.constant 0 : i32
  return %zero : i32
}
