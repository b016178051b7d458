// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/BodyVectorizer.h"

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

struct BodyEmitter {
  OpBuilder &builder;
  linalg::LinalgOp op;
  const tw::Point &point;
  std::optional<unsigned> lane;
  int64_t lanes;
  bool fuseMultiplyAdd;
  IRMapping mapping;
  /// For a body value that is `base + lane number`: its base. Reads at such indices are
  /// contiguous.
  DenseMap<Value, Value> consecutive;

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
    emitLanes(bodyOp);
  }

  void emitIndex(linalg::IndexOp index) {
    Location loc = index.getLoc();
    Value base = getValueOrCreateConstantIndexOp(builder, loc, point[index.getDim()]);
    if (index.getDim() != lane) {
      mapping.map(index.getResult(), base);
      return;
    }
    auto type = VectorType::get({lanes}, builder.getIndexType());
    Value step = vector::StepOp::create(builder, loc, type);
    Value start = vector::BroadcastOp::create(builder, loc, type, base);
    mapping.map(index.getResult(), arith::AddIOp::create(builder, loc, start, step).getResult());
    consecutive[index.getResult()] = base;
  }

  /// Index arithmetic that tiling puts around linalg.index: `index + offset`.
  bool propagateConsecutive(Operation *bodyOp) {
    Value varying, result;
    Value base;
    Location loc = bodyOp->getLoc();
    if (auto add = dyn_cast<arith::AddIOp>(bodyOp)) {
      result = add.getResult();
      for (auto [a, b] : {std::pair(add.getLhs(), add.getRhs()), {add.getRhs(), add.getLhs()}}) {
        auto it = consecutive.find(a);
        if (it == consecutive.end() || isVector(mapped(b)) || !result.getType().isIndex())
          continue;
        varying = a;
        base = arith::AddIOp::create(builder, loc, it->second, mapped(b));
        break;
      }
    } else if (auto apply = dyn_cast<affine::AffineApplyOp>(bodyOp)) {
      result = apply.getResult();
      // Only sums: evaluate the map at the bases, and at the lanes by adding the lane number.
      AffineMap map = apply.getAffineMap();
      SmallVector<Value> operands;
      unsigned varyingCount = 0;
      for (auto [i, operand] : llvm::enumerate(apply.getMapOperands())) {
        auto it = consecutive.find(operand);
        if (it == consecutive.end()) {
          if (isVector(mapped(operand)))
            return false;
          operands.push_back(mapped(operand));
          continue;
        }
        ++varyingCount;
        AffineExpr plusOne, expr = map.getResult(0);
        MLIRContext *context = builder.getContext();
        bool isDim = i < map.getNumDims();
        AffineExpr variable = isDim ? getAffineDimExpr(i, context)
                                    : getAffineSymbolExpr(i - map.getNumDims(), context);
        plusOne = expr.replace(variable, variable + 1);
        if (simplifyAffineExpr(plusOne - expr, map.getNumDims(), map.getNumSymbols()) !=
            getAffineConstantExpr(1, context))
          return false;
        operands.push_back(it->second);
      }
      if (varyingCount != 1)
        return false;
      varying = result;
      base = affine::AffineApplyOp::create(builder, loc, map, operands);
    }
    if (!varying)
      return false;
    auto type = VectorType::get({lanes}, builder.getIndexType());
    Value step = vector::StepOp::create(builder, loc, type);
    Value start = vector::BroadcastOp::create(builder, loc, type, base);
    mapping.map(result, arith::AddIOp::create(builder, loc, start, step).getResult());
    consecutive[result] = base;
    return true;
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
    indices.push_back(it->second);
    Location loc = bodyOp->getLoc();
    Value padding = ub::PoisonOp::create(builder, loc, extract.getType());
    mapping.map(
        extract.getResult(),
        vector::TransferReadOp::create(builder, loc, VectorType::get({lanes}, extract.getType()),
                                       extract.getTensor(), indices, padding, ArrayRef<bool>{true})
            .getResult());
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
