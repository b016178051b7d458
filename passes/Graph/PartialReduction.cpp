// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/PartialReduction.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Graph/ReadingOrder.h"
#include "passes/Layout/Transposes.h"

using namespace mlir;

FailureOr<tw::AssociativeReduction> tw::matchAssociativeReduction(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isProjectedPermutation() ||
      !op.getBody()->getOps<linalg::IndexOp>().empty())
    return failure();
  SmallVector<Operation *> combiners;
  if (!matchReduction(op.getRegionOutputArgs(), 0, combiners) || combiners.size() != 1)
    return failure();
  std::optional<TypedAttr> neutral = arith::getNeutralElement(combiners.front());
  if (!neutral)
    return failure();
  AssociativeReduction reduction{combiners.front(), *neutral, nullptr};
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (!tw::getMemoryOrder(op, map).empty()) {
      if (!reduction.main)
        reduction.main = input;
      continue;
    }
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return failure();
    for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction && map.isFunctionOfDim(loop) &&
          op.getStaticLoopRanges()[loop] != 1)
        return failure();
  }
  if (!reduction.main)
    return failure();
  return reduction;
}

FailureOr<linalg::GenericOp> tw::divideLoop(RewriterBase &rewriter, linalg::GenericOp op,
                                            unsigned loop, int64_t outer) {
  MLIRContext *context = op.getContext();
  unsigned numLoops = op.getNumLoops() + 1;
  int64_t inner = op.getStaticLoopRanges()[loop] / outer;
  rewriter.setInsertionPoint(op);
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  for (OpOperand &operand : op->getOpOperands()) {
    SmallVector<AffineExpr> exprs;
    SmallVector<ReassociationIndices> dims;
    SmallVector<int64_t> shape;
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    for (auto [dim, expr] : llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
      auto position = dyn_cast<AffineDimExpr>(expr);
      bool divides = position && position.getPosition() == loop;
      dims.push_back({static_cast<int64_t>(exprs.size())});
      exprs.push_back(position && position.getPosition() > loop
                          ? getAffineDimExpr(position.getPosition() + 1, context)
                          : expr);
      shape.push_back(divides ? outer : type.getDimSize(dim));
      if (divides) {
        dims.back().push_back(exprs.size());
        exprs.push_back(getAffineDimExpr(loop + 1, context));
        shape.push_back(inner);
      }
    }
    maps.push_back(AffineMap::get(numLoops, 0, exprs, context));
    if (!op.isDpsInput(&operand))
      continue;
    Value value = operand.get();
    if (type && dims.size() != exprs.size())
      value = tensor::ExpandShapeOp::create(
          rewriter, op.getLoc(), RankedTensorType::get(shape, type.getElementType()), value, dims);
    inputs.push_back(value);
  }
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  kinds.insert(kinds.begin() + loop, utils::IteratorType::reduction);
  auto divided = linalg::GenericOp::create(rewriter, op.getLoc(), op->getResultTypes(), inputs,
                                           op.getDpsInits(), maps, kinds);
  rewriter.inlineRegionBefore(op.getRegion(), divided.getRegion(), divided.getRegion().begin());
  rewriter.replaceOp(op, divided);
  return divided;
}

namespace {

class Splitter {
public:
  Splitter(RewriterBase &rewriter, linalg::GenericOp op, const tw::AssociativeReduction &reduction)
      : rewriter(rewriter), loc(op.getLoc()), op(op), combiner(reduction.combiner),
        neutral(reduction.neutral), kinds(op.getIteratorTypesArray()), numLoops(op.getNumLoops()),
        sizes(numLoops, rewriter.getIndexAttr(1)) {
    AffineMap map = op.getMatchingIndexingMap(reduction.main);
    for (auto [dim, size] :
         llvm::enumerate(tw::getTensorSizes(rewriter, loc, reduction.main->get())))
      sizes[map.getDimPosition(dim)] = size;
  }

  void split(tw::KeptLoops kept) {
    // From here on, `loops` are those of the value that is being reduced.
    unsigned firstLane = numLoops - kept.lanes;
    bool isInside = firstLane > 0 && kinds[firstLane - 1] == utils::IteratorType::parallel;
    firstMerged = isInside && kept.lanes > 0 ? firstLane - 1 : firstLane;
    for (unsigned loop = 0; loop < numLoops; ++loop)
      if (kinds[loop] == utils::IteratorType::parallel || loop == kept.tasks || loop >= firstLane)
        loops.push_back(loop);
    Value partial = createPartial();
    if (kept.tasks && kept.lanes > 0) {
      SmallVector<unsigned> rest = loops;
      llvm::erase(rest, *kept.tasks);
      partial = reduce(partial, createNeutral(rest), getMap(rest));
      loops = rest;
    }
    Value init = op.getDpsInits()[0];
    rewriter.replaceOp(op,
                       reduce(partial, init, op.getMatchingIndexingMap(op.getDpsInitOperand(0))));
  }

private:
  AffineMap getMap(ArrayRef<unsigned> dims) const {
    SmallVector<AffineExpr> exprs;
    for (unsigned dim : dims)
      exprs.push_back(rewriter.getAffineDimExpr(dim));
    return AffineMap::get(numLoops, 0, exprs, rewriter.getContext());
  }

  SmallVector<OpFoldResult> getSizes(ArrayRef<unsigned> dims) const {
    return llvm::map_to_vector(dims, [&](unsigned dim) { return sizes[dim]; });
  }

