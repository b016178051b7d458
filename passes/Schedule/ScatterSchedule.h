// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Schedules of groups around writes at computed places.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_SCATTERSCHEDULE_H
#define TILEWRIGHT_PASSES_SCHEDULE_SCATTERSCHEDULE_H

#include "passes/Schedule/GroupShape.h"

namespace tw {

/// For a group whose root is tw.scatter. Tasks divide what has its own indices, or the columns that
/// share one. Only of long rows do they divide the places, since each task then looks at all
/// indices.
ScheduleAttr chooseScatterSchedule(const GroupShape &group);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_SCATTERSCHEDULE_H
