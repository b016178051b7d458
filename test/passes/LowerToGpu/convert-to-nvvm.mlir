// RUN: tw-opt %s -tw-convert-to-nvvm="chip=sm_90" -split-input-file -verify-diagnostics | FileCheck %s
// RUN: not tw-opt %s -tw-convert-to-nvvm="chip=sm_75" -split-input-file 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not tw-opt %s -tw-convert-to-nvvm="chip=zen5" -split-input-file 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// OLD: 'sm_75' is no GPU that there is code for; the oldest is sm_80
// UNKNOWN: 'zen5' is no processor of nvptx64-nvidia-cuda

// A buffer of unknown size is a pointer and a number; functions of the hardware are no calls. The
// host's part stays.
// CHECK: func.func @host
// CHECK: gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_90">]
// CHECK: llvm.func @k(%{{.*}}: !llvm.ptr, %{{.*}}: i64) attributes {gpu.kernel, {{.*}}nvvm.kernel, nvvm.maxntid = array<i32: 64, 1, 1>}
// CHECK: nvvm.read.ptx.sreg.tid.x
// CHECK: llvm.intr.sqrt
// CHECK: llvm.intr.fma
// CHECK-NOT: __nv_
module attributes {gpu.container_module} {
  func.func @host(%m: memref<?xf32>) {
    return
  }
  gpu.module @kernels {
    gpu.func @k(%base: memref<f32>, %n: index) kernel attributes {known_block_size = array<i32: 64, 1, 1>} {
      %m = memref.reinterpret_cast %base to offset: [0], sizes: [%n], strides: [1] : memref<f32> to memref<?xf32>
      %t = gpu.thread_id x
      %v = memref.load %m[%t] : memref<?xf32>
      %r = math.sqrt %v : f32
      %f = math.fma %r, %v, %v : f32
      memref.store %f, %m[%t] : memref<?xf32>
      gpu.return
    }
  }
}

// -----

gpu.module @kernels {
  gpu.func @no_function(%base: memref<f64>) kernel {
    %v = memref.load %base[] : memref<f64>
    // expected-error @below {{'math.exp' on 'f64' has no instruction on a GPU; run tw-lower-vector-math first, which computes f32 and narrower types}}
    %e = math.exp %v : f64
    memref.store %e, %base[] : memref<f64>
    gpu.return
  }
}
