// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Narrow/WordHalves.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Vectorize/SplittableSums.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_DEINTERLEAVESUMS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-deinterleave-sums"

using namespace mlir;

/// The even and the odd lanes of a vector.
using Halves = std::pair<Value, Value>;

namespace {

/// One loop, whose carried vectors become their even and odd lanes.
class LoopSplitter {
public:
  LoopSplitter(RewriterBase &rewriter, scf::ForOp loop, int64_t lanes)
      : rewriter(rewriter), loop(loop), positions(tw::findSplittableSums(loop, lanes)) {}

  void run() {
    if (positions.empty())
      LDBG() << "nothing to split in " << loop.getLoc();
    else
      split();
  }

private:
  Value getYielded(unsigned position) { return loop.getYieldedValues()[position]; }

  void split() {
    rewriter.setInsertionPoint(loop);
    SmallVector<Value> inits;
    for (unsigned position : positions) {
      Halves halves = splitOutside(loop.getInitArgs()[position]);
      inits.append({halves.first, halves.second});
    }
    auto yieldHalves = [&](OpBuilder &, Location, ArrayRef<BlockArgument> arguments) {
      for (auto [index, position] : llvm::enumerate(positions))
        replaceArgument(loop.getRegionIterArgs()[position],
                        {arguments[2 * index], arguments[2 * index + 1]});
      SmallVector<Value> yielded;
      for (unsigned position : positions) {
        Halves halves = splitInside(getYielded(position));
        yielded.append({halves.first, halves.second});
        // Carries nothing any more, which the canonicalizer sees.
        (*loop.getYieldedValuesMutable())[position].set(loop.getRegionIterArgs()[position]);
      }
      return yielded;
    };
    unsigned count = loop.getNumResults();
    auto replaced = cast<scf::ForOp>(*loop.replaceWithAdditionalYields(
        rewriter, inits, /*replaceInitOperandUsesInLoop=*/false, yieldHalves));
    // What has computed the whole vectors.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*replaced.getBody())))
      if (isOpTriviallyDead(&op))
        rewriter.eraseOp(&op);
    rewriter.setInsertionPointAfter(replaced);
    for (auto [index, position] : llvm::enumerate(positions)) {
      Value whole = vector::InterleaveOp::create(rewriter, replaced.getLoc(),
                                                 replaced.getResult(count + 2 * index),
                                                 replaced.getResult(count + 2 * index + 1));
      rewriter.replaceAllUsesWith(replaced.getResult(position), whole);
    }
  }

  void replaceArgument(BlockArgument argument, Halves halves) {
    known[argument] = halves;
    // Of an inner loop that was split before.
    for (Operation *user : llvm::make_early_inc_range(argument.getUsers()))
      if (isa<vector::DeinterleaveOp>(user))
        rewriter.replaceOp(user, {halves.first, halves.second});
  }

  Halves splitOutside(Value value) {
    Location loc = loop.getLoc();
    if (auto found = known.find(value); found != known.end())
      return found->second;
    if (tw::isSplat(value))
      return known[value] = splitSplat(value);
    auto op = vector::DeinterleaveOp::create(rewriter, loc, value);
    return known[value] = {op.getRes1(), op.getRes2()};
  }

  Halves splitSplat(Value value) {
    VectorType type = getHalfType(value.getType());
    DenseElementsAttr constant;
    Value half;
    if (matchPattern(value, m_Constant(&constant)))
      half = arith::ConstantOp::create(rewriter, value.getLoc(), constant.resizeSplat(type));
    else
      half = vector::BroadcastOp::create(rewriter, value.getLoc(), type,
                                         value.getDefiningOp<vector::BroadcastOp>().getSource());
    return {half, half};
  }

  static VectorType getHalfType(Type type) {
    auto vector = cast<VectorType>(type);
    return VectorType::get({vector.getNumElements() / 2}, vector.getElementType());
  }

  Halves splitInside(Value value) {
    if (auto found = known.find(value); found != known.end())
      return found->second;
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointAfterValue(value);
    Halves halves = createHalves(value);
    known[value] = halves;
    return halves;
  }

  Halves createHalves(Value value) {
    if (auto whole = value.getDefiningOp<vector::InterleaveOp>())
      return {whole.getLhs(), whole.getRhs()};
    if (tw::isSplat(value))
      return splitSplat(value);
    if (tw::isWidenedFromBf16(value))
      return widenHalves(value.getDefiningOp<arith::ExtFOp>());
    Operation *op = value.getDefiningOp();
    SmallVector<Value> evens, odds;
    for (Value operand : op->getOperands()) {
      Halves halves =
          isa<VectorType>(operand.getType()) ? splitInside(operand) : Halves{operand, operand};
      evens.push_back(halves.first);
      odds.push_back(halves.second);
    }
    auto create = [&](ValueRange operands) {
      return rewriter
          .create(op->getLoc(), op->getName().getIdentifier(), operands,
                  TypeRange{getHalfType(value.getType())}, op->getAttrs())
          ->getResult(0);
    };
    return {create(evens), create(odds)};
  }

  Halves widenHalves(arith::ExtFOp op) {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto words = VectorType::get(getHalfType(op.getType()).getShape(), b.getI32Type());
    Value bits = vector::BitCastOp::create(b, words, op.getIn());
    Value even = tw::widenLowerHalf(b, bits), odd = tw::widenUpperHalf(b, bits);
    return {even, odd};
  }

  RewriterBase &rewriter;
  scf::ForOp loop;
  SmallVector<unsigned> positions;
  DenseMap<Value, Halves> known;
};

struct DeinterleaveSums : tw::impl::DeinterleaveSumsBase<DeinterleaveSums> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    SmallVector<scf::ForOp> loops;
    // Inner loops first: what they return is what the outer ones carry.
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    IRRewriter rewriter(&getContext());
    for (scf::ForOp loop : loops)
      LoopSplitter(rewriter, loop, tw::getLanes(target)).run();
  }
};

} // namespace
