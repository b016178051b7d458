// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/ElementRanges.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace {

/// Deeper chains are given up on: the recursion is on the C++ stack.
constexpr unsigned kMaxDepth = 64;
/// Larger constants are not searched element by element.
constexpr int64_t kMaxElements = 1 << 16;

bool isInteger(Value value) { return getElementTypeOrSelf(value).isIntOrIndex(); }

ConstantIntRanges anything(Value value) {
  return ConstantIntRanges::maxRange(ConstantIntRanges::getStorageBitwidth(value.getType()));
}

/// A size: not negative, and below the static bound where there is one.
ConstantIntRanges sizeBelow(int64_t bound, Value value) {
  unsigned width = ConstantIntRanges::getStorageBitwidth(value.getType());
  APInt last = ShapedType::isDynamic(bound) || bound < 1 ? APInt::getSignedMaxValue(width)
                                                         : APInt(width, bound - 1);
  return ConstantIntRanges::fromSigned(APInt::getZero(width), last);
}

ConstantIntRanges ofConstant(DenseIntElementsAttr elements, Value value) {
  if (elements.isSplat())
    return ConstantIntRanges::constant(elements.getSplatValue<APInt>());
  if (elements.empty() || elements.getNumElements() > kMaxElements)
    return anything(value);
  APInt min = *elements.value_begin<APInt>(), max = min;
  for (const APInt &element : elements.getValues<APInt>()) {
    min = element.slt(min) ? element : min;
    max = element.sgt(max) ? element : max;
  }
  return ConstantIntRanges::fromSigned(min, max);
}

/// The operand that `op` takes its elements from, when it only moves them.
Value getMovedSource(Operation *op) {
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp,
          tensor::ReshapeOp, tensor::ExtractOp, tensor::SplatOp, linalg::TransposeOp,
          linalg::BroadcastOp, linalg::FillOp>(op))
    return op->getOperand(0);
  return {};
}

} // namespace

ConstantIntRanges tw::ElementRanges::get(Value value, unsigned depth) {
  assert(isInteger(value) && "only integers have a range");
  if (depth > kMaxDepth)
    return anything(value);
  if (auto it = known.find(value); it != known.end())
    return it->second;
  auto argument = dyn_cast<BlockArgument>(value);
  ConstantIntRanges range =
      argument ? ofArgument(argument, depth) : ofResult(cast<OpResult>(value), depth);
  known.insert({value, range});
  return range;
}

ConstantIntRanges tw::ElementRanges::ofArgument(BlockArgument argument, unsigned depth) {
  auto linalgOp = dyn_cast_if_present<linalg::LinalgOp>(argument.getOwner()->getParentOp());
  if (!linalgOp || !argument.getOwner()->isEntryBlock())
    return anything(argument);
  // An output's argument holds partial results: it is bounded by nothing that is known here.
  OpOperand *operand = linalgOp.getMatchingOpOperand(argument);
  return linalgOp.isDpsInput(operand) ? get(operand->get(), depth + 1) : anything(argument);
}

ConstantIntRanges tw::ElementRanges::ofResult(OpResult result, unsigned depth) {
  Operation *op = result.getOwner();
  Attribute constant;
  if (matchPattern(op, m_Constant(&constant))) {
    if (auto integer = dyn_cast<IntegerAttr>(constant))
      return ConstantIntRanges::constant(integer.getValue());
    auto elements = dyn_cast<DenseIntElementsAttr>(constant);
    return elements ? ofConstant(elements, result) : anything(result);
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return sizeBelow(ShapedType::kDynamic, result);
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    auto linalgOp = cast<linalg::LinalgOp>(op->getParentOp());
    return sizeBelow(linalgOp.getStaticLoopRanges()[index.getDim()], result);
  }
  if (Value source = getMovedSource(op))
    return get(source, depth + 1);
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    OpOperand *init = generic.getDpsInitOperand(result.getResultNumber());
    Value yielded = generic.getBody()->getTerminator()->getOperand(result.getResultNumber());
    ConstantIntRanges written = get(yielded, depth + 1);
    // Only a permutation writes every element; others (a sum over nothing) may keep the initial.
    if (generic.getMatchingIndexingMap(init).isPermutation())
      return written;
    return written.rangeUnion(get(init->get(), depth + 1));
  }
  auto inferrable = dyn_cast<InferIntRangeInterface>(op);
  if (!inferrable || !llvm::all_of(op->getOperands(), isInteger))
    return anything(result);
  SmallVector<ConstantIntRanges> operands;
  for (Value operand : op->getOperands())
    operands.push_back(get(operand, depth + 1));
  ConstantIntRanges range = anything(result);
  inferrable.inferResultRanges(operands, [&](Value inferred, const ConstantIntRanges &bounds) {
    if (inferred == result)
      range = bounds;
  });
  return range;
}
