// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/GroupLocation.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

Location tw::markGroup(Location location, int64_t number) {
  Builder builder(location.getContext());
  return FusedLoc::get({location}, builder.getI64IntegerAttr(number), location.getContext());
}

std::optional<int64_t> tw::getGroupNumber(Location location) {
  std::optional<int64_t> number;
  location->walk([&](Location part) {
    auto fused = dyn_cast<FusedLoc>(part);
    auto mark = fused ? dyn_cast_if_present<IntegerAttr>(fused.getMetadata()) : IntegerAttr();
    if (!mark)
      return WalkResult::advance();
    number = mark.getInt();
    return WalkResult::interrupt();
  });
  return number;
}
