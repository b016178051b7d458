// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/AttentionScores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using tw::AttentionScores;
using tw::BatchedContraction;
using tw::Element;
using tw::ElementFrame;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A finite value that hides as well as -inf does wherever a row has something visible: its
/// exponential is 0 unless all scores are about as low.
constexpr double kHidden = -1e9;

std::optional<Element> matchNot(const ElementFrame &frame, Element e) {
  std::optional<Element> opposite;
  frame.matchCommutative<arith::XOrIOp>(e, [&](Element a, Element b) {
    if (frame.constant(b) == 1.0 && b.value.getType().isInteger(1))
      opposite = a;
    return opposite.has_value();
  });
  return opposite;
}

} // namespace

bool AttentionScores::refuse(StringRef why) {
  refusal = why;
  return false;
}

bool AttentionScores::read(Element e) {
  // Scores that are stored in a narrower type are kept wide.
  e = frame->stripRounding(e);
  if (readProduct(e))
    return true;
  if (auto operands = frame->match<arith::MulFOp>(e)) {
    bool isFirst = frame->constant((*operands)[0]).has_value();
    return readFactor((*operands)[isFirst ? 1 : 0], (*operands)[isFirst ? 0 : 1], false);
  }
  if (auto operands = frame->match<arith::DivFOp>(e))
    return readFactor((*operands)[0], (*operands)[1], true);
  if (auto operands = frame->match<arith::SelectOp>(e)) {
    bool hidesWhereTrue = frame->constant((*operands)[1]).has_value();
    std::optional<double> filled = frame->constant((*operands)[hidesWhereTrue ? 1 : 2]);
    return filled && readCondition((*operands)[0], *filled, hidesWhereTrue) &&
           read((*operands)[hidesWhereTrue ? 2 : 1]);
  }
  if (auto operands = frame->match<arith::AddFOp>(e))
    // Which side the scores are on shows in what they are made of: the other is put back.
    for (unsigned side : {0, 1}) {
      AttentionScores attempt = *this;
      if (attempt.readAddend((*operands)[1 - side]) && attempt.read((*operands)[side])) {
        *this = attempt;
        return true;
      }
      refusal = attempt.refusal;
    }
  return false;
}

bool AttentionScores::readFactor(Element scores, Element factor, bool divides) {
  std::optional<double> value = frame->constant(factor);
  if (!value)
    return refuse("a factor of the scores is not constant");
  if (*value <= 0)
    return refuse("the scale is not positive");
  scale *= divides ? 1 / *value : *value;
  return read(scores);
}

bool AttentionScores::readAddend(Element addend) {
  // 0 where visible, very low elsewhere.
  if (auto operands = frame->match<arith::SelectOp>(addend)) {
    std::optional<double> whereTrue = frame->constant((*operands)[1]);
    std::optional<double> whereFalse = frame->constant((*operands)[2]);
    bool hidesWhereTrue = whereFalse == 0.0;
    std::optional<double> filled = hidesWhereTrue ? whereTrue : whereFalse;
    if (filled && (hidesWhereTrue || whereTrue == 0.0) && *filled <= kHidden && !causalOffset)
      if (std::optional<int64_t> offset = readCausal((*operands)[0], hidesWhereTrue);
          offset && (*offset >= 0 || *filled == -kInfinity)) {
        causalOffset = offset;
        return true;
      }
  }
  if (scale != 1)
    return refuse("the scores are scaled after the mask is added");
  if (condition && !hidesBySum(fill))
    return refuse("a finite fill of a mask and a sum with another");
  if (!findMask(addend))
    return refuse("what is added to the scores is not a tensor");
  addends.push_back(addend);
  return true;
}

bool AttentionScores::readCondition(Element hiding, double filled, bool hidesWhereTrue) {
  if (std::optional<Element> opposite = matchNot(*frame, hiding))
    return readCondition(*opposite, filled, !hidesWhereTrue);
  // What hides the future is often combined with a mask; otherwise both are one mask.
  if (auto parts = hidesWhereTrue ? std::nullopt : frame->match<arith::AndIOp>(hiding)) {
    AttentionScores attempt = *this;
    if (attempt.readCondition((*parts)[0], filled, false) &&
        attempt.readCondition((*parts)[1], filled, false)) {
      *this = attempt;
      return true;
    }
  }
  if (std::optional<double> known = frame->constant(hiding))
    return (*known != 0) != hidesWhereTrue;
  if (scale != 1 && filled != -kInfinity)
    return refuse("the scores are scaled after the mask is applied");
  if (std::optional<int64_t> offset = readCausal(hiding, hidesWhereTrue);
      offset && !causalOffset && !condition && addends.empty() &&
      (filled == -kInfinity || (filled <= kHidden && *offset >= 0))) {
    causalOffset = offset;
    return true;
  }
  if (condition)
    return refuse("there is more than one boolean mask");
  if (!addends.empty() && !hidesBySum(filled))
    return refuse("a finite fill of a mask and a sum with another");
  if (causalOffset && filled != -kInfinity)
    return refuse("a finite fill is applied before what hides the future");
  if (!findMask(hiding))
    return refuse("the condition of the mask is not a tensor");
  condition = hiding;
  fill = filled;
  hides = hidesWhereTrue;
  return true;
}

