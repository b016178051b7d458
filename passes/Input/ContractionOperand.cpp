// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/ContractionOperand.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Input/ElementFrame.h"

using namespace mlir;
using tw::BatchedContraction;
using tw::BatchShape;
using tw::ContractionOperand;
using tw::ElementFrame;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The position in `map` of loop `dim`.
int64_t find(AffineMap map, unsigned dim) {
  for (auto [position, expr] : llvm::enumerate(map.getResults()))
    if (auto loop = dyn_cast<AffineDimExpr>(expr); loop && loop.getPosition() == dim)
      return position;
  return -1;
}

/// The tensor that holds `e` in the shape of `value`, of whose elements the frame is.
std::optional<Value> findSameShape(const ElementFrame &frame, tw::Element e, Value value) {
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()));
  std::optional<tw::Element> tensor = frame.findTensor(e, all);
  if (!tensor || typeOf(tensor->value).getShape() != typeOf(value).getShape())
    return std::nullopt;
  return tensor->value;
}

/// The one dimension of `group` that is not 1, the first if all are; -1 if there are several.
int64_t findFull(RankedTensorType type, ArrayRef<int64_t> group) {
  int64_t full = -1;
  for (int64_t dim : group)
    if (type.getDimSize(dim) != 1) {
      if (full >= 0)
        return -1;
      full = dim;
    }
  return full < 0 ? group.front() : full;
}

bool peelCollapse(ContractionOperand &operand, tensor::CollapseShapeOp collapse) {
  SmallVector<ReassociationIndices> groups = collapse.getReassociationIndices();
  int64_t row = findFull(collapse.getSrcType(), groups[operand.row]);
  int64_t column = findFull(collapse.getSrcType(), groups[operand.column]);
  if (row < 0 || column < 0)
    return false;
  for (SmallVector<int64_t> &dims : operand.batch) {
    SmallVector<int64_t> sources;
    for (int64_t dim : dims)
      sources.append(groups[dim].begin(), groups[dim].end());
    dims = sources;
  }
  operand.row = row;
  operand.column = column;
  operand.value = collapse.getSrc();
  return true;
}

/// Only where it adds unit dimensions, which lose their roles.
bool peelExpand(ContractionOperand &operand, tensor::ExpandShapeOp expand) {
  RankedTensorType type = expand.getResultType();
  SmallVector<int64_t> sources(type.getRank(), -1);
  for (auto [source, group] : llvm::enumerate(expand.getReassociationIndices())) {
    int64_t full = findFull(type, group);
    if (full < 0)
      return false;
    sources[full] = source;
  }
  if (sources[operand.row] < 0 || sources[operand.column] < 0)
    return false;
  for (SmallVector<int64_t> &dims : operand.batch) {
    for (int64_t &dim : dims)
      dim = sources[dim];
    llvm::erase(dims, -1);
    if (dims.empty())
      return false;
  }
  operand.row = sources[operand.row];
  operand.column = sources[operand.column];
  operand.value = expand.getSrc();
  return true;
}

} // namespace

std::optional<BatchedContraction> BatchedContraction::read(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || !linalg::isaContractionOpInterface(op))
    return std::nullopt;
  FailureOr<linalg::ContractionDimensions> dims = linalg::inferContractionDims(op);
  if (failed(dims) || dims->m.size() != 1 || dims->n.size() != 1 || dims->k.size() != 1 ||
      op.getNumLoops() != dims->batch.size() + 3)
    return std::nullopt;
  Value init = op.getDpsInits()[0];
  ElementFrame frame(typeOf(init).getShape(), op.getContext());
  if (frame.constant(frame.element(init)) != 0.0)
    return std::nullopt;
  auto operand = [&](Value value, AffineMap map, unsigned row, unsigned column) {
    ContractionOperand operand{value, {}, find(map, row), find(map, column)};
    for (unsigned batch : dims->batch)
      operand.batch.push_back({find(map, batch)});
    return operand;
  };
  // The batch dimensions come in the order of the loops; those of the result shall be ascending.
  AffineMap resultMap = op.getIndexingMapsArray().back();
  llvm::sort(dims->batch,
             [&](unsigned a, unsigned b) { return find(resultMap, a) < find(resultMap, b); });
  unsigned m = dims->m[0], n = dims->n[0], k = dims->k[0];
  return BatchedContraction{operand(op.getDpsInputs()[0], op.getIndexingMapsArray()[0], m, k),
                            operand(op.getDpsInputs()[1], op.getIndexingMapsArray()[1], k, n),
                            operand(op->getResult(0), resultMap, m, n)};
}

