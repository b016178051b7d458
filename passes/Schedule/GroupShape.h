// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A group as the heuristics see it: its root, its result, and how the one's loops walk the other.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_GROUPSHAPE_H
#define TILEWRIGHT_PASSES_SCHEDULE_GROUPSHAPE_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

struct GroupShape {
  /// The operation that decides the loops, and the one whose result is the group's.
  mlir::Operation *root, *last;
  TargetAttr target;
  /// Of the group's result.
  llvm::SmallVector<int64_t> shape;

  GroupShape(mlir::Operation *root, mlir::Operation *last, TargetAttr target);

  /// Dimension of the root's result that dimension `dim` of the group's result walks, through the
  /// maps of the epilogue.
  std::optional<unsigned> getRootDim(unsigned dim) const;
  /// Loop of the root that dimension `dim` of the group's result walks.
  std::optional<unsigned> getRootLoop(unsigned dim) const;
  /// The dimension of the group's result that walks loop `loop` of the root.
  std::optional<int64_t> getResultDim(unsigned loop) const;
  /// Sizes of the root's reduction loops.
  llvm::SmallVector<int64_t> getReductionSizes() const;

  ScheduleAttr getSchedule(llvm::ArrayRef<int64_t> distribute, llvm::ArrayRef<int64_t> registers,
                           llvm::ArrayRef<int64_t> reduction) const;
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_GROUPSHAPE_H
