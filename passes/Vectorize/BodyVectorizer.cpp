// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/BodyVectorizer.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace {

/// A value that is one more, or one less, in each lane.
struct Consecutive {
  /// That of the first lane.
  Value base;
  bool isReversed = false;
};

struct BodyEmitter {
  OpBuilder &builder;
  linalg::LinalgOp op;
  const tw::Point &point;
  std::optional<unsigned> lane;
  int64_t lanes;
  bool fuseMultiplyAdd;
  IRMapping mapping;
  /// Body values that are; reads at such indices are contiguous.
  DenseMap<Value, Consecutive> consecutive;

  bool isVector(Value value) { return isa<VectorType>(value.getType()); }
  Value mapped(Value value) { return mapping.lookupOrDefault(value); }

  Value asVector(Location loc, Value value) {
    return tw::toVector(builder, loc, mapped(value), lanes);
  }

  void emit(Operation *bodyOp) {
    if (auto index = dyn_cast<linalg::IndexOp>(bodyOp))
      return emitIndex(index);
    if (propagateConsecutive(bodyOp) || fuse(bodyOp) || readConsecutive(bodyOp))
      return;
    bool varies = llvm::any_of(bodyOp->getOperands(), [&](Value v) { return isVector(mapped(v)); });
    if (!varies) {
      builder.clone(*bodyOp, mapping);
      return;
    }
    if (OpTrait::hasElementwiseMappableTraits(bodyOp))
      return emitElementwise(bodyOp);
    if (auto assertion = dyn_cast<tw::AssertOp>(bodyOp))
      return emitAssert(assertion);
    emitLanes(bodyOp);
  }

  /// One check of all lanes.
  void emitAssert(tw::AssertOp assertion) {
    Value all = vector::ReductionOp::create(builder, assertion.getLoc(), vector::CombiningKind::AND,
                                            mapped(assertion.getCondition()));
    tw::AssertOp::create(builder, assertion.getLoc(), all, assertion.getMessageAttr());
  }

  void emitIndex(linalg::IndexOp index) {
    Location loc = index.getLoc();
    Value base = getValueOrCreateConstantIndexOp(builder, loc, point[index.getDim()]);
    if (index.getDim() != lane) {
      mapping.map(index.getResult(), base);
      return;
    }
    mapConsecutive(loc, index.getResult(), {base});
  }

  void mapConsecutive(Location loc, Value result, Consecutive values) {
    auto type = VectorType::get({lanes}, builder.getIndexType());
    Value step = vector::StepOp::create(builder, loc, type);
    Value start = vector::BroadcastOp::create(builder, loc, type, values.base);
    Value all = values.isReversed ? arith::SubIOp::create(builder, loc, start, step).getResult()
                                  : arith::AddIOp::create(builder, loc, start, step).getResult();
    mapping.map(result, all);
    consecutive[result] = values;
  }

  /// Index arithmetic around linalg.index: `index + offset` of tiling, `last - index` of a flip.
  bool propagateConsecutive(Operation *bodyOp) {
    if (bodyOp->getNumResults() != 1 || !bodyOp->getResult(0).getType().isIndex())
      return false;
    std::optional<Consecutive> values;
    if (auto apply = dyn_cast<affine::AffineApplyOp>(bodyOp))
      values = applyToConsecutive(apply);
    else if (isa<arith::AddIOp, arith::SubIOp>(bodyOp))
      values = addToConsecutive(bodyOp);
    if (values)
      mapConsecutive(bodyOp->getLoc(), bodyOp->getResult(0), *values);
    return values.has_value();
  }

  /// A sum or difference of consecutive values and one that is the same in all lanes.
  std::optional<Consecutive> addToConsecutive(Operation *bodyOp) {
    Value lhs = bodyOp->getOperand(0), rhs = bodyOp->getOperand(1);
    bool isRight = consecutive.contains(rhs);
    if (isRight == consecutive.contains(lhs) || isVector(mapped(isRight ? lhs : rhs)))
      return std::nullopt;
    Consecutive values = consecutive[isRight ? rhs : lhs];
    Value left = isRight ? mapped(lhs) : values.base, right = isRight ? values.base : mapped(rhs);
    Location loc = bodyOp->getLoc();
    if (isa<arith::AddIOp>(bodyOp))
      return Consecutive{arith::AddIOp::create(builder, loc, left, right), values.isReversed};
    return Consecutive{arith::SubIOp::create(builder, loc, left, right),
                       values.isReversed != isRight};
  }

