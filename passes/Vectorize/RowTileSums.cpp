// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/RowTileSums.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

/// Row tiles of which each reads the panel; a block that is read once need not stay.
static constexpr int64_t kMinRowTiles = 2;

/// Rows that are further apart are all on pages of their own, whose addresses the processor has to
/// look up anew in each block. Measured in tiles of 32 x 32 on 2 threads: with 768 and 1024 bf16 in
/// a row 0.80 to 0.95 of the time without blocks, with 2048 (a page) 0.92 to 1.10, with 3072 and
/// 4096 1.0 to 1.16.
static constexpr int64_t kPageBytes = 4096;

/// Whether `read` is the same for all rows.
static bool isOfPanel(vector::TransferReadOp read, scf::ForOp rows) {
  return read.getBase().getParentRegion()->isProperAncestor(&rows.getRegion()) &&
         !llvm::is_contained(read.getIndices(), rows.getInductionVar());
}

/// Bytes that an iteration of `sum` reads of the panel; 0 if that is not known.
static int64_t countPanelBytes(scf::ForOp sum, scf::ForOp rows) {
  int64_t bytes = 0;
  sum.getBody()->walk([&](vector::TransferReadOp read) {
    if (!isOfPanel(read, rows))
      return;
    VectorType type = read.getVectorType();
    int64_t size = type.getNumElements() * type.getElementTypeBitWidth() / 8;
    for (auto loop = read->getParentOfType<scf::ForOp>(); loop != sum;
         loop = loop->getParentOfType<scf::ForOp>()) {
      std::optional<APInt> trips = loop.getStaticTripCount();
      size *= trips ? trips->getSExtValue() : 0;
    }
    bytes += size;
  });
  return bytes;
}

/// Bytes from one row to the next of what `sum` reads beside the panel; nothing if they are not
/// known.
static std::optional<int64_t> getRowBytes(scf::ForOp sum, scf::ForOp rows) {
  int64_t most = 0;
  WalkResult result = sum.getBody()->walk([&](vector::TransferReadOp read) {
    if (isOfPanel(read, rows))
      return WalkResult::advance();
    auto type = cast<ShapedType>(read.getBase().getType());
    AffineMap map = read.getPermutationMap();
    if (map.getNumResults() != 2 || !map.isProjectedPermutation())
      return WalkResult::interrupt();
    ArrayRef<int64_t> inner = type.getShape().drop_front(map.getDimPosition(0) + 1);
    if (ShapedType::isDynamicShape(inner))
      return WalkResult::interrupt();
    most = std::max(most, ShapedType::getNumElements(inner) * type.getElementTypeBitWidth() / 8);
    return WalkResult::advance();
  });
  return result.wasInterrupted() ? std::nullopt : std::optional(most);
}

/// The most row tiles that `rows` goes over; nothing where that is not bounded.
static std::optional<int64_t> getMostTiles(scf::ForOp rows) {
  std::optional<int64_t> lower = getConstantIntValue(rows.getLowerBound());
  std::optional<int64_t> step = getConstantIntValue(rows.getStep());
  FailureOr<int64_t> upper = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {rows.getUpperBound()}, /*stopCondition=*/nullptr,
      /*closedUB=*/true);
  if (!lower || !step || failed(upper))
    return std::nullopt;
  return llvm::divideCeil(std::max<int64_t>(0, *upper - *lower), *step);
}

/// What `sum` needs of the body of `rows`; nothing if that depends on what `rows` carries.
static std::optional<SmallVector<Operation *>> findNeeded(scf::ForOp rows, scf::ForOp sum) {
  llvm::SetVector<Operation *> needed;
  SmallVector<Operation *> worklist = {sum};
  while (!worklist.empty()) {
    WalkResult result = worklist.pop_back_val()->walk([&](Operation *op) {
      for (Value operand : op->getOperands()) {
        if (operand.getParentBlock() != rows.getBody() || operand == rows.getInductionVar())
          continue;
        Operation *producer = operand.getDefiningOp();
        if (!producer || !isPure(producer))
          return WalkResult::interrupt();
        if (needed.insert(producer))
          worklist.push_back(producer);
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return std::nullopt;
  }
  SmallVector<Operation *> ordered = needed.takeVector();
  llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ordered;
}

std::optional<tw::RowTileSums> tw::matchRowTileSums(scf::ForOp sum, TargetAttr target,
                                                    StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  auto rows = dyn_cast<scf::ForOp>(sum->getParentOp());
  if (!rows || !sum->getParentOfType<scf::ForallOp>())
    return refuse("not in a loop over row tiles of a task");
  // Sums in vectors gain nothing (0.98 to 1.00): they wait for arithmetic, not for the panel.
  auto isTile = [](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getRank() == 2 && vector.getElementType().isF32();
  };
  if (sum.getNumResults() == 0 || !llvm::all_of(sum.getResultTypes(), isTile) ||
      !llvm::all_equal(sum.getResultTypes()))
    return refuse("its sums are no tiles of one shape");
  std::optional<int64_t> lower = getConstantIntValue(sum.getLowerBound());
  std::optional<int64_t> upper = getConstantIntValue(sum.getUpperBound());
  std::optional<int64_t> step = getConstantIntValue(sum.getStep());
  if (!lower || !upper || !step)
    return refuse("as many steps as a call says");
  std::optional<int64_t> tiles = getMostTiles(rows);
  if (!tiles || *tiles < kMinRowTiles)
    return refuse("one row tile, or any number");
  int64_t bytes = countPanelBytes(sum, rows), l1 = target.getL1Bytes(), room = l1 / 3;
  int64_t trips = llvm::divideCeil(*upper - *lower, *step);
  if (bytes * trips <= l1 * 2 / 3)
    return refuse("no panel, or one that stays in the first-level cache");
  if (bytes > room)
    return refuse("a step reads more of the panel than the first-level cache has room for");
  std::optional<int64_t> rowBytes = getRowBytes(sum, rows);
  if (!rowBytes || *rowBytes >= kPageBytes)
    return refuse("rows that are pages apart");
  std::optional<SmallVector<Operation *>> needed = findNeeded(rows, sum);
  if (!needed)
    return refuse("depends on what the loop over rows carries");
  int64_t blockTrips = llvm::divideCeil(trips, llvm::divideCeil(bytes * trips, room));
  return RowTileSums{rows, sum, *tiles, *lower, *upper, *step, blockTrips, std::move(*needed)};
}
