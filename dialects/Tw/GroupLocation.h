// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which group a loop has come from, kept in its location: rewrites carry locations over faithfully,
// and attributes not at all. Nothing but profiles depends on it.
#ifndef TILEWRIGHT_DIALECTS_TW_GROUPLOCATION_H
#define TILEWRIGHT_DIALECTS_TW_GROUPLOCATION_H

#include "mlir/IR/Location.h"

namespace tw {

/// `location`, marked as that of group `number` of its function.
mlir::Location markGroup(mlir::Location location, int64_t number);

/// The number that a location was marked with, also when it has been fused into another one.
std::optional<int64_t> getGroupNumber(mlir::Location location);

} // namespace tw

#endif // TILEWRIGHT_DIALECTS_TW_GROUPLOCATION_H