  /// The map at the bases, if from lane to lane it moves by one.
  std::optional<Consecutive> applyToConsecutive(affine::AffineApplyOp apply) {
    AffineMap map = apply.getAffineMap();
    AffineExpr expr = map.getResult(0);
    MLIRContext *context = builder.getContext();
    SmallVector<Value> operands;
    std::optional<bool> isReversed;
    for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
      auto it = consecutive.find(operand);
      if (it == consecutive.end()) {
        if (isVector(mapped(operand)))
          return std::nullopt;
        operands.push_back(mapped(operand));
        continue;
      }
      AffineExpr variable = i < map.getNumDims()
                                ? getAffineDimExpr(i, context)
                                : getAffineSymbolExpr(i - map.getNumDims(), context);
      auto step = dyn_cast<AffineConstantExpr>(simplifyAffineExpr(
          expr.replace(variable, variable + 1) - expr, map.getNumDims(), map.getNumSymbols()));
      if (isReversed || !step || std::abs(step.getValue()) != 1)
        return std::nullopt;
      isReversed = it->second.isReversed != (step.getValue() < 0);
      operands.push_back(it->second.base);
    }
    if (!isReversed)
      return std::nullopt;
    return Consecutive{affine::AffineApplyOp::create(builder, apply.getLoc(), map, operands),
                       *isReversed};
  }

  /// tensor.extract whose last index is consecutive and whose others do not vary: one load.
  bool readConsecutive(Operation *bodyOp) {
    auto extract = dyn_cast<tensor::ExtractOp>(bodyOp);
    if (!extract || extract.getIndices().empty())
      return false;
    auto it = consecutive.find(extract.getIndices().back());
    if (it == consecutive.end())
      return false;
    SmallVector<Value> indices;
    for (Value index : extract.getIndices().drop_back()) {
      if (isVector(mapped(index)))
        return false;
      indices.push_back(mapped(index));
    }
    Location loc = bodyOp->getLoc();
    auto [first, isReversed] = it->second;
    if (isReversed)
      first = arith::SubIOp::create(builder, loc, first,
                                    arith::ConstantIndexOp::create(builder, loc, lanes - 1));
    indices.push_back(first);
    Value padding = ub::PoisonOp::create(builder, loc, extract.getType());
    Value row =
        vector::TransferReadOp::create(builder, loc, VectorType::get({lanes}, extract.getType()),
                                       extract.getTensor(), indices, padding, ArrayRef<bool>{true});
    if (isReversed && lanes > 1)
      row = vector::ShuffleOp::create(builder, loc, row, row,
                                      llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, lanes))));
    mapping.map(extract.getResult(), row);
    return true;
  }

  bool fuse(Operation *bodyOp) {
    auto add = dyn_cast<arith::AddFOp>(bodyOp);
    if (!fuseMultiplyAdd || !add)
      return false;
    for (auto [product, other] :
         {std::pair(add.getRhs(), add.getLhs()), {add.getLhs(), add.getRhs()}}) {
      auto mul = product.getDefiningOp<arith::MulFOp>();
      if (!mul || !mul->hasOneUse() || mul->getBlock() != bodyOp->getBlock())
        continue;
      Location loc = bodyOp->getLoc();
      Value fma = math::FmaOp::create(builder, loc, asVector(loc, mul.getLhs()),
                                      asVector(loc, mul.getRhs()), asVector(loc, other));
      mapping.map(add.getResult(), fma);
      return true;
    }
    return false;
  }

  void emitElementwise(Operation *bodyOp) {
    SmallVector<Value> operands;
    // A condition that is the same for all lanes may stay a scalar: select takes both.
    bool select = isa<arith::SelectOp>(bodyOp);
    for (auto [i, operand] : llvm::enumerate(bodyOp->getOperands()))
      operands.push_back(select && i == 0 ? mapped(operand) : asVector(bodyOp->getLoc(), operand));
    SmallVector<Type> types;
    for (Type type : bodyOp->getResultTypes())
      types.push_back(VectorType::get({lanes}, type));
    Operation *vectorOp = builder.create(bodyOp->getLoc(), bodyOp->getName().getIdentifier(),
                                         operands, types, bodyOp->getAttrs());
    mapping.map(bodyOp->getResults(), vectorOp->getResults());
  }

  /// The same operation once for each lane.
  void emitLanes(Operation *bodyOp) {
    Location loc = bodyOp->getLoc();
    SmallVector<SmallVector<Value>> results(bodyOp->getNumResults());
    for (int64_t i = 0; i < lanes; ++i) {
      IRMapping laneMapping;
      bodyOp->walk([&](Operation *nested) {
        for (Value operand : nested->getOperands()) {
          Value value = mapped(operand);
          if (isVector(value))
            value = vector::ExtractOp::create(builder, loc, value, i);
          laneMapping.map(operand, value);
        }
      });
      Operation *clone = builder.clone(*bodyOp, laneMapping);
      for (auto [list, result] : llvm::zip(results, clone->getResults()))
        list.push_back(result);
    }
    for (auto [result, list] : llvm::zip(bodyOp->getResults(), results))
      mapping.map(result, vector::FromElementsOp::create(
                              builder, loc, VectorType::get({lanes}, result.getType()), list)
                              .getResult());
  }
};

} // namespace

SmallVector<Value> tw::emitBody(OpBuilder &builder, linalg::LinalgOp op, ValueRange arguments,
                                const Point &point, std::optional<unsigned> lane, int64_t lanes,
                                bool fuseMultiplyAdd) {
  BodyEmitter emitter{builder, op, point, lane, lanes, fuseMultiplyAdd, {}, {}};
  Block *body = op.getBlock();
  emitter.mapping.map(body->getArguments(), arguments);
  for (Operation &bodyOp : body->without_terminator())
    emitter.emit(&bodyOp); // a product fused into an addition is left dead
  SmallVector<Value> results;
  for (Value value : body->getTerminator()->getOperands())
    results.push_back(emitter.asVector(op.getLoc(), value));
  return results;
}
