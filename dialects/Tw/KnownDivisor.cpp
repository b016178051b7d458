// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/KnownDivisor.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include <numeric>

using namespace mlir;

namespace {

struct DivisorAnalysis {
  int64_t number;

  int64_t ofConstant(int64_t value) { return std::gcd(value, number); }
  /// Both arguments divide `number`, so that nothing overflows.
  int64_t ofProduct(int64_t a, int64_t b) { return std::gcd(a * b, number); }

  int64_t of(OpFoldResult index) {
    if (std::optional<int64_t> constant = getConstantIntValue(index))
      return ofConstant(*constant);
    auto value = cast<Value>(index);
    if (auto argument = dyn_cast<BlockArgument>(value))
      return ofInductionVariable(argument);
    if (auto apply = value.getDefiningOp<affine::AffineApplyOp>())
      return ofExpression(apply.getAffineMap().getResult(0), apply.getAffineMap().getNumDims(),
                          apply.getMapOperands());
    if (auto add = value.getDefiningOp<arith::AddIOp>())
      return std::gcd(of(add.getLhs()), of(add.getRhs()));
    if (auto sub = value.getDefiningOp<arith::SubIOp>())
      return std::gcd(of(sub.getLhs()), of(sub.getRhs()));
    if (auto mul = value.getDefiningOp<arith::MulIOp>())
      return ofProduct(of(mul.getLhs()), of(mul.getRhs()));
    return 1;
  }

  int64_t ofInductionVariable(BlockArgument argument) {
    auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    if (!loop)
      return 1;
    std::optional<SmallVector<Value>> variables = loop.getLoopInductionVars();
    std::optional<SmallVector<OpFoldResult>> starts = loop.getLoopLowerBounds();
    std::optional<SmallVector<OpFoldResult>> steps = loop.getLoopSteps();
    if (!variables || !starts || !steps)
      return 1;
    for (auto [variable, start, step] : llvm::zip_equal(*variables, *starts, *steps))
      if (variable == argument)
        return std::gcd(of(start), of(step));
    return 1;
  }

  int64_t ofExpression(AffineExpr expr, unsigned numDims, ValueRange operands) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return ofConstant(constant.getValue());
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return of(operands[dim.getPosition()]);
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
      return of(operands[numDims + symbol.getPosition()]);
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t lhs = ofExpression(binary.getLHS(), numDims, operands);
    int64_t rhs = ofExpression(binary.getRHS(), numDims, operands);
    switch (binary.getKind()) {
    case AffineExprKind::Add:
    case AffineExprKind::Mod: // lhs - rhs * q
      return std::gcd(lhs, rhs);
    case AffineExprKind::Mul:
      return ofProduct(lhs, rhs);
    default:
      return 1;
    }
  }
};

} // namespace

int64_t tw::getKnownDivisor(OpFoldResult index, int64_t number) {
  return DivisorAnalysis{number}.of(index);
}
