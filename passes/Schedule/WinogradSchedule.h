// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Schedules of groups around the transforms of Winograd's minimal filtering.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_WINOGRADSCHEDULE_H
#define TILEWRIGHT_PASSES_SCHEDULE_WINOGRADSCHEDULE_H

#include "passes/Schedule/GroupShape.h"

namespace tw {

/// For a group whose root is tw.winograd_input: rows of tiles are tasks.
ScheduleAttr chooseWinogradInputSchedule(const GroupShape &group);

/// For a group whose root is tw.winograd_output: pairs of rows of pixels are tasks. Where the
/// products are computed in the group, tasks are blocks of tiles that stay in the second-level
/// cache from the first transform to the last.
ScheduleAttr chooseWinogradOutputSchedule(const GroupShape &group);

/// Whether a Winograd convolution is better computed as one group, block by block, than transform
/// by transform, where each matrix is read once but what lies between makes its way through memory.
bool prefersBlocks(WinogradInputOp input, WinogradOutputOp output, TargetAttr target);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_WINOGRADSCHEDULE_H
