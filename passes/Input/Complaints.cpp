// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Complaints.h"

#include "mlir/IR/Diagnostics.h"

using namespace mlir;

/// How many places of one complaint are shown.
static constexpr unsigned kShownPlaces = 4;

void tw::Complaints::add(Operation *op, StringRef message) {
  if (!message.empty())
    places[StringAttr::get(op->getContext(), message)].push_back(op);
}

LogicalResult tw::Complaints::report() {
  for (auto &[message, where] : places) {
    InFlightDiagnostic error = where.front()->emitError() << message.getValue();
    if (where.size() > 1)
      error << " (" << where.size() << " places)";
    for (Operation *place : ArrayRef(where).drop_front().take_front(kShownPlaces - 1))
      error.attachNote(place->getLoc()) << "also here";
  }
  return success(places.empty());
}
