// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/Schedule/Heuristics.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_DEINTERLEAVESUMS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-deinterleave-sums"

using namespace mlir;

/// The even and the odd lanes of a vector.
using Halves = std::pair<Value, Value>;

static bool isWidened(Value value) {
  auto op = value.getDefiningOp<arith::ExtFOp>();
  return op && getElementTypeOrSelf(op.getIn()).isBF16() && op.getType() == value.getType() &&
         getElementTypeOrSelf(value).isF32();
}

/// An operation on each lane for itself.
static bool isLanewise(Operation *op) {
  return op && op->getNumResults() == 1 && OpTrait::hasElementwiseMappableTraits(op);
}

/// The same number in all lanes.
static bool isSplat(Value value) {
  DenseElementsAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant.isSplat();
  auto broadcast = value.getDefiningOp<vector::BroadcastOp>();
  return broadcast && !isa<VectorType>(broadcast.getSourceType());
}

namespace {

/// One loop, whose carried vectors become their even and odd lanes.
class LoopSplitter {
public:
  LoopSplitter(RewriterBase &rewriter, scf::ForOp loop, int64_t lanes)
      : rewriter(rewriter), loop(loop), lanes(lanes) {}

  void run() {
    for (auto [position, argument] : llvm::enumerate(loop.getRegionIterArgs())) {
      if (isWholeVectors(argument.getType()) && rate(getYielded(position)) == Worth::splits)
        positions.push_back(position);
    }
    // An argument that stays whole would have to be taken apart in each step. Without it, others
    // may have to stay whole as well.
    size_t before;
    do {
      before = positions.size();
      dependsOnly.clear();
      llvm::erase_if(positions,
                     [&](unsigned position) { return !dependsOnSplit(getYielded(position)); });
    } while (positions.size() < before);
    if (positions.empty())
      LDBG() << "nothing to split in " << loop.getLoc();
    else
      split();
  }

private:
  Value getYielded(unsigned position) { return loop.getYieldedValues()[position]; }

  /// Whether both halves of `type` fill vector registers.
  bool isWholeVectors(Type type) const {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() == 1 && !vector.isScalable() &&
           vector.getElementType().isF32() && vector.getNumElements() % (2 * lanes) == 0;
  }

  bool isInside(Value value) { return loop.getRegion().isAncestor(value.getParentRegion()); }

  /// What comes of computing the halves of a value as such.
  enum class Worth {
    none,   ///< it cannot be done
    little, ///< it can, and saves nothing
    splits  ///< it can, and something is widened by half the work
  };

  Worth rate(Value value) {
    // What an inner loop returns was widened there.
    if (isWidened(value) || value.getDefiningOp<vector::InterleaveOp>())
      return Worth::splits;
    if (isSplat(value))
      return Worth::little;
    if (auto argument = dyn_cast<BlockArgument>(value))
      return argument.getOwner() == loop.getBody() ? Worth::little : Worth::none;
    if (auto found = rated.find(value); found != rated.end())
      return found->second;
    Operation *op = value.getDefiningOp();
    Worth worth = isLanewise(op) && isInside(value) ? Worth::little : Worth::none;
    for (Value operand : op->getOperands()) {
      if (worth == Worth::none)
        break;
      if (isa<VectorType>(operand.getType())) {
        Worth other = rate(operand);
        worth = other == Worth::none ? other : std::max(worth, other);
      }
    }
    rated[value] = worth;
    return worth;
  }

  /// Whether all arguments that `value` is computed from are split as well.
  bool dependsOnSplit(Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return llvm::is_contained(positions, argument.getArgNumber() - 1);
    Operation *op = value.getDefiningOp();
    if (isWidened(value) || !isLanewise(op) || !isInside(value))
      return true;
    if (auto found = dependsOnly.find(value); found != dependsOnly.end())
      return found->second;
    bool depends = llvm::all_of(op->getOperands(), [&](Value operand) {
      return !isa<VectorType>(operand.getType()) || dependsOnSplit(operand);
    });
    dependsOnly[value] = depends;
    return depends;
  }

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
    if (isSplat(value))
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
    if (isSplat(value))
      return splitSplat(value);
    if (isWidened(value))
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

  /// A bf16 is the upper half of the f32 of the same value: even lanes are shifted there, odd ones
  /// are there.
  Halves widenHalves(arith::ExtFOp op) {
    Location loc = op.getLoc();
    VectorType floats = getHalfType(op.getType());
    auto words = VectorType::get(floats.getShape(), rewriter.getI32Type());
    auto splat = [&](int32_t number) -> Value {
      return arith::ConstantOp::create(rewriter, loc, DenseElementsAttr::get(words, number));
    };
    Value bits = vector::BitCastOp::create(rewriter, loc, words, op.getIn());
    Value even = arith::ShLIOp::create(rewriter, loc, bits, splat(16));
    Value odd = arith::AndIOp::create(rewriter, loc, bits, splat(0xffff0000));
    return {arith::BitcastOp::create(rewriter, loc, floats, even),
            arith::BitcastOp::create(rewriter, loc, floats, odd)};
  }

  RewriterBase &rewriter;
  scf::ForOp loop;
  int64_t lanes;
  SmallVector<unsigned> positions;
  DenseMap<Value, Worth> rated;
  DenseMap<Value, bool> dependsOnly; // on `positions` as they are
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
