// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Tile/ArgsortDecomposition.h"
#include "passes/Tile/AttentionDecomposition.h"
#include "passes/Tile/RowOperations.h"
#include "passes/Tile/ScatterDecomposition.h"

namespace tw {
#define GEN_PASS_DEF_DECOMPOSENAMEDOPS
#include "passes/Tile/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-decompose-named-ops"

using namespace mlir;

namespace {

/// tw.softmax -> row maximum, exponentials, row sum, one reciprocal a row, product. Its logarithm
/// -> row maximum, sum of exponentials that are not stored, one logarithm a row, differences.
struct DecomposeSoftmax : OpRewritePattern<tw::SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::SoftmaxOp op, PatternRewriter &rewriter) const override {
    RankedTensorType type = op.getResultType();
    SmallVector<bool> reduced(type.getRank(), false);
    reduced[op.getDimension()] = true;
    tw::RowBuilder rows(rewriter, op.getLoc(), op.getInput(), reduced);
    if (op.getLogarithm()) {
      rewriter.replaceOp(op, tw::buildLogarithms(rows, op.getInput(), op.getInit()));
      return success();
    }
    // The destination takes the exponentials when it is as wide, which saves a buffer.
    Value init =
        rows.getWideType() == type.getElementType() ? Value(op.getInit()) : rows.emptyTile();
    tw::RowExponentials row = tw::buildRowExponentials(
        rows, op.getInput(), init, /*factor=*/1.0, op.getZeroMaskedRows(), tw::Negligible::Keep);
    auto multiply = [](OpBuilder &b, Location l, ValueRange v) -> Value {
      return arith::MulFOp::create(b, l, v[0], v[1]);
    };
    rewriter.replaceOp(
        op, init == op.getInit()
                ? rows.updateTile(row.reciprocals, rows.getRowMap(), row.exponentials, multiply)
                : rows.mapTile({row.reciprocals, row.exponentials},
                               {rows.getRowMap(), rows.getTileMap()}, op.getInit(), multiply));
    return success();
  }
};

/// tw.layer_norm and tw.rms_norm -> mean, the mean square of what is left (the difference of two
/// large means would cancel), then one product and sum an element.
template <typename NormOp> struct DecomposeNorm : OpRewritePattern<NormOp> {
  using OpRewritePattern<NormOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(NormOp op, PatternRewriter &rewriter) const override {
    constexpr bool kCentered = std::is_same_v<NormOp, tw::LayerNormOp>;
    SmallVector<bool> reduced(op.getResultType().getRank(), false);
    std::fill(reduced.begin() + op.getAxis(), reduced.end(), true);
    tw::RowBuilder rows(rewriter, op.getLoc(), op.getInput(), reduced);
    AffineMap tileMap = rows.getTileMap(), rowMap = rows.getRowMap();
    Value length = rows.getRowLength();
    Value epsilon = rows.constant(op.getEpsilon().convertToDouble());
    auto add = [](OpBuilder &b, Location l, ValueRange v) -> Value {
      return arith::AddFOp::create(b, l, v[0], v[1]);
    };
    // Inputs begin with x, and with the mean of its row if there is one.
    auto centered = [](OpBuilder &b, Location l, ValueRange v) -> Value {
      return kCentered ? arith::SubFOp::create(b, l, v[0], v[1]).getResult() : v[0];
    };
    SmallVector<Value> inputs = {op.getInput()};
    SmallVector<AffineMap> maps = {tileMap};
    if (kCentered) {
      auto first = [](OpBuilder &, Location, ValueRange v) { return v[0]; };
      auto average = [&](Value sums) {
        return rows.mapRows(sums, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
          return arith::DivFOp::create(b, l, v[0], length);
        });
      };
      Value mean = average(rows.reduce(op.getInput(), tileMap, 0.0, first, add));
      // What rounding left in the mean of a row far from 0 is found in the mean of the differences;
      // it would otherwise shift every element.
      Value rest =
          average(rows.reduce({op.getInput(), mean}, {tileMap, rowMap}, 0.0, centered, add));
      inputs.push_back(rows.mapRows({mean, rest}, add));
      maps.push_back(rowMap);
    }
    Value squares = rows.reduce(
        inputs, maps, 0.0,
        [&](OpBuilder &b, Location l, ValueRange v) -> Value {
          Value value = centered(b, l, v);
          return arith::MulFOp::create(b, l, value, value);
        },
        add);
    inputs.push_back(rows.mapRows(squares, [&](OpBuilder &b, Location l, ValueRange v) -> Value {
      Value variance = arith::DivFOp::create(b, l, v[0], length);
      return math::RsqrtOp::create(b, l, arith::AddFOp::create(b, l, variance, epsilon));
    }));
    maps.push_back(rowMap);
    for (Value parameter : {op.getGamma(), op.getBeta()})
      if (parameter) {
        inputs.push_back(parameter);
        maps.push_back(rows.getInRowMap());
      }
    bool hasGamma = op.getGamma() != nullptr, hasBeta = op.getBeta() != nullptr;
    rewriter.replaceOp(op, rows.mapTile(inputs, maps, op.getInit(),
                                        [&](OpBuilder &b, Location l, ValueRange v) -> Value {
                                          Value value = centered(b, l, v);
                                          v = v.drop_front(kCentered ? 2 : 1);
                                          value = arith::MulFOp::create(b, l, value, v[0]);
                                          if (hasGamma)
                                            value = arith::MulFOp::create(b, l, value, v[1]);
                                          if (hasBeta)
                                            value = arith::AddFOp::create(b, l, value, v.back());
                                          return value;
                                        }));
    return success();
  }
};

struct DecomposeNamedOps : tw::impl::DecomposeNamedOpsBase<DecomposeNamedOps> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeSoftmax, DecomposeNorm<tw::LayerNormOp>, DecomposeNorm<tw::RmsNormOp>>(
        &getContext());
    tw::populateArgsortDecomposition(patterns);
    tw::populateAttentionDecomposition(patterns);
    tw::populateScatterDecomposition(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
