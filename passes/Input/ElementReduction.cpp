// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading an element as the result of a reduction.
#include "passes/Input/ElementFrame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

struct Combination {
  ElementFrame::Combiner combiner;
  Value reduced;
};

/// Reads `yielded` as a combination of the accumulator with something else. The accumulator may
/// have further uses: the front end's max also finds the position of the maximum.
std::optional<Combination> readCombiner(Value yielded, Value accumulator) {
  using Combiner = ElementFrame::Combiner;
  Operation *op = yielded.getDefiningOp();
  if (!op)
    return std::nullopt;
  Value a, b;
  Combiner combiner;
  if (isa<arith::AddFOp>(op))
    combiner = Combiner::Add;
  else if (isa<arith::MaximumFOp, arith::MaxNumFOp>(op))
    combiner = Combiner::Max;
  else if (isa<arith::AndIOp>(op))
    combiner = Combiner::And;
  else if (isa<arith::OrIOp>(op))
    combiner = Combiner::Or;
  else if (auto select = dyn_cast<arith::SelectOp>(op)) {
    // select(a > b, a, b)
    auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
    using arith::CmpFPredicate;
    if (!compare || compare.getLhs() != select.getTrueValue() ||
        compare.getRhs() != select.getFalseValue() ||
        !llvm::is_contained(
            {CmpFPredicate::OGT, CmpFPredicate::UGT, CmpFPredicate::OGE, CmpFPredicate::UGE},
            compare.getPredicate()))
      return std::nullopt;
    a = compare.getLhs();
    b = compare.getRhs();
    combiner = Combiner::Max;
  } else {
    return std::nullopt;
  }
  if (!a) {
    a = op->getOperand(0);
    b = op->getOperand(1);
  }
  if (a == accumulator)
    return Combination{combiner, b};
  if (b == accumulator)
    return Combination{combiner, a};
  return std::nullopt;
}

} // namespace

std::optional<ElementFrame::Reduction> ElementFrame::reduction(Element e,
                                                               ArrayRef<int64_t> dims) const {
  e = strip(e);
  auto result = dyn_cast<OpResult>(e.value);
  auto op = result ? dyn_cast<linalg::LinalgOp>(result.getOwner()) : linalg::LinalgOp();
  if (!op || op.getNumReductionLoops() == 0)
    return std::nullopt;
  OpOperand *init = op.getDpsInitOperand(result.getResultNumber());
  std::optional<Combination> combination =
      readCombiner(op.getBlock()->getTerminator()->getOperand(result.getResultNumber()),
                   op.getMatchingBlockArgument(init));
  if (!combination)
    return std::nullopt;

  Reduction reduction{combination->combiner, {}, {init->get(), e.map}, {}};
  for (int64_t dim : getDims())
    if (dims.empty() ? !e.map.isFunctionOfDim(dim) : llvm::is_contained(dims, dim))
      reduction.dims.push_back(dim);

  // The iteration as a function of the frame: a parallel loop where the result's position says,
  // the reduction loops along the free dimensions in order. Another order is possible, and then
  // the input is found to be a different element and the pattern does not match.
  SmallVector<AffineExpr> loops(op.getNumLoops());
  AffineMap resultMap = op.getMatchingIndexingMap(init);
  for (auto [position, coordinate] : llvm::zip_equal(resultMap.getResults(), e.map.getResults()))
    if (auto loop = dyn_cast<AffineDimExpr>(position))
      loops[loop.getPosition()] = coordinate;
    else if (!isa<AffineConstantExpr>(position))
      return std::nullopt;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  ArrayRef<int64_t> free = reduction.dims;
  for (auto [loop, range, iterator] : llvm::zip_equal(loops, ranges, op.getIteratorTypesArray())) {
    if (range == 1) {
      loop = getAffineConstantExpr(0, context);
    } else if (linalg::isReductionIterator(iterator)) {
      if (free.empty() || loop)
        return std::nullopt;
      loop = getAffineDimExpr(free.front(), context);
      free = free.drop_front();
    }
    if (!loop)
      return std::nullopt;
  }
  if (!free.empty())
    return std::nullopt;
  reduction.input = {combination->reduced, AffineMap::get(sizes.size(), 0, loops, context)};
  return reduction;
}
