// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Narrow/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Layout/Transposes.h"
#include "passes/Narrow/ContractionBody.h"
#include "passes/Narrow/WordOperand.h"

namespace tw {
#define GEN_PASS_DEF_CONTRACTWORDS
#include "passes/Narrow/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-contract-words"

using namespace mlir;

namespace {

/// The position of `loop` among the results of `map`, if it is one of them as it is and no other
/// result depends on it.
std::optional<int64_t> findOnly(AffineMap map, unsigned loop) {
  std::optional<int64_t> found;
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(loop))
      continue;
    if (found || !isa<AffineDimExpr>(expr))
      return std::nullopt;
    found = position;
  }
  return found;
}

bool isLast(AffineMap map, std::optional<int64_t> position) {
  return position && *position + 1 == map.getNumResults();
}

/// Whether there are too few columns to fill half a vector, and words enough along `loop` to fill
/// one. See tw-convert-to-channels-last, which leaves the filters of such convolutions so.
bool areFewColumns(linalg::LinalgOp op, unsigned column, unsigned loop) {
  constexpr int64_t kFewColumns = 7, kLeastDepth = 32;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  return !ShapedType::isDynamic(sizes[column]) && sizes[column] <= kFewColumns &&
         sizes[loop] >= kLeastDepth;
}

struct ContractWordsPattern : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (!tw::isContractionOf(op, rewriter.getBF16Type()))
      return rewriter.notifyMatchFailure(op, "no contraction of bf16");
    OpOperand *init = op.getDpsInitOperand(0);
    Type element = getElementTypeOrSelf(init->get());
    if (!element.isF32() && !element.isBF16())
      return rewriter.notifyMatchFailure(op, "its sum is wider than f32, or f16");
    AffineMap result = op.getMatchingIndexingMap(init);
    AffineExpr last = result.getNumResults() == 0 ? AffineExpr() : result.getResults().back();
    auto column = dyn_cast_if_present<AffineDimExpr>(last);
    if (!column)
      return rewriter.notifyMatchFailure(op, "its result has no columns");
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    bool first = maps[0].isFunctionOfDim(column.getPosition());
    if (first == maps[1].isFunctionOfDim(column.getPosition()))
      return rewriter.notifyMatchFailure(op, "not one operand alone runs along the columns");
    unsigned columns = first ? 0 : 1, rows = 1 - columns;
    std::optional<unsigned> loop = chooseLoop(op, maps[rows], maps[columns]);
    if (!loop)
      return rewriter.notifyMatchFailure(op, "no loop that is summed over can be paired");

    Location loc = op.getLoc();
    SmallVector<Value> inputs = op.getDpsInputs();
    for (unsigned input : {rows, columns}) {
      int64_t dim = *findOnly(maps[input], *loop);
      inputs[input] =
          tw::toWords(rewriter, loc, tw::padToEven(rewriter, loc, inputs[input], dim), dim);
    }
    // A few columns leave their operand as it is: lanes are along the words of both, then.
    bool areFew = isLast(maps[rows], findOnly(maps[rows], *loop)) &&
                  areFewColumns(op, column.getPosition(), *loop);
    if (isLast(maps[columns], findOnly(maps[columns], *loop)) && !areFew)
      moveColumnsLast(rewriter, loc, inputs[columns], maps[columns],
                      findOnly(maps[columns], column.getPosition()));
    Type f32 = rewriter.getF32Type();
    Value start =
        element == f32 ? init->get() : tw::convertElements(rewriter, loc, init->get(), f32);
    auto emit = [](OpBuilder &b, Location l, ValueRange v) {
      linalg::YieldOp::create(b, l, Value(tw::Bf16DotOp::create(b, l, v[0], v[1], v[2])));
    };
    Value sum = linalg::GenericOp::create(rewriter, loc, start.getType(), inputs, start, maps,
                                          op.getIteratorTypesArray(), emit)
                    .getResult(0);
    rewriter.replaceOp(op, element == f32 ? sum : tw::convertElements(rewriter, loc, sum, element));
    return success();
  }

  /// The loop whose numbers are paired. The best is of even size, and of those the last dimension
  /// of the rows, whose words need no work. An odd one is padded by a zero, which must not double
  /// the work.
  static std::optional<unsigned> chooseLoop(linalg::LinalgOp op, AffineMap rows,
                                            AffineMap columns) {
    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    SmallVector<unsigned> loops;
    op.getReductionDims(loops);
    std::optional<unsigned> chosen;
    std::tuple<bool, bool> best;
    for (unsigned loop : loops) {
      std::optional<int64_t> inRows = findOnly(rows, loop);
      if (ShapedType::isDynamic(sizes[loop]) || sizes[loop] < 2 || !inRows ||
          !findOnly(columns, loop))
        continue;
      std::tuple<bool, bool> value = {sizes[loop] % 2 == 0, isLast(rows, inRows)};
      if (!chosen || value >= best)
        std::tie(chosen, best) = std::pair(loop, value);
    }
    return chosen;
  }

  /// Transposes words that were viewed along their last dimension, so that the columns are
  /// contiguous.
  static void moveColumnsLast(OpBuilder &builder, Location loc, Value &words, AffineMap &map,
                              std::optional<int64_t> column) {
    if (!column)
      return;
    SmallVector<int64_t> order;
    for (int64_t dim = 0; dim < map.getNumResults(); ++dim)
      if (dim != *column)
        order.push_back(dim);
    order.push_back(*column);
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : order)
      exprs.push_back(map.getResult(dim));
    words = tw::createTransposed(builder, loc, words, order);
    map = AffineMap::get(map.getNumDims(), 0, exprs, builder.getContext());
  }
};

struct ContractWords : tw::impl::ContractWordsBase<ContractWords> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ContractWordsPattern>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
