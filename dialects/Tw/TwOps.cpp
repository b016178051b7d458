// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/IR/Builders.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "dialects/Tw/TwOps.cpp.inc"

tw::YieldOp tw::GroupOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult tw::GroupOp::verify() {
  if (getYield().getOperandTypes() != getResultTypes())
    return emitOpError("yields ") << getYield().getOperandTypes() << " but returns "
                                  << getResultTypes();
  if (ScheduleAttr schedule = getScheduleAttr(); schedule && getNumResults() > 0) {
    size_t rank = cast<RankedTensorType>(getResult(0).getType()).getRank();
    for (ArrayRef<int64_t> sizes :
         {schedule.getDistribute(), schedule.getCache(), schedule.getRegisters()})
      if (!sizes.empty() && sizes.size() != rank)
        return emitOpError("has a schedule of ")
               << sizes.size() << " dimensions for a result of rank " << rank;
  }
  return success();
}

void tw::YieldOp::build(OpBuilder &, OperationState &) {}