void BatchedContraction::transpose() {
  std::swap(lhs, rhs);
  for (ContractionOperand *operand : {&lhs, &rhs, &result})
    std::swap(operand->row, operand->column);
}

bool tw::addUnitDims(SmallVectorImpl<SmallVector<int64_t>> &groups, ArrayRef<int64_t> sizes) {
  if (groups.empty())
    return sizes.empty();
  unsigned group = 0;
  SmallVector<SmallVector<int64_t>> complete(groups.size());
  for (auto [dim, size] : llvm::enumerate(sizes)) {
    for (unsigned next = group; next < groups.size(); ++next)
      if (llvm::is_contained(groups[next], static_cast<int64_t>(dim)))
        group = next;
    bool isListed = llvm::is_contained(groups[group], static_cast<int64_t>(dim));
    if (!isListed && size != 1)
      return false;
    // A group without dimensions is a unit dimension itself.
    if (!isListed && !complete[group].empty() && group + 1 < groups.size() &&
        groups[group + 1].empty())
      ++group;
    complete[group].push_back(dim);
  }
  groups.assign(complete.begin(), complete.end());
  return llvm::none_of(groups, [](ArrayRef<int64_t> dims) { return dims.empty(); });
}

bool tw::peel(ContractionOperand &operand, double *scale) {
  if (auto cast = operand.value.getDefiningOp<tensor::CastOp>()) {
    if (!isa<RankedTensorType>(cast.getSource().getType()))
      return false;
    operand.value = cast.getSource();
    return true;
  }
  if (auto collapse = operand.value.getDefiningOp<tensor::CollapseShapeOp>())
    return peelCollapse(operand, collapse);
  if (auto expand = operand.value.getDefiningOp<tensor::ExpandShapeOp>())
    return peelExpand(operand, expand);
  if (auto transpose = operand.value.getDefiningOp<linalg::TransposeOp>()) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    for (SmallVector<int64_t> &dims : operand.batch)
      for (int64_t &dim : dims)
        dim = permutation[dim];
    operand.row = permutation[operand.row];
    operand.column = permutation[operand.column];
    operand.value = transpose.getInput();
    return true;
  }
  return scale && peelFactor(operand.value, *scale);
}

bool tw::peelFactor(Value &value, double &scale) {
  ElementFrame frame(typeOf(value).getShape(), value.getContext());
  tw::Element e = frame.element(value), factored;
  std::optional<double> factor;
  if (auto quotient = frame.match<arith::DivFOp>(e)) {
    factor = frame.constant((*quotient)[1]);
    factored = (*quotient)[0];
    if (factor)
      factor = 1 / *factor;
  } else {
    frame.matchCommutative<arith::MulFOp>(e, [&](tw::Element a, tw::Element b) {
      factor = frame.constant(b);
      factored = a;
      return factor.has_value();
    });
  }
  std::optional<Value> tensor = factor ? findSameShape(frame, factored, value) : std::nullopt;
  if (!tensor || tensor->getType() != value.getType())
    return false;
  scale *= *factor;
  value = *tensor;
  return true;
}

bool tw::peelRounding(Value &value) {
  ElementFrame frame(typeOf(value).getShape(), value.getContext());
  auto narrowed = frame.match<arith::TruncFOp>(frame.element(value));
  std::optional<Value> tensor =
      narrowed ? findSameShape(frame, (*narrowed)[0], value) : std::nullopt;
  if (!tensor)
    return false;
  value = *tensor;
  return true;
}

void tw::peelToShape(ContractionOperand &operand, const BatchShape &shape, double *scale) {
  ContractionOperand next = operand;
  double nextScale = 1;
  // Also where the batch is still one dimension and has to be expanded is a place to stop.
  auto isStop = [&] {
    return groupBatch(next, shape) ||
           llvm::all_of(next.batch, [](ArrayRef<int64_t> dims) { return dims.size() == 1; });
  };
  while (peel(next, scale ? &nextScale : nullptr))
    if (isStop()) {
      operand = next;
      if (scale)
        *scale *= std::exchange(nextScale, 1);
    }
}
