// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the result of a contraction is shared out among tasks.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONTASKS_H
#define TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONTASKS_H

#include "passes/Schedule/GroupShape.h"

namespace tw {

/// Tasks of a parallel region that is a rest of another one.
inline constexpr int64_t kTailTasks = 4;

/// The tasks of a contraction whose tiles have `registers` elements, whose panels lie along
/// `columnDim` and are shared along `rowDims` (innermost first), and which adds `depth` products
/// a result, in tiles of AMX if `usesTiles`. Blocks of rows, and blocks of columns where there are
/// fewer than tasks wanted or where weights are many: those have one panel a block. Blocks of rows
/// are as large as the cache of a core allows: each reads its panels again, from beyond the caches
/// where there are many weights.
llvm::SmallVector<int64_t> distributeContraction(const GroupShape &group, int64_t columnDim,
                                                 llvm::ArrayRef<int64_t> rowDims, int64_t depth,
                                                 llvm::ArrayRef<int64_t> registers, bool usesTiles);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONTASKS_H
