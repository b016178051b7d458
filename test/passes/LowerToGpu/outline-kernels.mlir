// RUN: tw-opt %s -tw-outline-kernels -split-input-file -verify-diagnostics | FileCheck %s

// A size that an allocation was made with is passed as what it is; strides of contiguous buffers
// follow from their sizes.
// CHECK: module attributes {gpu.container_module}
// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:.*]]: memref<?x4xf32>, %[[N:.*]]: index, %[[V:.*]]: f32
// CHECK: %[[Y:.*]] = memref.alloc(%[[N]])
// CHECK: %[[XB:[a-z0-9_]+]], {{.*}} = memref.extract_strided_metadata %[[X]]
// CHECK: %[[YB:[a-z0-9_]+]], {{.*}} = memref.extract_strided_metadata %[[Y]]
// CHECK: gpu.launch_func {{ *}}@kernels::@main_kernel0 blocks in (%[[N]], %c1, %c1) threads in (%c64, %c1, %c1)
// CHECK-SAME: args(%[[XB]] : memref<f32>, %{{.*}} : index, %[[V]] : f32, %[[YB]] : memref<f32>, %[[N]] : index)
// CHECK: gpu.launch_func {{ *}}@kernels::@main_kernel1
// CHECK: gpu.module @kernels
// CHECK: gpu.func @main_kernel0(%[[KXB:.*]]: memref<f32>, %[[KR:.*]]: index, %[[KV:.*]]: f32, %[[KYB:.*]]: memref<f32>, %[[KN:.*]]: index) kernel
// CHECK-SAME: known_block_size = array<i32: 64, 1, 1>
// CHECK-DAG: %[[B:.*]] = gpu.block_id  x
// CHECK-DAG: %[[T:.*]] = gpu.thread_id  x
// CHECK-DAG: %[[KX:.*]] = memref.reinterpret_cast %[[KXB]] to offset: [0], sizes: [%[[KR]], 4], strides: [4, 1] : memref<f32> to memref<?x4xf32>
// CHECK-DAG: %[[KY:.*]] = memref.reinterpret_cast %[[KYB]] to offset: [0], sizes: [%[[KN]]], strides: [1] : memref<f32> to memref<?xf32>
// CHECK: memref.load %[[KX]][%[[B]], %[[T]]]
// CHECK: memref.store %{{.*}}, %[[KY]][%[[B]]]
// CHECK: gpu.return
// CHECK: gpu.func @main_kernel1() kernel
func.func @main(%x: memref<?x4xf32>, %n: index, %v: f32) {
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %y = memref.alloc(%n) : memref<?xf32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %c1, %gz = %c1) threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    %0 = memref.load %x[%bx, %tx] : memref<?x4xf32>
    %1 = arith.addf %0, %v : f32
    memref.store %1, %y[%bx] : memref<?xf32>
    gpu.terminator
  }
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %c1, %gz = %c1) threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {
    gpu.terminator
  }
  return
}

// -----

// What the type of a view leaves open is passed: here its offset, a size and a stride.
// CHECK-LABEL: func.func @view(
// CHECK: %[[B:[a-z0-9_]+]], %[[OFFSET:[a-z0-9_]+]], %{{.*}}:2, %[[STRIDES:[a-z0-9_]+]]:2 = memref.extract_strided_metadata
// CHECK: %[[SIZE:.*]] = memref.dim
// CHECK: args({{.*}}%[[B]] : memref<f32>, %[[OFFSET]] : index, %[[SIZE]] : index, %[[STRIDES]]#0 : index)
// CHECK: gpu.func @view_kernel0
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [%{{.*}}], sizes: [%{{.*}}, 3], strides: [%{{.*}}, 2] : memref<f32> to memref<?x3xf32, strided<[?, 2], offset: ?>>
func.func @view(%x: memref<?x3xf32, strided<[?, 2], offset: ?>>, %v: f32) {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1) threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    memref.store %v, %x[%bx, %tx] : memref<?x3xf32, strided<[?, 2], offset: ?>>
    gpu.terminator
  }
  return
}

// -----

// Constant data goes along.
// CHECK-LABEL: func.func @data(
// CHECK: gpu.module @kernels
// CHECK: memref.global "private" constant @table : memref<2xf32> = dense<[1.000000e+00, 2.000000e+00]>
// CHECK: gpu.func @data_kernel0
// CHECK: memref.get_global @table
memref.global "private" constant @table : memref<2xf32> = dense<[1.0, 2.0]>
func.func @data(%y: memref<2xf32>) {
  %c1 = arith.constant 1 : index
  %t = memref.get_global @table : memref<2xf32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1) threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.load %t[%tx] : memref<2xf32>
    memref.store %0, %y[%tx] : memref<2xf32>
    gpu.terminator
  }
  return
}

// -----

func.func @no_shared_memory(%n: index) {
  // expected-error @below {{memory attributions are not supported; allocate in the body}}
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %n, %gy = %n, %gz = %n) threads(%tx, %ty, %tz) in (%sx = %n, %sy = %n, %sz = %n) workgroup(%w : memref<4xf32, #gpu.address_space<workgroup>>) {
    gpu.terminator
  }
  return
}
