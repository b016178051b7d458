// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Emits the scale and the shift of an affine chain, each by one generic over the channels.
#include "passes/Graph/AffineChain.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace {

/// scale * x + shift; a null scale is 1 and a null shift is 0.
struct Affine {
  Value scale, shift;
};

/// Runs the bodies of a chain on (scale, shift) in place of numbers, in the body of a generic
/// over the channels that is under construction.
class CoefficientBody {
public:
  CoefficientBody(const tw::AffineChain &chain, OpBuilder &outer)
      : chain(chain), type(chain.getComputeType()), outer(outer),
        b(chain.getLast().getLoc(), outer), block(b.createBlock(&region)) {}

  Affine run(Value bias) {
    Affine state;
    if (bias)
      state.shift = convert(read(bias, b.getMultiDimIdentityMap(1)));
    for (const tw::AffineLink &link : chain.links)
      state = runLink(link, state);
    return state;
  }

  /// Ends the body with `result` and returns the tensor of its values over the channels.
  Value finish(Value result) {
    auto resultType = RankedTensorType::get({chain.getType().getDimSize(chain.channel)}, type);
    AffineMap identity = b.getMultiDimIdentityMap(1);
    if (auto argument = dyn_cast<BlockArgument>(result); argument && argument.getOwner() == block)
      if (Value input = inputs[argument.getArgNumber()];
          input.getType() == resultType && maps[argument.getArgNumber()] == identity)
        return input;
    linalg::YieldOp::create(b, result);
    dropUnused();
    Location loc = chain.getLast().getLoc();
    auto empty = tensor::EmptyOp::create(outer, loc, resultType.getShape(), type);
    block->addArgument(type, loc);
    maps.push_back(identity);
    auto generic = linalg::GenericOp::create(
        outer, loc, TypeRange(resultType), inputs, ValueRange(empty.getResult()), maps,
        SmallVector<utils::IteratorType>{utils::IteratorType::parallel});
    generic.getRegion().takeBody(region);
    return generic.getResult(0);
  }

private:
  /// The body's argument for a coefficient.
  Value read(Value tensor, AffineMap map) {
    for (auto [i, input] : llvm::enumerate(inputs))
      if (input == tensor && maps[i] == map)
        return block->getArgument(i);
    inputs.push_back(tensor);
    maps.push_back(map);
    return block->addArgument(getElementTypeOrSelf(tensor), chain.getLast().getLoc());
  }

  /// From a map of the chain's dimensions to one of the channel alone.
  AffineMap onChannel(AffineMap map) {
    SmallVector<AffineExpr> results;
    for (AffineExpr result : map.getResults()) {
      bool isChannel = result == b.getAffineDimExpr(chain.channel);
      results.push_back(isChannel ? b.getAffineDimExpr(0) : b.getAffineConstantExpr(0));
    }
    return AffineMap::get(1, 0, results, b.getContext());
  }

  Affine runLink(const tw::AffineLink &link, Affine state) {
    linalg::GenericOp op = link.op;
    IRMapping mapping;
    DenseMap<Value, Affine> affine;
    for (OpOperand *input : op.getDpsInputOperands()) {
      BlockArgument argument = op.getMatchingBlockArgument(input);
      if (input == link.data)
        affine[argument] = state;
      else if (!argument.use_empty())
        mapping.map(argument, read(input->get(), onChannel(op.getMatchingIndexingMap(input))));
    }
    for (Operation &inner : op.getBody()->without_terminator()) {
      auto isVariable = [&](Value operand) { return affine.contains(operand); };
      if (llvm::none_of(inner.getOperands(), isVariable)) {
        b.clone(inner, mapping);
        continue;
      }
      SmallVector<Value> coefficients;
      Affine before;
      for (Value operand : inner.getOperands()) {
        if (isVariable(operand))
          before = affine[operand];
        coefficients.push_back(isVariable(operand) ? Value()
                                                   : convert(mapping.lookupOrDefault(operand)));
      }
      affine[inner.getResult(0)] = apply(inner, before, coefficients);
    }
    return affine.at(op.getBody()->getTerminator()->getOperand(0));
  }

  /// `op` on x in place of the null coefficient.
  Affine apply(Operation &op, Affine x, ArrayRef<Value> k) {
    return llvm::TypeSwitch<Operation *, Affine>(&op)
        .Case([&](arith::AddFOp) { return add(x, k[0] ? k[0] : k[1]); })
        .Case([&](arith::SubFOp) { return k[0] ? add(negate(x), k[0]) : subtract(x, k[1]); })
        .Case([&](arith::MulFOp) { return multiply(x, k[0] ? k[0] : k[1]); })
        .Case([&](arith::DivFOp) { return divide(x, k[1]); })
        .Case([&](arith::NegFOp) { return negate(x); })
        .Case([&](math::FmaOp) {
          if (!k[2])
            return add(x, arith::MulFOp::create(b, k[0], k[1]));
          return add(multiply(x, k[0] ? k[0] : k[1]), k[2]);
        })
        .Default(x); // the casts that matching lets through
  }

  Affine add(Affine x, Value k) {
    return {x.scale, x.shift ? arith::AddFOp::create(b, x.shift, k) : k};
  }
  Affine subtract(Affine x, Value k) {
    return {x.scale, x.shift ? arith::SubFOp::create(b, x.shift, k).getResult()
                             : arith::NegFOp::create(b, k).getResult()};
  }
  Affine multiply(Affine x, Value k) {
    return {x.scale ? arith::MulFOp::create(b, x.scale, k) : k,
            x.shift ? arith::MulFOp::create(b, x.shift, k) : Value()};
  }
  Affine divide(Affine x, Value k) {
    return {arith::DivFOp::create(b, x.scale ? x.scale : number(1), k),
            x.shift ? arith::DivFOp::create(b, x.shift, k) : Value()};
  }
  Affine negate(Affine x) {
    return {x.scale ? arith::NegFOp::create(b, x.scale) : number(-1),
            x.shift ? arith::NegFOp::create(b, x.shift) : Value()};
  }

  Value number(double value) { return arith::ConstantOp::create(b, b.getFloatAttr(type, value)); }

  Value convert(Value value) {
    unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getWidth();
    if (from == to)
      return value;
    return from < to ? arith::ExtFOp::create(b, type, value).getResult()
                     : arith::TruncFOp::create(b, type, value).getResult();
  }

  void dropUnused() {
    for (Operation *op = block->getTerminator()->getPrevNode(); op;) {
      Operation *before = op->getPrevNode();
      if (op->use_empty())
        op->erase();
      op = before;
    }
    for (unsigned i = inputs.size(); i-- > 0;) {
      if (!block->getArgument(i).use_empty())
        continue;
      block->eraseArgument(i);
      inputs.erase(inputs.begin() + i);
      maps.erase(maps.begin() + i);
    }
  }

  const tw::AffineChain &chain;
  FloatType type;
  OpBuilder &outer;
  Region region;
  ImplicitLocOpBuilder b;
  Block *block;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
};

} // namespace

Value tw::AffineChain::buildScale(OpBuilder &builder) const {
  CoefficientBody body(*this, builder);
  return body.finish(body.run({}).scale);
}

Value tw::AffineChain::buildShift(OpBuilder &builder, Value bias) const {
  CoefficientBody body(*this, builder);
  return body.finish(body.run(bias).shift);
}
