// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def SelectSchedule : Pass<"tw-select-schedule", "::mlir::func::FuncOp"> {
  let summary = "Attach a schedule to each group that has none";
  let description = [{
    The one place where tile sizes are decided. The choice is analytic, from the shapes of the
    group and from `tw.target` (vector width, registers, caches); a schedule that is there already
    (from the user or the tuning database) stays. Inside parallel loops it also schedules the
    operations that named operations were decomposed into; those carry the schedule as the
    attribute `tw.schedule`. The tasks of a contraction have one panel of columns each where there
    are many weights, so that each is read by one core, and blocks of rows with all columns where
    there are few, so that memory is walked in order. On a GPU a thread computes one result element, or one row of a
    softmax or normalization.

    Example, for AVX-512:
    ```mlir
    tw.group -> tensor<128x768xf32> { /* fill, matmul of K = 768, bias */ }
    ```
    becomes
    ```mlir
    tw.group schedule(<distribute = [0, 32], registers = [8, 32], reduction = [1], lanes = 16>) -> tensor<128x768xf32> { }
    ```
  }];
  let dependentDialects = ["::tw::TwDialect"];
}

def CountWork : Pass<"tw-count-work", "::mlir::func::FuncOp"> {
  let summary = "Attach to each group how much it computes and how much memory it touches";
  let description = [{
    For profiles; no phase runs it. `tw.flops` counts the floating-point operations of the group's
    body, a multiplication and an addition as two and a function such as `exp` as one, producers
    once. `tw.bytes` is the size of all tensors that come from outside and of the results: what
    would be moved if each were read and written once. Of a table that elements are picked from,
    only those count. A group with dynamic sizes gets neither.

    Example:
    ```mlir
    %r = tw.group -> tensor<128x32xf32> {
      %m = linalg.matmul ins(%a, %b : tensor<128x64xf32>, tensor<64x32xf32>) outs(%z : tensor<128x32xf32>) -> tensor<128x32xf32>
      tw.yield %m : tensor<128x32xf32>
    }
    ```
    becomes
    ```mlir
    %r = tw.group attributes {tw.bytes = 73728 : i64, tw.flops = 524288 : i64} -> tensor<128x32xf32> { }
    ```
  }];
}