/// The offset if `condition` says column <= row + offset for what is visible.
std::optional<int64_t> AttentionScores::readCausal(Element condition, bool hidesWhereTrue) const {
  if (std::optional<Element> opposite = matchNot(*frame, condition))
    return readCausal(*opposite, !hidesWhereTrue);
  SmallVector<Element> operands;
  auto compare = dyn_cast_or_null<arith::CmpIOp>(frame->definition(condition, operands));
  if (!compare)
    return std::nullopt;
  std::optional<AffineExpr> a = frame->position(operands[0]), b = frame->position(operands[1]);
  if (!a || !b)
    return std::nullopt;
  arith::CmpIPredicate predicate = compare.getPredicate();
  if (hidesWhereTrue)
    predicate = arith::invertPredicate(predicate);
  // As slack >= 0, where slack is row + offset - column.
  AffineExpr slack;
  switch (predicate) {
  case arith::CmpIPredicate::sle:
    slack = *b - *a;
    break;
  case arith::CmpIPredicate::slt:
    slack = *b - *a - 1;
    break;
  case arith::CmpIPredicate::sge:
    slack = *a - *b;
    break;
  case arith::CmpIPredicate::sgt:
    slack = *a - *b - 1;
    break;
  default:
    return std::nullopt;
  }
  unsigned rank = frame->getSizes().size();
  MLIRContext *context = slack.getContext();
  auto coordinate = [&](unsigned dim) {
    return frame->getSizes()[dim] == 1 ? getAffineConstantExpr(0, context)
                                       : getAffineDimExpr(dim, context);
  };
  AffineExpr offset =
      simplifyAffineExpr(slack - (coordinate(rank - 2) - coordinate(rank - 1)), rank, 0);
  auto constant = dyn_cast<AffineConstantExpr>(offset);
  return constant ? std::optional(constant.getValue()) : std::nullopt;
}

/// The dimensions of the frame, neighbours, that are one in a tensor whose coordinate this is.
std::optional<SmallVector<int64_t>> AttentionScores::readMergedDims(AffineExpr coordinate) const {
  SmallVector<int64_t> dims;
  if (isa<AffineConstantExpr>(coordinate))
    return dims;
  AffineExpr merged;
  for (auto [dim, size] : llvm::enumerate(frame->getSizes())) {
    if (size == 1 || !coordinate.isFunctionOfDim(dim))
      continue;
    AffineExpr own = getAffineDimExpr(dim, coordinate.getContext());
    merged = merged ? merged * size + own : own;
    dims.push_back(dim);
  }
  return merged == coordinate ? std::optional(dims) : std::nullopt;
}

bool AttentionScores::readProduct(Element e) {
  e = frame->strip(e);
  auto type = dyn_cast<RankedTensorType>(e.value.getType());
  if (!type)
    return false;
  // For each dimension of the product the dimensions of the frame that it is.
  SmallVector<SmallVector<int64_t>> frameDims;
  for (AffineExpr coordinate : e.map.getResults()) {
    std::optional<SmallVector<int64_t>> dims = readMergedDims(coordinate);
    if (!dims)
      return false;
    frameDims.push_back(*dims);
  }
  Value value = e.value;
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>()) {
    SmallVector<SmallVector<int64_t>> merged;
    for (ArrayRef<int64_t> group : expand.getReassociationIndices()) {
      merged.emplace_back();
      for (int64_t dim : group)
        llvm::append_range(merged.back(), frameDims[dim]);
    }
    frameDims = merged;
    value = expand.getSrc();
  }
  double factor = 1;
  while (peelRounding(value) || peelFactor(value, factor)) {
  }
  auto op = value.getDefiningOp<linalg::LinalgOp>();
  std::optional<BatchedContraction> contraction = op ? BatchedContraction::read(op) : std::nullopt;
  if (!contraction)
    return false;
  if (!(factor > 0))
    return refuse("the scale is not positive");
  product = *contraction;
  scale *= factor;
  return readGroups(frameDims);
}

/// Decides which dimension of the product is which of the frame, and gives each unit dimension of
/// the frame to a batch dimension beside it.
bool AttentionScores::readGroups(ArrayRef<SmallVector<int64_t>> frameDims) {
  int64_t rank = frame->getSizes().size(), row = rank - 2, column = rank - 1;
  auto is = [&](int64_t position, int64_t dim) {
    ArrayRef<int64_t> dims = frameDims[position];
    return dims.empty() ? frame->getSizes()[dim] == 1 : dims == ArrayRef(dim);
  };
  if (!is(product.result.row, row) || !is(product.result.column, column))
    product.transpose();
  if (!is(product.result.row, row) || !is(product.result.column, column))
    return refuse("rows and columns of the scores are reshaped before the softmax");
  if (product.result.batch.empty())
    return rank == 2 || refuse("the scores have no batch dimension and the softmax has");

  for (ArrayRef<int64_t> dims : product.result.batch)
    batchGroups.push_back(frameDims[dims.front()]);
  SmallVector<int64_t> sizes(frame->getSizes().drop_back(2));
  return addUnitDims(batchGroups, sizes) ||
         refuse("the batch dimensions of the scores are permuted before the softmax");
}
