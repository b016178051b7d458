// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H
#define TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H

#include "passes/Schedule/GroupShape.h"

namespace tw {

/// For contractions and windows whose lanes run along result columns, loop `columnLoop` of the
/// root: rows x columns of accumulators stay in registers over all reduction loops.
ScheduleAttr chooseContractionSchedule(const GroupShape &group, unsigned columnLoop);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H
