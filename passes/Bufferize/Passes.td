// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def BindResults : Pass<"tw-bind-results", "::mlir::ModuleOp"> {
  let summary = "Write results into memory that the host gives";
  let description = [{
    A result of a static shape becomes an argument with the attribute `tw.result`; one of a
    dynamic shape is asked for by `tw.output` when its sizes are known. Where the result is a
    buffer allocated in the function (or a reshape of one), that allocation goes away; anything
    else (an argument, a part of a buffer, a buffer returned twice) is copied. Functions return
    an i32 instead: 0 for success.

    Example:
    ```mlir
    func.func @main(%x: memref<4xf32>) -> memref<4xf32> {
      %a = memref.alloc() : memref<4xf32>
      return %a : memref<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @main(%x: memref<4xf32>, %a: memref<4xf32> {tw.result = 0 : i64}) -> i32 {
      %zero = arith.constant 0 : i32
      return %zero : i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::tw::TwDialect"];
}

def PlanArena : Pass<"tw-plan-arena", "::mlir::ModuleOp"> {
  let summary = "Place every buffer in one arena";
  let description = [{
    Static allocations of a function become views of one arena; two of them share bytes when
    their lifetimes do not meet (greedy by size, first fit). Inside a parallel loop the same is
    done with the worker's scratch. Dynamic allocations are taken from the call's workspace by
    `tw.alloc`. The function gets `tw.arena_bytes` and `tw.scratch_bytes`.

    Example:
    ```mlir
    %a = memref.alloc() : memref<16xf32>
    ```
    becomes
    ```mlir
    %arena = tw.arena : memref<64xi8>
    %a = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::tw::TwDialect"];
}
