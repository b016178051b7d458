// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The analytic choice of tile sizes. Pure functions of shapes and the target: no IR is changed.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_HEURISTICS_H
#define TILEWRIGHT_PASSES_SCHEDULE_HEURISTICS_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// The target of the module that `op` is in, if it has one.
TargetAttr getTarget(mlir::Operation *op);

/// The module's target, or nothing and an error on `op`, after which a pass fails.
TargetAttr getRequiredTarget(mlir::Operation *op);

/// f32 lanes of a vector register.
int64_t getLanes(TargetAttr target);

/// Columns of the register tile of a contraction with `columns` result columns (kDynamic
/// allowed). Weights are packed in panels of this width, so packing and schedule agree.
int64_t getPanelColumns(int64_t columns, TargetAttr target);

/// A schedule for a group whose heavy operation is `root` and whose last operation is `last`.
/// `distribute` is empty for an operation that already is inside a parallel loop.
ScheduleAttr chooseSchedule(mlir::Operation *root, mlir::Operation *last, TargetAttr target);

/// The same for the threads of a GPU: a task is a thread, and `lanes` are the threads of a block.
ScheduleAttr chooseSimtSchedule(mlir::Operation *root, mlir::Operation *last);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_HEURISTICS_H
