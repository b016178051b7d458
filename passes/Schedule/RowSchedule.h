// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_SCHEDULE_ROWSCHEDULE_H
#define TILEWRIGHT_PASSES_SCHEDULE_ROWSCHEDULE_H

#include "passes/Schedule/GroupShape.h"

namespace tw {

/// Softmax, normalization, attention, pack and the like: whole rows, tiled along what the operation
/// says is parallel.
ScheduleAttr chooseRowSchedule(const GroupShape &group);

/// Sums and maxima along rows, dot products: partial results in the lanes.
ScheduleAttr chooseReductionSchedule(const GroupShape &group);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_ROWSCHEDULE_H
