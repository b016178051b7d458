// RUN: tw-opt %s -tw-emit-kernels -split-input-file -verify-diagnostics | FileCheck %s
// RUN: tw-opt %s -tw-emit-kernels="opt-level=0" -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=PLAIN
// No dynamic-shape case: kernels are in the LLVM dialect here, where shapes are arguments.

// CHECK: gpu.binary @kernels [#gpu.object<#nvvm.target<O = 3, chip = "sm_80">, assembly = "
// CHECK-SAME: .target sm_80
// CHECK-SAME: .visible .entry k(
// CHECK-SAME: fma.rn.f32
// PLAIN: .visible .entry k(
gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_80">] {
  llvm.func @k(%p: !llvm.ptr, %a: f32) attributes {gpu.kernel, nvvm.kernel} {
    %v = llvm.load %p : !llvm.ptr -> f32
    %m = llvm.fmul %v, %a : f32
    %s = llvm.fadd %m, %v : f32
    llvm.store %s, %p : f32, !llvm.ptr
    llvm.return
  }
}

// -----

// expected-error @below {{needs one #nvvm.target; run tw-convert-to-nvvm first}}
gpu.module @no_target {
}

// -----

// LLVM would end the process on these.
// expected-error @below {{'sm_20' is no GPU that there is code for; the oldest is sm_80}}
gpu.module @no_old_gpu [#nvvm.target<chip = "sm_20">] {
}

// -----

// expected-error @below {{features of a GPU follow from its name; got '+ptx60'}}
gpu.module @no_old_ptx [#nvvm.target<chip = "sm_90a", features = "+ptx60">] {
}
