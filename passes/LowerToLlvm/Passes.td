// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def OutlineParallel : Pass<"tw-outline-parallel", "::mlir::ModuleOp"> {
  let summary = "Move the body of each parallel loop to a function that the runtime calls";
  let description = [{
    Every function gets the context of the call as its first argument. An `scf.forall` becomes
    `tw.launch` of a function that does the tasks from `begin` to `end`, each task being one
    iteration; constants are copied into it, everything else is captured. Loops of one iteration
    stay in place, and a parallel loop inside a parallel loop becomes sequential.

    Example:
    ```mlir
    scf.forall (%i) in (8) {
      memref.store %v, %m[%i] : memref<8xf32>
    }
    ```
    becomes
    ```mlir
    tw.launch @main_region0 tasks(%c8) (%v, %m) : f32, memref<8xf32>
    func.func private @main_region0(%ctx: !llvm.ptr, %begin: index, %end: index, %worker: index, %v: f32, %m: memref<8xf32>) {
      scf.for %task = %begin to %end step %c1 {
        memref.store %v, %m[%task] : memref<8xf32>
      }
      return
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::scf::SCFDialect", "::mlir::LLVM::LLVMDialect",
                           "::tw::TwDialect"];
}

def MergeRegions : Pass<"tw-merge-regions", "::mlir::ModuleOp"> {
  let summary = "Keep one function of the parallel regions that compute the same";
  let description = [{
    The layers of a model are alike: outlined, their regions differ only in the buffers that they
    are given. Launches of equal functions call the first of them and the others go, so that each
    kind of layer is compiled once. Locations of the merged functions are those of the first.

    Example:
    ```mlir
    tw.launch @main_region0 tasks(%n) (%a) : memref<64xf32>
    tw.launch @main_region1 tasks(%n) (%b) : memref<64xf32>
    ```
    becomes, when both functions are the same,
    ```mlir
    tw.launch @main_region0 tasks(%n) (%a) : memref<64xf32>
    tw.launch @main_region0 tasks(%n) (%b) : memref<64xf32>
    ```
  }];
}

def CreateEntryPoints : Pass<"tw-create-entry-points", "::mlir::ModuleOp"> {
  let summary = "Export tw_main and tw_init with the module's binary interface";
  let description = [{
    `tw_main(ctx, records)` unpacks one record a tensor (data pointer, then sizes) into the
    arguments of `@main`, and calls it; `tw_init` does so for `@init`. The bytes of workspace that
    they need become exported constants. A module without `@init` gets a `tw_init` that does
    nothing.

    Example:
    ```mlir
    func.func @main(%ctx: !llvm.ptr, %x: memref<?xf32>) -> i32
    ```
    becomes callable through
    ```mlir
    llvm.func @tw_main(%ctx: !llvm.ptr, %records: !llvm.ptr) -> i32
    llvm.mlir.global constant @tw_arena_bytes(0 : i64) : i64
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def ConvertToLlvm : Pass<"tw-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert everything to the LLVM dialect";
  let description = [{
    One conversion for the upstream dialects that are left (arith, cf, func, index, math, memref,
    ub, vector) and for the runtime operations of `tw`, which become calls through the context.
    Functions other than the entry points become internal.

    Example:
    ```mlir
    %a = tw.arena : memref<64xi8>
    ```
    becomes a load of the context's field:
    ```mlir
    %p = llvm.getelementptr %ctx[16] : (!llvm.ptr) -> !llvm.ptr, i8
    %a = llvm.load %p : !llvm.ptr -> !llvm.ptr
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def LowerDynamicExpansions : Pass<"tw-lower-dynamic-expansions", "::mlir::ModuleOp"> {
  let summary = "Compute the strides of memory that splits into several dynamic sizes";
  let description = [{
    A `memref.expand_shape` with two or more dynamic sizes in one group becomes a
    `memref.reinterpret_cast` to the sizes that the operation names, and strides computed from
    them. Upstream's `expand-strided-metadata` derives the one unknown size of a group from the
    others, and ends the process at two. Expansions that it can take stay.

    Example:
    ```mlir
    %0 = memref.expand_shape %m [[0, 1], [2]] output_shape [%a, %b, 8]
        : memref<?x8xf32> into memref<?x?x8xf32>
    ```
    becomes
    ```mlir
    %base, %offset, %sizes:2, %strides:2 = memref.extract_strided_metadata %m
    %s = affine.apply affine_map<()[s0] -> (s0 * 8)>()[%b]
    %0 = memref.reinterpret_cast %base to offset: [0], sizes: [%a, %b, 8], strides: [%s, 8, 1]
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect"];
}
