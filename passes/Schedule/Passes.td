// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def SelectSchedule : Pass<"tw-select-schedule", "::mlir::func::FuncOp"> {
  let summary = "Attach a schedule to each group that has none";
  let description = [{
    The one place where tile sizes are decided. The choice is analytic, from the shapes of the
    group and from `tw.target` (vector width, registers, caches); a schedule that is there already
    (from the user or the tuning database) stays. Inside parallel loops it also schedules the
    operations that named operations were decomposed into; those carry the schedule as the
    attribute `tw.schedule`. On a GPU a thread computes one result element, or one row of a
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
