// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations of the tensor dialect in another layout.
#include "passes/Layout/Relayout.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using tw::Permutation;
using tw::Relayout;

/// All tensors share one permutation, scalars have none.
static Relayout permuteAll(Operation *op, ArrayRef<int64_t> perm) {
  Relayout relayout;
  for (Value operand : op->getOperands())
    relayout.sources.emplace_back(isa<TensorType>(operand.getType()) ? perm : ArrayRef<int64_t>());
  relayout.results.assign(op->getNumResults(), Permutation(perm));
  return relayout;
}

//===-- Reshapes --------------------------------------------------------------------------===//

namespace {
/// The groups of a reassociation in the order in which a permutation visits them.
struct GroupOrder {
  Permutation order;
  SmallVector<ReassociationIndices> groups;
};
} // namespace

/// Fails when `perm` tears a group of expanded dimensions apart or reorders it. Dimensions of size
/// 1 go anywhere: they count to the group that they happen to stand beside.
static FailureOr<GroupOrder> orderGroups(ArrayRef<ReassociationIndices> groups,
                                         ArrayRef<int64_t> shape, ArrayRef<int64_t> perm) {
  if (groups.empty()) // a reshape from or to rank 0
    return GroupOrder();
  SmallVector<int64_t> groupOf(shape.size());
  SmallVector<bool> wide(groups.size());
  for (auto [group, dims] : llvm::enumerate(groups))
    for (int64_t dim : dims) {
      groupOf[dim] = group;
      wide[group] = wide[group] || shape[dim] != 1;
    }
  GroupOrder result;
  ReassociationIndices leading;
  int64_t last = -1;
  for (auto [position, dim] : llvm::enumerate(perm)) {
    int64_t group = groupOf[dim];
    bool seen = llvm::is_contained(result.order, group);
    // A group of nothing but 1s stands where its first dimension does.
    if (shape[dim] == 1 && (wide[group] || seen)) {
      (result.groups.empty() ? leading : result.groups.back()).push_back(position);
      continue;
    }
    if (!result.order.empty() && result.order.back() == group) {
      if (dim < last)
        return failure();
      result.groups.back().push_back(position);
    } else {
      if (seen)
        return failure();
      result.order.push_back(group);
      result.groups.push_back(std::exchange(leading, {}));
      result.groups.back().push_back(position);
    }
    last = dim;
  }
  return result;
}

/// The expanded dimensions when the groups come in the given order.
static Permutation expandOrder(ArrayRef<ReassociationIndices> groups, ArrayRef<int64_t> order) {
  Permutation perm;
  for (int64_t group : order)
    llvm::append_range(perm, groups[group]);
  return perm;
}

/// Layout of a reshape from the permutation of its expanded or of its collapsed side.
template <typename Reshape>
static FailureOr<Relayout> relayoutReshape(Reshape op, bool fromExpanded, ArrayRef<int64_t> perm) {
  constexpr bool expands = std::is_same_v<Reshape, tensor::ExpandShapeOp>;
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  Permutation expanded(perm), collapsed(perm);
  if (fromExpanded) {
    auto type = expands ? op.getResultType() : op.getSrcType();
    FailureOr<GroupOrder> order = orderGroups(groups, type.getShape(), perm);
    if (failed(order))
      return failure();
    collapsed = order->order;
  } else {
    expanded = expandOrder(groups, perm);
  }
  Relayout relayout = permuteAll(op, {});
  relayout.sources[0] = expands ? collapsed : expanded;
  relayout.results[0] = expands ? expanded : collapsed;
  return relayout;
}

static Operation *createReshape(OpBuilder &builder, tensor::CollapseShapeOp op,
                                const Relayout &relayout, ArrayRef<Value> sources) {
  FailureOr<GroupOrder> order =
      orderGroups(op.getReassociationIndices(), op.getSrcType().getShape(), relayout.sources[0]);
  return tensor::CollapseShapeOp::create(builder, op.getLoc(),
                                         tw::permuteType(op.getResultType(), relayout.results[0]),
                                         sources[0], order->groups);
}

static Operation *createReshape(OpBuilder &builder, tensor::ExpandShapeOp op,
                                const Relayout &relayout, ArrayRef<Value> sources) {
  FailureOr<GroupOrder> order =
      orderGroups(op.getReassociationIndices(), op.getResultType().getShape(), relayout.results[0]);
  return tensor::ExpandShapeOp::create(
      builder, op.getLoc(), tw::permuteType(op.getResultType(), relayout.results[0]), sources[0],
      order->groups, applyPermutation(op.getMixedOutputShape(), relayout.results[0]));
}

//===-- Slices ----------------------------------------------------------------------------===//

/// The permutation of the dimensions that a rank-reducing slice keeps, from that of all of them.
static Permutation dropDims(ArrayRef<int64_t> perm, const llvm::SmallBitVector &dropped) {
  Permutation kept;
  for (int64_t dim : perm)
    if (!dropped.test(dim))
      kept.push_back(dim - llvm::count_if(dropped.set_bits(), [&](int64_t d) { return d < dim; }));
  return kept;
}

/// The other way: dropped dimensions keep their place.
static Permutation insertDims(ArrayRef<int64_t> perm, const llvm::SmallBitVector &dropped) {
  SmallVector<int64_t> kept;
  for (unsigned dim = 0; dim < dropped.size(); ++dim)
    if (!dropped.test(dim))
      kept.push_back(dim);
  Permutation all;
  for (unsigned position = 0, next = 0; position < dropped.size(); ++position)
    all.push_back(dropped.test(position) ? position : kept[perm[next++]]);
  return all;
}

