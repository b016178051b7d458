// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/SplittableSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

bool tw::isWidenedFromBf16(Value value) {
  auto op = value.getDefiningOp<arith::ExtFOp>();
  return op && getElementTypeOrSelf(op.getIn()).isBF16() && getElementTypeOrSelf(value).isF32();
}

bool tw::isSplat(Value value) {
  DenseElementsAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    return constant.isSplat();
  auto broadcast = value.getDefiningOp<vector::BroadcastOp>();
  return broadcast && !isa<VectorType>(broadcast.getSourceType());
}

/// An operation on each lane for itself.
static bool isLanewise(Operation *op) {
  return op && op->getNumResults() == 1 && OpTrait::hasElementwiseMappableTraits(op);
}

namespace {

/// One loop, and what its carried vectors are computed from.
class LoopRating {
public:
  LoopRating(scf::ForOp loop, int64_t lanes) : loop(loop), lanes(lanes) {}

  SmallVector<unsigned> find() {
    for (auto [position, argument] : llvm::enumerate(loop.getRegionIterArgs()))
      if (isWholeVectors(argument.getType()))
        positions.push_back(position);
    // An argument that stays whole would have to be taken apart in each step: without it, others
    // may have to stay whole as well.
    size_t before;
    do {
      before = positions.size();
      rated.clear();
      llvm::erase_if(positions, [&](unsigned position) {
        return rate(loop.getYieldedValues()[position]) != Worth::splits;
      });
    } while (positions.size() < before);
    return positions;
  }

private:
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
    if (tw::isWidenedFromBf16(value) || value.getDefiningOp<vector::InterleaveOp>())
      return Worth::splits;
    if (tw::isSplat(value))
      return Worth::little;
    if (auto argument = dyn_cast<BlockArgument>(value))
      return isSplit(argument) ? Worth::little : Worth::none;
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

  bool isSplit(BlockArgument argument) {
    return argument.getOwner() == loop.getBody() &&
           llvm::is_contained(positions, argument.getArgNumber() - loop.getNumInductionVars());
  }

  scf::ForOp loop;
  int64_t lanes;
  SmallVector<unsigned> positions;
  DenseMap<Value, Worth> rated; // with `positions` as they are
};

} // namespace

SmallVector<unsigned> tw::findSplittableSums(scf::ForOp loop, int64_t lanes) {
  return LoopRating(loop, lanes).find();
}
