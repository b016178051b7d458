// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Heuristics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "passes/Schedule/ContractionSchedule.h"
#include "passes/Schedule/RowSchedule.h"
#include "passes/Schedule/ScatterSchedule.h"
#include "passes/Schedule/TileSizes.h"
#include "passes/Schedule/VectorDimension.h"
#include "passes/Schedule/WinogradSchedule.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

tw::TargetAttr tw::getTarget(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>(kTargetAttr))
      return target;
  return nullptr;
}

tw::TargetAttr tw::getRequiredTarget(Operation *op) {
  TargetAttr target = getTarget(op);
  if (!target)
    op->emitError("needs a module with a 'tw.target' attribute; run tw-attach-target or the input "
                  "phase first");
  return target;
}

int64_t tw::getLanes(TargetAttr target) {
  return std::max<int64_t>(1, target.getVectorBits() / 32);
}

int64_t tw::getPanelColumns(int64_t columns, TargetAttr target) {
  int64_t lanes = getLanes(target);
  if (ShapedType::isDynamic(columns))
    return 2 * lanes;
  if (columns <= 2 * lanes)
    return columns;
  // Three vectors leave fewer rows than two but beat a remainder of less than two vectors.
  for (int64_t vectors : {2, 3})
    if (columns % (vectors * lanes) == 0)
      return vectors * lanes;
  return 2 * lanes;
}

/// The dimension of the result along which an input is contiguous, where it is not the last one.
static std::optional<int64_t> getTransposedDim(linalg::LinalgOp op) {
  AffineMap result = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (map.getNumResults() < 2 || !map.isProjectedPermutation() || !result.isPermutation() ||
        !map.isFunctionOfDim(result.getDimPosition(result.getNumResults() - 1)))
      continue;
    std::optional<unsigned> dim = result.getResultPosition(map.getResults().back());
    if (dim && *dim + 1 != result.getNumResults())
      return *dim;
  }
  return std::nullopt;
}

static tw::ScheduleAttr chooseElementwise(const tw::GroupShape &group) {
  ArrayRef<int64_t> shape = group.shape;
  int64_t rank = shape.size(), lanes = tw::getLanes(group.target);
  SmallVector<int64_t> registers(rank, 1);
  if (rank == 0)
    return group.getSchedule({}, {}, {});
  // Squares of vectors, or narrower blocks, which are transposed in registers.
  std::optional<int64_t> transposed = getTransposedDim(cast<linalg::LinalgOp>(group.root));
  auto isLong = [&](int64_t size) { return ShapedType::isDynamic(size) || size >= 4; };
  if (transposed && isLong(shape[*transposed]) && isLong(shape.back())) {
    for (int64_t dim : {*transposed, rank - 1})
      registers[dim] = ShapedType::isDynamic(shape[dim]) ? lanes : std::min(shape[dim], lanes);
    return group.getSchedule(tw::distributeElements(shape, 1, 0), registers, {});
  }
  // Short rows without a loop of their own. Of long ones a vector at a time, loaded, computed and
  // stored before the next: several at once need the registers of several, and loads and stores
  // that come in bunches are slower from memory.
  int64_t columns = shape.back(), few = 4 * lanes;
  bool isShort = !ShapedType::isDynamic(columns) && columns <= few;
  registers.back() = isShort ? columns : lanes;
  int64_t rows = isShort ? std::clamp<int64_t>(few / std::max<int64_t>(1, columns), 1, 8) : 1;
  if (rank > 1 && rows > 1)
    registers[rank - 2] = tw::chooseRows(shape[rank - 2], rows);
  return group.getSchedule(tw::distributeElements(shape, 1, 0), registers, {});
}

tw::ScheduleAttr tw::chooseSchedule(Operation *root, Operation *last, TargetAttr target) {
  if (target.getKind() == "cuda")
    return chooseSimtSchedule(root, last);
  GroupShape group(root, last, target);
  if (isa<ScatterOp>(root))
    return chooseScatterSchedule(group);
  if (isa<WinogradInputOp>(root))
    return chooseWinogradInputSchedule(group);
  if (isa<WinogradOutputOp>(root))
    return chooseWinogradOutputSchedule(group);
  auto linalgRoot = dyn_cast<linalg::LinalgOp>(root);
  if (!linalgRoot)
    return chooseRowSchedule(group);
  if (linalgRoot.getNumReductionLoops() == 0)
    return chooseElementwise(group);
  std::optional<VectorDimension> vector = getVectorDimension(linalgRoot);
  return vector && !vector->isReduction ? chooseContractionSchedule(group, vector->loop)
                                        : chooseReductionSchedule(group);
}