/// Sources of an insert_slice are the slice and its destination.
template <typename Slice>
static Relayout relayoutSlice(Slice op, bool fromWhole, ArrayRef<int64_t> perm) {
  constexpr bool inserts = std::is_same_v<Slice, tensor::InsertSliceOp>;
  llvm::SmallBitVector dropped = op.getDroppedDims();
  Permutation whole = fromWhole ? Permutation(perm) : insertDims(perm, dropped);
  Permutation slice = fromWhole ? dropDims(perm, dropped) : Permutation(perm);
  Relayout relayout = permuteAll(op, {});
  relayout.sources[0] = inserts ? slice : whole;
  if (inserts)
    relayout.sources[1] = whole;
  relayout.results[0] = inserts ? whole : slice;
  return relayout;
}

//===-- Entry points ----------------------------------------------------------------------===//

FailureOr<Relayout> tw::relayoutTensorOpFromSource(Operation *op, unsigned source,
                                                   ArrayRef<int64_t> perm) {
  return llvm::TypeSwitch<Operation *, FailureOr<Relayout>>(op)
      .Case<tensor::CastOp, tensor::ConcatOp>([&](auto) { return permuteAll(op, perm); })
      .Case<tensor::PadOp>([&](auto) -> FailureOr<Relayout> {
        if (source != 0)
          return failure();
        return permuteAll(op, perm);
      })
      .Case<tensor::ExpandShapeOp>(
          [&](auto reshape) { return relayoutReshape(reshape, false, perm); })
      .Case<tensor::CollapseShapeOp>(
          [&](auto reshape) { return relayoutReshape(reshape, true, perm); })
      .Case<tensor::ExtractSliceOp>([&](auto slice) { return relayoutSlice(slice, true, perm); })
      .Case<tensor::InsertSliceOp>(
          [&](auto slice) { return relayoutSlice(slice, source == 1, perm); })
      .Default([](Operation *) { return failure(); });
}

FailureOr<Relayout> tw::relayoutTensorOpFromResult(Operation *op, ArrayRef<int64_t> perm) {
  return llvm::TypeSwitch<Operation *, FailureOr<Relayout>>(op)
      .Case<tensor::CastOp, tensor::ConcatOp, tensor::PadOp>(
          [&](auto) { return permuteAll(op, perm); })
      .Case<tensor::ExpandShapeOp>(
          [&](auto reshape) { return relayoutReshape(reshape, true, perm); })
      .Case<tensor::CollapseShapeOp>(
          [&](auto reshape) { return relayoutReshape(reshape, false, perm); })
      .Case<tensor::ExtractSliceOp>([&](auto slice) { return relayoutSlice(slice, false, perm); })
      .Case<tensor::InsertSliceOp>([&](auto slice) { return relayoutSlice(slice, true, perm); })
      .Default([](Operation *) { return failure(); });
}

static Operation *createPad(OpBuilder &builder, tensor::PadOp op, const Relayout &relayout,
                            ArrayRef<Value> sources) {
  ArrayRef<int64_t> perm = relayout.results[0];
  auto pad = tensor::PadOp::create(builder, op.getLoc(), tw::permuteType(op.getResultType(), perm),
                                   sources[0], applyPermutation(op.getMixedLowPad(), perm),
                                   applyPermutation(op.getMixedHighPad(), perm), op.getNofold());
  OpBuilder::InsertionGuard guard(builder);
  IRMapping mapping;
  Block *body = builder.createBlock(&pad.getRegion());
  for (Value index : op.getRegion().getArguments())
    body->addArgument(index.getType(), index.getLoc());
  for (auto [position, dim] : llvm::enumerate(perm))
    mapping.map(op.getRegion().getArgument(dim), body->getArgument(position));
  for (Operation &inner : op.getRegion().front())
    builder.clone(inner, mapping);
  return pad;
}

Operation *tw::createRelayoutedTensorOp(OpBuilder &builder, Operation *op, const Relayout &relayout,
                                        ArrayRef<Value> sources) {
  ArrayRef<int64_t> result = relayout.results[0];
  auto type = permuteType(cast<RankedTensorType>(op->getResult(0).getType()), result);
  Location loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, Operation *>(op)
      .Case<tensor::CastOp>(
          [&](auto) { return tensor::CastOp::create(builder, loc, type, sources[0]); })
      .Case<tensor::ConcatOp>([&](auto concat) {
        int64_t dim = llvm::find(result, concat.getDim()) - result.begin();
        return tensor::ConcatOp::create(builder, loc, type, dim, sources);
      })
      .Case<tensor::PadOp>([&](auto pad) { return createPad(builder, pad, relayout, sources); })
      .Case<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
          [&](auto reshape) { return createReshape(builder, reshape, relayout, sources); })
      .Case<tensor::ExtractSliceOp>([&](auto slice) {
        ArrayRef<int64_t> whole = relayout.sources[0];
        return tensor::ExtractSliceOp::create(builder, loc, type, sources[0],
                                              applyPermutation(slice.getMixedOffsets(), whole),
                                              applyPermutation(slice.getMixedSizes(), whole),
                                              applyPermutation(slice.getMixedStrides(), whole));
      })
      .Case<tensor::InsertSliceOp>([&](auto slice) {
        return tensor::InsertSliceOp::create(builder, loc, sources[0], sources[1],
                                             applyPermutation(slice.getMixedOffsets(), result),
                                             applyPermutation(slice.getMixedSizes(), result),
                                             applyPermutation(slice.getMixedStrides(), result));
      });
}
