// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/ContractionBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Layout/Transposes.h"

using namespace mlir;

/// The argument of the body that `value` is, or is widened from.
static BlockArgument getFactor(Value value) {
  if (auto widened = value.getDefiningOp<arith::ExtFOp>())
    value = widened.getIn();
  return dyn_cast<BlockArgument>(value);
}

bool tw::isContractionOf(linalg::LinalgOp op, Type input) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0)
    return false;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    if (!type || type.getElementType() != input)
      return false;
  }
  Block *body = op.getBlock();
  auto sum = body->getTerminator()->getOperand(0).getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  BlockArgument total = body->getArgument(2);
  Value addend = sum.getLhs() == total ? sum.getRhs() : sum.getLhs();
  auto product = addend.getDefiningOp<arith::MulFOp>();
  if (!product || (sum.getLhs() != total && sum.getRhs() != total))
    return false;
  BlockArgument lhs = getFactor(product.getLhs()), rhs = getFactor(product.getRhs());
  return lhs && rhs && lhs.getArgNumber() + rhs.getArgNumber() == 1 && lhs.getOwner() == body &&
         rhs.getOwner() == body;
}

linalg::GenericOp tw::createOnNarrowInputs(RewriterBase &rewriter, linalg::LinalgOp op,
                                           ValueRange inputs) {
  Block *body = op.getBlock();
  auto emit = [&](OpBuilder &b, Location loc, ValueRange arguments) {
    IRMapping mapping;
    for (auto [old, now] : llvm::zip(body->getArguments(), arguments))
      mapping.map(old, old.getType() == now.getType()
                           ? Value(now)
                           : Value(arith::ExtFOp::create(b, loc, old.getType(), now)));
    for (Operation &inner : *body)
      b.clone(inner, mapping);
  };
  return linalg::GenericOp::create(rewriter, op.getLoc(), op->getResultTypes(), inputs,
                                   op.getDpsInits(), op.getIndexingMapsArray(),
                                   op.getIteratorTypesArray(), emit);
}

Value tw::convertElements(OpBuilder &builder, Location loc, Value tensor, Type element) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value empty = tw::createEmptyLike(builder, loc, tensor, element);
  AffineMap map = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  bool narrower = element.getIntOrFloatBitWidth() < type.getElementType().getIntOrFloatBitWidth();
  auto emit = [&](OpBuilder &b, Location l, ValueRange v) {
    Value result = narrower ? Value(arith::TruncFOp::create(b, l, element, v[0]))
                            : Value(arith::ExtFOp::create(b, l, element, v[0]));
    linalg::YieldOp::create(b, l, result);
  };
  return linalg::GenericOp::create(builder, loc, empty.getType(), tensor, empty,
                                   ArrayRef<AffineMap>{map, map}, loops, emit)
      .getResult(0);
}
