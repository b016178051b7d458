// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def MapToThreads : Pass<"tw-map-to-threads", "::mlir::func::FuncOp"> {
  let summary = "Make each parallel loop a launch with one thread an iteration";
  let description = [{
    Iterations are numbered with the last dimension fastest, so that neighbouring threads touch
    neighbouring elements, and cut into blocks of as many threads as the `lanes` of the loop's
    `tw.schedule`. Threads past the last iteration do nothing. Memory of an iteration becomes
    memory of the thread. An operation on whole buffers outside of any loop (a copy, a fill, a
    reduction to one element) gets a launch of its own.

    Example:
    ```mlir
    scf.forall (%i) in (%n) {
      memref.store %v, %m[%i] : memref<?xf32>
    } {tw.schedule = #tw.schedule<distribute = [1], lanes = 256>}
    ```
    becomes
    ```mlir
    %blocks = arith.ceildivui %n, %c256 : index
    gpu.launch blocks(%bx, %by, %bz) in (%gx = %blocks, %gy = %c1, %gz = %c1)
               threads(%tx, %ty, %tz) in (%sx = %c256, %sy = %c1, %sz = %c1) {
      %first = arith.muli %bx, %c256 : index
      %i = arith.addi %first, %tx : index
      %inside = arith.cmpi ult, %i, %n : index
      scf.if %inside {
        memref.store %v, %m[%i] : memref<?xf32>
      }
      gpu.terminator
    }
    ```
  }];
  let options = [
    Option<"threads", "threads", "int64_t", "256",
           "threads of a block where no schedule says how many">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def OutlineKernels : Pass<"tw-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Move the body of each launch to a kernel that takes pointers and sizes";
  let description = [{
    All kernels go to one `gpu.module`, named after the function that launches them. A buffer
    crosses as a pointer to its base, followed by those of its offset, sizes and strides that its
    type leaves open; constants are copied. So what the host has to pass for a kernel can be read
    off its signature, and a size that two buffers share is passed once.

    Example:
    ```mlir
    gpu.launch blocks(%bx, %by, %bz) in (...) threads(%tx, %ty, %tz) in (...) {
      memref.store %v, %m[%tx] : memref<?xf32>
      gpu.terminator
    }
    ```
    becomes
    ```mlir
    gpu.launch_func @kernels::@main_kernel0 blocks in (...) threads in (...) args(%v : f32, %base : memref<f32>, %size : index)
    gpu.module @kernels {
      gpu.func @main_kernel0(%v: f32, %base: memref<f32>, %size: index) kernel {
        %m = memref.reinterpret_cast %base to offset: [0], sizes: [%size], strides: [1] : memref<f32> to memref<?xf32>
        %tx = gpu.thread_id x
        memref.store %v, %m[%tx] : memref<?xf32>
        gpu.return
      }
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ConvertToNvvm : Pass<"tw-convert-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Convert kernels to the NVVM and LLVM dialects for one GPU";
  let description = [{
    One conversion for what is left in each `gpu.module` (arith, cf, gpu, index, math, memref, ub).
    Buffers are bare pointers. Functions that the hardware has (square root, rounding, absolute
    value) become LLVM's intrinsics; others must be gone by `tw-lower-vector-math`, since no
    library of them is linked. The module gets the target `#nvvm.target` with the chip.

    Example:
    ```mlir
    gpu.module @kernels {
      gpu.func @k(%m: memref<f32>, %n: index) kernel { ... }
    }
    ```
    becomes
    ```mlir
    gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_80">] {
      llvm.func @k(%m: !llvm.ptr, %n: i64) attributes {gpu.kernel, nvvm.kernel} { ... }
    }
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_80\"", "the GPU: sm_80, sm_90, ...">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"];
}

def EmitKernels : Pass<"tw-emit-kernels", "::mlir::ModuleOp"> {
  let summary = "Replace each module of kernels by its PTX text";
  let description = [{
    Emits what `tw-convert-to-nvvm` left with the same code generator as `m.asm()`, and keeps the
    text in a `gpu.binary`.

    Example:
    ```mlir
    gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_80">] { ... }
    ```
    becomes
    ```mlir
    gpu.binary @kernels [#gpu.object<#nvvm.target<O = 3, chip = "sm_80">, assembly = "...">]
    ```
  }];
  let options = [
    Option<"optLevel", "opt-level", "int", "3", "0 to 3, of LLVM">
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect"];
}