  Value createNeutral(ArrayRef<unsigned> dims) {
    Value value = arith::ConstantOp::create(rewriter, loc, neutral);
    Value empty = tensor::EmptyOp::create(rewriter, loc, getSizes(dims), neutral.getType());
    return linalg::FillOp::create(rewriter, loc, value, empty).getResult(0);
  }

  /// The operation with more of its loops parallel.
  Value createPartial() {
    SmallVector<utils::IteratorType> partialKinds(numLoops, utils::IteratorType::reduction);
    for (unsigned loop : loops)
      partialKinds[loop] = utils::IteratorType::parallel;
    SmallVector<AffineMap> maps;
    SmallVector<Value> inputs;
    for (OpOperand *input : op.getDpsInputOperands()) {
      maps.push_back(op.getMatchingIndexingMap(input));
      inputs.push_back(spread(input->get(), maps.back()));
    }
    maps.push_back(getMap(loops));
    Value init = createNeutral(loops);
    auto partial =
        linalg::GenericOp::create(rewriter, loc, init.getType(), inputs, init, maps, partialKinds);
    rewriter.cloneRegionBefore(op.getRegion(), partial.getRegion(), partial.getRegion().begin());
    return merge(partial);
  }

  bool mergesLoops() const { return firstMerged + 1 < numLoops; }

  /// A copy of an input that has some of the loops to merge, along all of them.
  Value spread(Value value, AffineMap &map) {
    auto has = [&](unsigned loop) { return map.isFunctionOfDim(loop); };
    auto all = llvm::seq(firstMerged, numLoops);
    if (!mergesLoops() ||
        (map.isProjectedPermutation() && (llvm::none_of(all, has) || llvm::all_of(all, has))))
      return value;
    SmallVector<unsigned> dims;
    for (unsigned loop = 0; loop < numLoops; ++loop)
      if (has(loop) || (loop >= firstMerged && llvm::any_of(all, has)))
        dims.push_back(loop);
    SmallVector<AffineExpr> exprs(map.getResults());
    for (AffineExpr &expr : exprs)
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        expr = rewriter.getAffineDimExpr(llvm::find(dims, dim.getPosition()) - dims.begin());
    AffineMap from = AffineMap::get(dims.size(), 0, exprs, rewriter.getContext());
    Value empty = tensor::EmptyOp::create(rewriter, loc, getSizes(dims),
                                          getElementTypeOrSelf(value.getType()));
    map = getMap(dims);
    SmallVector<utils::IteratorType> parallel(dims.size(), utils::IteratorType::parallel);
    auto yield = [](OpBuilder &builder, Location loc, ValueRange arguments) {
      linalg::YieldOp::create(builder, loc, arguments.front());
    };
    AffineMap to = rewriter.getMultiDimIdentityMap(dims.size());
    return linalg::GenericOp::create(rewriter, loc, empty.getType(), value, empty,
                                     ArrayRef<AffineMap>{from, to}, parallel, yield)
        .getResult(0);
  }

  /// `partial` with the merged loops as one, if there are any.
  Value merge(linalg::GenericOp partial) {
    if (!mergesLoops())
      return partial.getResult(0);
    ReassociationIndices together;
    unsigned first = partial.getNumLoops() - (numLoops - firstMerged);
    for (unsigned loop = first; loop < partial.getNumLoops(); ++loop)
      together.push_back(loop);
    rewriter.setInsertionPointAfter(partial);
    FailureOr<linalg::CollapseResult> merged = linalg::collapseOpIterationDims(
        cast<linalg::LinalgOp>(partial.getOperation()), together, rewriter);
    if (failed(merged))
      return partial.getResult(0);
    rewriter.eraseOp(partial);
    return merged->results.front();
  }

  /// Reduces a value with the dimensions `loops` to those of `map`, a map from the loops of `op`.
  Value reduce(Value partial, Value init, AffineMap map) {
    SmallVector<AffineExpr> exprs(numLoops, rewriter.getAffineConstantExpr(0));
    SmallVector<utils::IteratorType> reduceKinds;
    for (auto [dim, loop] : llvm::enumerate(loops)) {
      exprs[loop] = rewriter.getAffineDimExpr(dim);
      reduceKinds.push_back(map.isFunctionOfDim(loop) ? utils::IteratorType::parallel
                                                      : utils::IteratorType::reduction);
    }
    AffineMap to = map.replaceDimsAndSymbols(exprs, {}, loops.size(), 0);
    auto combine = [&](OpBuilder &builder, Location loc, ValueRange arguments) {
      Operation *combined = builder.clone(*combiner);
      combined->setLoc(loc);
      combined->setOperands(arguments);
      linalg::YieldOp::create(builder, loc, combined->getResult(0));
    };
    AffineMap from = rewriter.getMultiDimIdentityMap(loops.size());
    auto reduced = linalg::GenericOp::create(rewriter, loc, init.getType(), partial, init,
                                             ArrayRef<AffineMap>{from, to}, reduceKinds, combine);
    return map.isFunctionOfDim(numLoops - 1) ? merge(reduced) : reduced.getResult(0);
  }

  RewriterBase &rewriter;
  Location loc;
  linalg::GenericOp op;
  Operation *combiner;
  TypedAttr neutral;
  SmallVector<utils::IteratorType> kinds;
  unsigned numLoops;
  SmallVector<OpFoldResult> sizes;
  /// The loops from here on become one.
  unsigned firstMerged = op.getNumLoops();
  SmallVector<unsigned> loops;
};

} // namespace

void tw::splitReduction(RewriterBase &rewriter, linalg::GenericOp op, KeptLoops kept) {
  rewriter.setInsertionPoint(op);
  Splitter(rewriter, op, *matchAssociativeReduction(op)).split(kept);
}
