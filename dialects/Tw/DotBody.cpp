// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/DotBody.h"

#include "dialects/Tw/Tw.h"

using namespace mlir;

std::optional<unsigned> tw::getDotLeftFactor(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 || !op.hasPureTensorSemantics())
    return std::nullopt;
  Block *body = op.getBlock();
  auto dot = body->getTerminator()->getOperand(0).getDefiningOp<tw::Bf16DotOp>();
  if (!dot || dot->getBlock() != body || dot.getAccumulator() != body->getArgument(2))
    return std::nullopt;
  for (unsigned left : {0, 1})
    if (dot.getLhs() == body->getArgument(left) && dot.getRhs() == body->getArgument(1 - left))
      return left;
  return std::nullopt;
}
