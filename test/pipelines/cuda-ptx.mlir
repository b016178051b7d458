// RUN: tw-opt %s -split-input-file -tw-compile="target=cuda" -tw-emit-kernels | FileCheck %s --check-prefixes=CHECK,SM80
// RUN: tw-opt %s -split-input-file -tw-compile="target=cuda chip=sm_90" -tw-emit-kernels | FileCheck %s --check-prefixes=CHECK,SM90

// From linalg to PTX text, for each kind of group. Newlines are \0A in the attribute.

// A matmul: loads, a fused multiply-add in a register, one store.
// CHECK-LABEL: func.func @main(
// CHECK: gpu.launch_func
// CHECK: gpu.binary @kernels
// SM80-SAME: .target sm_80
// SM90-SAME: .target sm_90
// CHECK-SAME: .visible .entry main_kernel0(
// CHECK-SAME: .param .u64 .ptr
// CHECK-SAME: .maxntid 256, 1, 1
// CHECK-SAME: mov.u32 {{[^,]*}}, %ctaid.x;
// CHECK-SAME: ld.global.b32
// CHECK-SAME: fma.rn.f32
// CHECK-SAME: st.global.b32
// CHECK-NOT: call.uni
func.func @main(%x: tensor<64x32xf32>, %y: tensor<32x48xf32>) -> tensor<64x48xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x48xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x48xf32>) -> tensor<64x48xf32>
  %m = linalg.matmul ins(%x, %y : tensor<64x32xf32>, tensor<32x48xf32>) outs(%f : tensor<64x48xf32>) -> tensor<64x48xf32>
  return %m : tensor<64x48xf32>
}

// -----

// Elementwise functions are polynomials, without a library.
// CHECK-LABEL: func.func @main(
// CHECK: gpu.binary @kernels
// CHECK-SAME: setp.{{g|l}}e.u64
// CHECK-SAME: fma.rn.f32
// CHECK-SAME: sqrt.rn.f32
// CHECK-NOT: call.uni
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %0 = linalg.exp ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %1 = linalg.sqrt ins(%0 : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %1 : tensor<?xf32>
}

// -----

// Rows by threads: a reduction, a softmax, a layer norm.
// CHECK-LABEL: func.func @main(
// CHECK: gpu.binary @kernels
// CHECK-SAME: .entry main_kernel0(
// CHECK-SAME: .maxntid 64, 1, 1
// CHECK-SAME: max.NaN.f32
// CHECK-SAME: .entry main_kernel1(
// CHECK-SAME: .maxntid 64, 1, 1
// CHECK-SAME: .entry main_kernel2(
// CHECK-SAME: .maxntid 256, 1, 1
// CHECK-SAME: add.f32
// CHECK-NOT: call.uni
func.func @main(%x: tensor<?x100xf32>, %g: tensor<100xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x100xf32>
  %e = tensor.empty(%n) : tensor<?x100xf32>
  %s = tw.softmax dimension(1) ins(%x : tensor<?x100xf32>) outs(%e : tensor<?x100xf32>) -> tensor<?x100xf32>
  %l = tw.layer_norm axis(1) epsilon(1.0e-05) ins(%s : tensor<?x100xf32>) gamma(%g : tensor<100xf32>) outs(%e : tensor<?x100xf32>) -> tensor<?x100xf32>
  %re = tensor.empty(%n) : tensor<?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%re : tensor<?xf32>) -> tensor<?xf32>
  %r = linalg.reduce { arith.addf } ins(%l : tensor<?x100xf32>) outs(%f : tensor<?xf32>) dimensions = [1]
  return %r : tensor<?xf32>
}

// -----

// Data is moved, and booleans are bytes.
// CHECK-LABEL: func.func @main(
// CHECK-SAME: memref<5xi8>
// CHECK: gpu.binary @kernels
// CHECK-SAME: ld.global.b8
func.func @main(%x: tensor<3xi1>, %y: tensor<2xi1>) -> tensor<5xi1> {
  %c = tensor.concat dim(0) %x, %y : (tensor<3xi1>, tensor<2xi1>) -> tensor<5xi1>
  return %c : tensor<5xi1>
}
