// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The masks of an attention, put together to the one that tw.attention has.
#include "passes/Input/AttentionScores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <limits>

using namespace mlir;
using tw::AttentionScores;
using tw::Element;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A number to which no score adds anything: it hides what it is added to as well as it does in its
/// place, also where a row has nothing else.
constexpr double kSwallows = -1e20;

/// Masks as operands of one elementwise operation in the dimensions of the frame.
struct MaskOperands {
  OpBuilder &builder;
  Location loc;
  unsigned rank;
  SmallVector<Value> tensors = {};
  SmallVector<AffineMap> maps = {};
  /// Size 1 where no mask differs.
  SmallVector<OpFoldResult> sizes = SmallVector<OpFoldResult>(rank, builder.getIndexAttr(1));

  void add(const tw::ElementFrame &frame, Element mask) {
    SmallVector<int64_t> dims;
    SmallVector<AffineExpr> coordinates;
    for (AffineExpr coordinate : mask.map.getResults())
      if (auto dim = dyn_cast<AffineDimExpr>(coordinate)) {
        dims.push_back(dim.getPosition());
        coordinates.push_back(dim);
      }
    Value tensor = frame.reshape(builder, loc, mask, dims);
    for (auto [position, dim] : llvm::enumerate(dims))
      sizes[dim] = tensor::getMixedSize(builder, loc, tensor, position);
    tensors.push_back(tensor);
    maps.push_back(AffineMap::get(rank, 0, coordinates, builder.getContext()));
  }

  Value map(Type element, llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
    Value init = tensor::EmptyOp::create(builder, loc, sizes, element);
    maps.push_back(builder.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
    return linalg::GenericOp::create(builder, loc, init.getType(), tensors, init, maps, loops,
                                     [&](OpBuilder &b, Location l, ValueRange v) {
                                       linalg::YieldOp::create(b, l, body(b, l, v));
                                     })
        .getResult(0);
  }
};

} // namespace

bool AttentionScores::hidesBySum(double filled) { return filled <= kSwallows; }

std::optional<double> AttentionScores::getFiniteFill() const {
  bool isSum = !addends.empty();
  return condition && !isSum && fill != -kInfinity ? std::optional(fill) : std::nullopt;
}

std::optional<Element> AttentionScores::findMask(Element e) const {
  auto dims = llvm::to_vector(llvm::seq<int64_t>(0, frame->getSizes().size()));
  return frame->findTensor(e, dims, /*allowBroadcast=*/true);
}

Value AttentionScores::buildMask(OpBuilder &builder, Location loc) const {
  unsigned rank = frame->getSizes().size();
  auto dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  size_t count = addends.size() + condition.has_value();
  if (count == 0)
    return {};
  if (count == 1 && !hides)
    return frame->reshape(builder, loc, *findMask(condition ? *condition : addends.front()), dims);

  MaskOperands operands{builder, loc, rank};
  for (Element addend : addends)
    operands.add(*frame, *findMask(addend));
  if (condition)
    operands.add(*frame, *findMask(*condition));
  if (addends.empty())
    // The operation keeps where true.
    return operands.map(builder.getI1Type(), [](OpBuilder &b, Location l, ValueRange v) -> Value {
      Value yes = arith::ConstantIntOp::create(b, l, 1, 1);
      return arith::XOrIOp::create(b, l, v[0], yes);
    });
  // Sums of narrow masks are wide, as the sums with the scores were.
  Type wide = builder.getF32Type();
  for (Value tensor : ArrayRef(operands.tensors).take_front(addends.size()))
    if (Type element = getElementTypeOrSelf(tensor.getType()); element.isF64())
      wide = element;
  return operands.map(wide, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
    Value sum;
    for (Value addend : v.take_front(addends.size())) {
      if (addend.getType() != wide)
        addend = arith::ExtFOp::create(b, l, wide, addend);
      sum = sum ? arith::AddFOp::create(b, l, sum, addend).getResult() : addend;
    }
    if (!condition)
      return sum;
    Value low = arith::ConstantOp::create(b, l, b.getFloatAttr(wide, fill));
    Value seen = v[addends.size()];
    return hides ? arith::SelectOp::create(b, l, seen, low, sum)
                 : arith::SelectOp::create(b, l, seen, sum, low);
  });
}
