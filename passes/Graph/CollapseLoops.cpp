// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/CollapseLoops.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Layout/Transposes.h"

using namespace mlir;

FailureOr<tw::LoopGroups> tw::getLoopGroups(linalg::GenericOp op, AffineMap map,
                                            ArrayRef<ReassociationIndices> reassociation) {
  LoopGroups groups;
  SmallVector<bool> grouped(op.getNumLoops(), false);
  for (ArrayRef<int64_t> merged : reassociation) {
    SmallVector<unsigned> &group = groups.emplace_back();
    for (int64_t dim : merged) {
      auto expr = dyn_cast<AffineDimExpr>(map.getResult(dim));
      if (!expr)
        continue; // Read at its start only, so of size 1.
      if (grouped[expr.getPosition()])
        return failure();
      grouped[expr.getPosition()] = true;
      group.push_back(expr.getPosition());
    }
    if (group.empty())
      return failure();
  }
  if (groups.empty())
    return failure();
  llvm::sort(groups,
             [](auto &a, auto &b) { return *llvm::min_element(a) < *llvm::min_element(b); });
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges())) {
    if (grouped[loop])
      continue;
    if (size != 1)
      return failure();
    auto *next = llvm::find_if(groups, [&, loop = loop](ArrayRef<unsigned> group) {
      return *llvm::max_element(group) > loop;
    });
    (next == groups.end() ? groups.back() : *next).push_back(loop);
  }
  return groups;
}

namespace {

struct CollapsedOperand {
  SmallVector<ReassociationIndices> dims;
  AffineMap map;
};

/// Works out the operands of an operation whose loops are merged.
class Collapser {
public:
  Collapser(linalg::GenericOp op, const tw::LoopGroups &groups)
      : sizes(op.getStaticLoopRanges()), groupOf(op.getNumLoops()), context(op.getContext()) {
    for (auto [g, group] : llvm::enumerate(groups)) {
      needed.emplace_back();
      for (unsigned loop : group) {
        groupOf[loop] = g;
        if (sizes[loop] != 1)
          needed.back().push_back(loop);
      }
    }
  }

  bool isUnit(unsigned loop) const { return sizes[loop] == 1; }
  unsigned getGroup(unsigned loop) const { return groupOf[loop]; }
  /// The loops of a group that have more than one iteration.
  ArrayRef<unsigned> getNeeded(unsigned group) const { return needed[group]; }

  /// An operand must have all the long loops of a group, in order and next to each other, or none
  /// of them. Its dimensions of size 1 go into whatever dimension is next to them.
  FailureOr<CollapsedOperand> collapse(AffineMap map, RankedTensorType type) const {
    SmallVector<ReassociationIndices> dims;
    SmallVector<AffineExpr> exprs;
    ReassociationIndices leading;
    llvm::SmallBitVector seen(needed.size());
    std::optional<unsigned> current;
    size_t next = 0;
    auto isComplete = [&] { return !current || next == needed[*current].size(); };
    auto start = [&](unsigned group, int64_t dim) {
      leading.push_back(dim);
      dims.push_back(std::exchange(leading, {}));
      exprs.push_back(getAffineDimExpr(group, context));
      seen.set(group);
      current = group;
    };
    for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
      auto dimExpr = dyn_cast<AffineDimExpr>(expr);
      if (!dimExpr && !isa<AffineConstantExpr>(expr))
        return failure();
      if (dimExpr && !isUnit(dimExpr.getPosition())) {
        unsigned loop = dimExpr.getPosition(), group = groupOf[loop];
        if (!isComplete()) {
          if (group != *current || needed[group][next] != loop)
            return failure();
          dims.back().push_back(dim);
          ++next;
          continue;
        }
        if (seen.test(group) || needed[group].front() != loop)
          return failure();
        start(group, dim);
        next = 1;
        continue;
      }
      if (type.getDimSize(dim) != 1)
        return failure();
      if (dimExpr && needed[groupOf[dimExpr.getPosition()]].empty() &&
          !seen.test(groupOf[dimExpr.getPosition()])) {
        if (!isComplete())
          return failure();
        start(groupOf[dimExpr.getPosition()], dim);
        next = 0;
      } else {
        (dims.empty() ? leading : dims.back()).push_back(dim);
      }
    }
    if (!isComplete())
      return failure();
    return CollapsedOperand{dims, AffineMap::get(needed.size(), 0, exprs, context)};
  }

private:
  SmallVector<int64_t> sizes;
  SmallVector<unsigned> groupOf;
  SmallVector<SmallVector<unsigned>> needed;
  MLIRContext *context;
};

RankedTensorType collapseType(RankedTensorType type, ArrayRef<ReassociationIndices> dims) {
  SmallVector<int64_t> shape;
  for (ArrayRef<int64_t> merged : dims) {
    int64_t size = 1;
    for (int64_t dim : merged)
      size = ShapedType::isDynamic(size) || type.isDynamicDim(dim) ? ShapedType::kDynamic
                                                                   : size * type.getDimSize(dim);
    shape.push_back(size);
  }
  return RankedTensorType::get(shape, type.getElementType());
}

/// Long dimensions of a slice that are merged may have gaps between them.
bool mergesSlice(Value value, ArrayRef<ReassociationIndices> dims) {
  if (!value.getDefiningOp<tensor::ExtractSliceOp>())
    return false;
  auto type = cast<RankedTensorType>(value.getType());
  return llvm::any_of(dims, [&](ArrayRef<int64_t> merged) {
    return llvm::count_if(merged, [&](int64_t dim) { return type.getDimSize(dim) != 1; }) > 1;
  });
}

