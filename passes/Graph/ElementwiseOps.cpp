// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/ElementwiseOps.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

bool tw::isElementwise(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumLoops() != op.getNumParallelLoops())
    return false;
  OpOperand *init = op.getDpsInitOperand(0);
  return op.getMatchingIndexingMap(init).isPermutation() && !op.payloadUsesValueFromOperand(init);
}

bool tw::isPlainReduction(linalg::GenericOp op) {
  return op.hasPureTensorSemantics() && op.getNumReductionLoops() > 0 && op.getNumDpsInits() == 1 &&
         op.getNumDpsInputs() == 1 &&
         op.getMatchingIndexingMap(op.getDpsInputOperand(0)).isIdentity();
}

tw::BodyCost tw::getBodyCost(linalg::GenericOp op) {
  BodyCost cost;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<linalg::IndexOp, arith::ConstantOp, arith::IndexCastOp, affine::AffineApplyOp>(inner))
      continue;
    ++cost.operations;
    if (isa<arith::DivFOp, arith::RemFOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
            arith::RemUIOp, arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(inner))
      cost.expensive = true;
    else if (isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::FloorOp, math::CopySignOp,
                 math::FmaOp, math::RoundOp, math::RoundEvenOp, math::TruncOp>(inner))
      continue;
    else if (!isa<arith::ArithDialect>(inner.getDialect()))
      cost.expensive = true;
  }
  return cost;
}

bool tw::readsThroughBroadcast(linalg::GenericOp op, AffineMap map) {
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges()))
    if (size != 1 && !map.isFunctionOfDim(loop))
      return true;
  return false;
}

bool tw::isCheaperThanItsResult(linalg::GenericOp op) {
  BodyCost cost = getBodyCost(op);
  if (cost.operations > 1 || cost.expensive)
    return false;
  int64_t wholeInputs = llvm::count_if(op.getDpsInputOperands(), [&](OpOperand *input) {
    return !readsThroughBroadcast(op, op.getMatchingIndexingMap(input));
  });
  if (wholeInputs > 1)
    return false;
  bool isReduced = false;
  for (Operation *user : op->getUsers()) {
    auto generic = dyn_cast<linalg::GenericOp>(user);
    if (!generic || generic->getBlock() != op->getBlock())
      return false;
    if (isPlainReduction(generic))
      isReduced = true;
    else if (!tw::isElementwise(generic))
      return false;
  }
  return isReduced;
}

bool tw::keepsOrder(AffineMap map) {
  int64_t last = -1;
  for (AffineExpr result : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(result)) {
      if (static_cast<int64_t>(dim.getPosition()) <= last)
        return false;
      last = dim.getPosition();
    } else if (auto constant = dyn_cast<AffineConstantExpr>(result);
               !constant || constant.getValue() != 0) {
      return false;
    }
  }
  return true;
}

bool tw::isTranspose(linalg::GenericOp op) {
  auto yielded = dyn_cast<BlockArgument>(op.getBody()->getTerminator()->getOperand(0));
  if (!yielded || yielded.getOwner() != op.getBody())
    return false;
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  AffineMap read = op.getMatchingIndexingMap(&op->getOpOperand(yielded.getArgNumber()));
  return !keepsOrder(read.compose(inversePermutation(result)));
}

bool tw::isReductionResult(Value value) {
  if (value.getDefiningOp<tw::WinogradOutputOp>())
    return true;
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  return op && op.getNumReductionLoops() > 0;
}

void tw::nameUnitLoops(RewriterBase &rewriter, linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  for (AffineMap &map : maps) {
    if (map.getNumResults() != op.getNumLoops())
      continue;
    SmallVector<AffineExpr> exprs(map.getResults());
    for (auto [loop, expr] : llvm::enumerate(exprs))
      if (isa<AffineConstantExpr>(expr) && sizes[loop] == 1 && !map.isFunctionOfDim(loop))
        expr = rewriter.getAffineDimExpr(loop);
    map = AffineMap::get(map.getNumDims(), 0, exprs, rewriter.getContext());
  }
  rewriter.modifyOpInPlace(op,
                           [&] { op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps)); });
}

linalg::GenericOp tw::mergeRepeatedInputs(RewriterBase &rewriter, linalg::GenericOp op) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  BitVector repeated(op->getNumOperands());
  llvm::SmallDenseMap<std::pair<Value, AffineMap>, unsigned> first;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    unsigned number = input->getOperandNumber();
    auto [known, isNew] = first.try_emplace({input->get(), map}, number);
    if (isNew) {
      inputs.push_back(input->get());
      maps.push_back(map);
      continue;
    }
    rewriter.replaceAllUsesWith(op.getBody()->getArgument(number),
                                op.getBody()->getArgument(known->second));
    repeated.set(number);
  }
  if (repeated.none())
    return op;
  for (OpOperand &init : op.getDpsInitsMutable())
    maps.push_back(op.getMatchingIndexingMap(&init));
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  auto smaller = linalg::GenericOp::create(rewriter, op.getLoc(), op.getResultTypes(), inputs,
                                           op.getOutputs(), maps, op.getIteratorTypesArray());
  rewriter.inlineRegionBefore(op.getRegion(), smaller.getRegion(), smaller.getRegion().begin());
  smaller.getBody()->eraseArguments(repeated);
  rewriter.replaceOp(op, smaller);
  return smaller;
}
