// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include <array>
#include <map>

namespace tw {
#define GEN_PASS_DEF_UNROLLWINDOWS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-unroll-windows"

using namespace mlir;

namespace {

/// Windows of more pixels would be long code, and their pixels more than the registers hold.
constexpr int64_t kMostPixels = 8;

/// `value - iv`, if that is a constant.
std::optional<int64_t> getDistance(Value value, Value iv) {
  if (value == iv)
    return 0;
  auto apply = value.getDefiningOp<affine::AffineApplyOp>();
  if (!apply || apply.getMapOperands().size() != 1 || apply.getMapOperands().front() != iv)
    return std::nullopt;
  AffineExpr expr = apply.getAffineMap().getResult(0);
  MLIRContext *context = value.getContext();
  AffineExpr iterator = apply.getAffineMap().getNumDims() == 1 ? getAffineDimExpr(0, context)
                                                               : getAffineSymbolExpr(0, context);
  auto distance = dyn_cast<AffineConstantExpr>(simplifyAffineExpr(
      expr - iterator, apply.getAffineMap().getNumDims(), apply.getAffineMap().getNumSymbols()));
  return distance ? std::optional(distance.getValue()) : std::nullopt;
}

bool isNarrow(vector::TransferReadOp read) {
  Type element = read.getVectorType().getElementType();
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() == 16;
}

/// Whether an iteration reads what a later one reads again, of numbers that are widened first.
bool sharesPixels(scf::ForOp loop, int64_t count) {
  Value iv = loop.getInductionVar();
  SmallVector<vector::TransferReadOp> reads;
  for (auto read : loop.getBody()->getOps<vector::TransferReadOp>())
    if (isNarrow(read))
      reads.push_back(read);
  for (vector::TransferReadOp first : reads)
    for (vector::TransferReadOp second : reads) {
      if (first.getBase() != second.getBase() || first.getType() != second.getType())
        continue;
      bool isAhead = false, differs = false;
      for (auto [a, b] : llvm::zip_equal(first.getIndices(), second.getIndices())) {
        if (a == b)
          continue;
        std::optional<int64_t> from = getDistance(a, iv), to = getDistance(b, iv);
        if (from && to && *to > *from && *to - *from < count && !isAhead)
          isAhead = true;
        else
          differs = true;
      }
      if (isAhead && !differs)
        return true;
    }
  return false;
}

/// The iterations of a loop one behind the other, in any order that operands allow.
class Iterations {
public:
  Iterations(RewriterBase &rewriter, scf::ForOp loop, int64_t begin)
      : rewriter(rewriter), loop(loop), begin(begin) {}

  /// What `value` is in iteration `i`.
  Value get(Value value, int64_t i) {
    if (value == loop.getInductionVar())
      return arith::ConstantIndexOp::create(rewriter, loop.getLoc(), i);
    if (auto argument = dyn_cast<BlockArgument>(value);
        argument && argument.getOwner() == loop.getBody()) {
      unsigned carried = argument.getArgNumber() - 1;
      return i == begin ? loop.getInitArgs()[carried]
                        : get(loop.getYieldedValues()[carried], i - 1);
    }
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != loop.getBody())
      return value;
    IRMapping &map = maps[i - begin];
    if (Value known = map.lookupOrNull(value))
      return known;
    for (Value operand : op->getOperands())
      map.map(operand, get(operand, i));
    clone(op, map);
    return map.lookup(value);
  }

private:
  /// Indices become constants, so that equal ones are seen to be equal.
  void clone(Operation *op, IRMapping &map) {
    auto apply = dyn_cast<affine::AffineApplyOp>(op);
    if (!apply) {
      rewriter.clone(*op, map);
      return;
    }
    SmallVector<OpFoldResult> operands;
    for (Value operand : apply.getMapOperands())
      operands.push_back(getAsOpFoldResult(map.lookup(operand)));
    OpFoldResult index = affine::makeComposedFoldedAffineApply(rewriter, op->getLoc(),
                                                               apply.getAffineMap(), operands);
    map.map(apply.getResult(), getValueOrCreateConstantIndexOp(rewriter, op->getLoc(), index));
  }

  RewriterBase &rewriter;
  scf::ForOp loop;
  int64_t begin;
  std::array<IRMapping, kMostPixels> maps;
};

/// How far ahead of the first pixel of its iteration lies the last one that `value` is made of.
int64_t getPixel(scf::ForOp loop, Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != loop.getBody())
    return 0;
  int64_t pixel = 0;
  if (auto read = dyn_cast<vector::TransferReadOp>(op)) {
    for (Value index : read.getIndices())
      pixel = std::max(pixel, getDistance(index, loop.getInductionVar()).value_or(0));
    return pixel;
  }
  for (Value operand : op->getOperands())
    pixel = std::max(pixel, getPixel(loop, operand));
  return pixel;
}

struct UnrollWindow : OpRewritePattern<scf::ForOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(scf::ForOp loop, PatternRewriter &rewriter) const override {
    std::optional<int64_t> begin = getConstantIntValue(loop.getLowerBound());
    std::optional<int64_t> end = getConstantIntValue(loop.getUpperBound());
    if (!begin || !end || getConstantIntValue(loop.getStep()) != 1)
      return rewriter.notifyMatchFailure(loop, "its iterations are not known");
    if (*end - *begin < 2 || *end - *begin > kMostPixels)
      return rewriter.notifyMatchFailure(loop, "it has one iteration or many");
    if (llvm::any_of(*loop.getBody(), [](Operation &op) {
          return op.getNumRegions() != 0 || !(isPure(&op) || isa<vector::TransferReadOp>(op));
        }))
      return rewriter.notifyMatchFailure(loop, "it is no innermost loop of sums");
    if (!sharesPixels(loop, *end - *begin))
      return rewriter.notifyMatchFailure(loop, "its iterations read different narrow numbers");
    // Pixel by pixel: each is widened, multiplied by all its weights, and forgotten. In the order
    // of the loop most would wait for the next iteration, and not in registers.
    std::map<int64_t, SmallVector<std::pair<int64_t, Value>>> order;
    for (Value sum : loop.getYieldedValues())
      for (int64_t i = *begin, pixel = getPixel(loop, sum); i < *end; ++i)
        order[pixel + i].emplace_back(i, sum);
    Iterations iterations(rewriter, loop, *begin);
    for (auto &[pixel, sums] : order)
      for (auto [i, sum] : sums)
        iterations.get(sum, i);
    SmallVector<Value> results;
    for (Value sum : loop.getYieldedValues())
      results.push_back(iterations.get(sum, *end - 1));
    rewriter.replaceOp(loop, results);
    return success();
  }
};

struct UnrollWindows : tw::impl::UnrollWindowsBase<UnrollWindows> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<UnrollWindow>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }
};

} // namespace
