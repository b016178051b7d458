// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

#define GET_OP_CLASSES
#include "dialects/Tw/TwOps.cpp.inc"

LogicalResult tw::AssertOp::verify() {
  if (getMessage().empty())
    return emitOpError("needs a message that says what went wrong");
  return success();
}

/// Erases an assert whose condition is the constant true.
LogicalResult tw::AssertOp::canonicalize(AssertOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getCondition(), m_One()))
    return rewriter.notifyMatchFailure(op, "the condition is not known to hold");
  rewriter.eraseOp(op);
  return success();
}

tw::YieldOp tw::GroupOp::getYield() { return cast<YieldOp>(getBody().front().getTerminator()); }

LogicalResult tw::GroupOp::verify() {
  if (getYield().getOperandTypes() != getResultTypes())
    return emitOpError("yields ") << getYield().getOperandTypes() << " but returns "
                                  << getResultTypes();
  if (ScheduleAttr schedule = getScheduleAttr(); schedule && getNumResults() > 0) {
    size_t rank = cast<RankedTensorType>(getResult(0).getType()).getRank();
    for (ArrayRef<int64_t> sizes : {schedule.getDistribute(), schedule.getRegisters()})
      if (!sizes.empty() && sizes.size() != rank)
        return emitOpError("has a schedule of ")
               << sizes.size() << " dimensions for a result of rank " << rank;
  }
  return success();
}

void tw::YieldOp::build(OpBuilder &, OperationState &) {}
