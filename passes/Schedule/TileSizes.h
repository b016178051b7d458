// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tile sizes from sizes alone.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_TILESIZES_H
#define TILEWRIGHT_PASSES_SCHEDULE_TILESIZES_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace tw {

/// Elements of a tensor of that shape; a dynamic size counts as 64.
int64_t countElements(llvm::ArrayRef<int64_t> shape);

/// Rows of a register tile of at most `max` rows for a dimension of `size`, with the least time
/// lost in the remainder and in tiles of fewer than `busy` rows, each of which takes as long as one
/// of `busy`.
int64_t chooseRows(int64_t size, int64_t max, int64_t busy = 4);

/// Elements of a block, about `target`, a multiple of `step`, for a static `size`: one that divides
/// the size if that is not much smaller, otherwise blocks of nearly equal size.
int64_t chooseBlock(int64_t size, int64_t step, int64_t target);

/// Work below this many scalar operations is done by the calling thread: a parallel region costs
/// about as much as 10 000 of them.
inline constexpr int64_t kMinParallelWork = 32768;

/// Elements of a task of a memory-bound group that touches each of them once: enough to be worth
/// the task.
inline constexpr int64_t kElementsPerTask = 16384;

/// Tiles for tasks of about `elements` elements each, the outermost cut in blocks of a multiple of
/// `step` where it can be. `inner` elements belong to one result, and the last `keepWhole`
/// dimensions are not cut.
llvm::SmallVector<int64_t> distributeElements(llvm::ArrayRef<int64_t> shape, int64_t inner,
                                              unsigned keepWhole,
                                              int64_t elements = kElementsPerTask,
                                              int64_t step = 1);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_TILESIZES_H