Value collapseValue(RewriterBase &rewriter, Location loc, Value value,
                    ArrayRef<ReassociationIndices> dims) {
  auto type = cast<RankedTensorType>(value.getType());
  if (static_cast<int64_t>(dims.size()) == type.getRank())
    return value;
  RankedTensorType collapsed = collapseType(type, dims);
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
      expand && expand.getSrcType() == collapsed &&
      expand.getReassociationIndices() == SmallVector<ReassociationIndices>(dims))
    return expand.getSrc();
  return tensor::CollapseShapeOp::create(rewriter, loc, collapsed, value, dims);
}

/// Sizes of the collapsed result: those of an operand of that shape if there is one, so that no
/// size has to be computed.
SmallVector<OpFoldResult> getCollapsedSizes(RewriterBase &rewriter, Location loc,
                                            RankedTensorType type, ValueRange inputs,
                                            ArrayRef<AffineMap> maps,
                                            ArrayRef<OpFoldResult> oldSizes,
                                            ArrayRef<ReassociationIndices> dims) {
  if (type.hasStaticShape())
    return getAsIndexOpFoldResult(rewriter.getContext(), type.getShape());
  for (auto [input, map] : llvm::zip(inputs, maps.drop_back()))
    if (map == maps.back() && input.getType() == type)
      return tw::getTensorSizes(rewriter, loc, input);
  SmallVector<OpFoldResult> sizes;
  for (ArrayRef<int64_t> merged : dims) {
    AffineExpr product = rewriter.getAffineConstantExpr(1);
    SmallVector<OpFoldResult> factors;
    for (int64_t dim : merged) {
      product = product * rewriter.getAffineSymbolExpr(factors.size());
      factors.push_back(oldSizes[dim]);
    }
    sizes.push_back(affine::makeComposedFoldedAffineApply(rewriter, loc, product, factors));
  }
  return sizes;
}

} // namespace

FailureOr<linalg::GenericOp> tw::collapseLoops(RewriterBase &rewriter, linalg::GenericOp op,
                                               const LoopGroups &groups) {
  Collapser collapser(op, groups);
  SmallVector<CollapsedOperand> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<RankedTensorType>(operand.get().getType());
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!type) { // A scalar.
      operands.push_back({{}, AffineMap::get(groups.size(), 0, op.getContext())});
      continue;
    }
    FailureOr<CollapsedOperand> collapsed = collapser.collapse(map, type);
    if (failed(collapsed))
      return rewriter.notifyMatchFailure(op, "an operand has a part of a merged loop only");
    if (mergesSlice(operand.get(), collapsed->dims))
      return rewriter.notifyMatchFailure(op, "a slice is not contiguous along a merged loop");
    operands.push_back(*collapsed);
  }
  // Each group is a dimension of the result: a loop of one iteration has its own if it is a group.
  if (operands.back().dims.size() != groups.size())
    return rewriter.notifyMatchFailure(op, "the result lacks a merged loop");
  for (auto index : op.getBody()->getOps<linalg::IndexOp>())
    if (!collapser.isUnit(index.getDim()) &&
        collapser.getNeeded(collapser.getGroup(index.getDim())).size() > 1)
      return rewriter.notifyMatchFailure(op, "the index of a merged loop is used");

  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (auto [operand, collapsed] : llvm::zip(op->getOpOperands(), operands)) {
    maps.push_back(collapsed.map);
    if (op.isDpsInput(&operand))
      inputs.push_back(isa<RankedTensorType>(operand.get().getType())
                           ? collapseValue(rewriter, loc, operand.get(), collapsed.dims)
                           : operand.get());
  }
  Value init = op.getDpsInitOperand(0)->get();
  auto oldType = cast<RankedTensorType>(init.getType());
  ArrayRef<ReassociationIndices> resultDims = operands.back().dims;
  RankedTensorType type = collapseType(oldType, resultDims);
  SmallVector<OpFoldResult> oldSizes = tw::getTensorSizes(rewriter, loc, init);
  Value empty = tensor::EmptyOp::create(
      rewriter, loc, getCollapsedSizes(rewriter, loc, type, inputs, maps, oldSizes, resultDims),
      type.getElementType());
  SmallVector<utils::IteratorType> iterators(groups.size(), utils::IteratorType::parallel);
  auto collapsed = linalg::GenericOp::create(rewriter, loc, type, inputs, empty, maps, iterators);
  rewriter.inlineRegionBefore(op.getRegion(), collapsed.getRegion(), collapsed.getRegion().begin());
  for (auto index : llvm::make_early_inc_range(collapsed.getBody()->getOps<linalg::IndexOp>())) {
    rewriter.setInsertionPoint(index);
    if (collapser.isUnit(index.getDim()))
      rewriter.replaceOpWithNewOp<arith::ConstantIndexOp>(index, 0);
    else
      rewriter.replaceOpWithNewOp<linalg::IndexOp>(index, collapser.getGroup(index.getDim()));
  }
  rewriter.setInsertionPoint(op);
  Value result = collapsed.getResult(0);
  if (oldType != type)
    result = tensor::ExpandShapeOp::create(rewriter, loc, oldType, result, resultDims, oldSizes);
  SmallVector<Value> oldInputs = op.getInputs();
  rewriter.replaceOp(op, result);
  // A reshape that is no longer read would still count as a user of its source.
  for (Value input : oldInputs)
    if (auto expand = input.getDefiningOp<tensor::ExpandShapeOp>(); expand && expand->use_empty())
      rewriter.eraseOp(expand);
  return collapsed;
}
