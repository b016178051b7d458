// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pack/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/VectorDimension.h"
#include "llvm/Support/DebugLog.h"
#include <numeric>

namespace tw {
#define GEN_PASS_DEF_PACKPANELS
#include "passes/Pack/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-pack-panels"

using namespace mlir;

namespace {

/// Smaller weights stay in the first-level cache in any order.
constexpr int64_t kMinPackedBytes = 4096;

/// Fewer rows of the result read the matrix too seldom to pay for a copy of it in each call.
constexpr int64_t kMinReadingRows = 64;

/// More than a way of any second-level cache holds.
constexpr int64_t kWayBytes = 65536;

/// The operand of a contraction or convolution that has its columns, as it is read: batch or group
/// dimensions, then those that are summed over, then the columns.
struct Matrix {
  OpOperand *operand;
  int64_t numBatchDims;

  RankedTensorType getType() const { return cast<RankedTensorType>(operand->get().getType()); }
  int64_t getColumnDim() const { return getType().getRank() - 1; }
  int64_t getColumns() const { return getType().getShape().back(); }
  /// Those of one batch, all that a column is summed over.
  int64_t getRows() const {
    return ShapedType::getNumElements(
        getType().getShape().slice(numBatchDims, getColumnDim() - numBatchDims));
  }
};

/// The matrix of `op`, if panels of its columns serve it; otherwise nothing, and the reason in
/// `reason`.
std::optional<Matrix> matchMatrix(linalg::LinalgOp op, StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  if (!op.hasPureTensorSemantics() || op->getNumResults() != 1 || op.getNumReductionLoops() == 0)
    return refuse("not a contraction or window on tensors");
  std::optional<tw::VectorDimension> vector = tw::getVectorDimension(op);
  if (!vector || vector->isReduction)
    return refuse("lanes do not run along columns of the result");
  OpOperand *operand = nullptr;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!op.getMatchingIndexingMap(input).isFunctionOfDim(vector->loop))
      continue;
    // A depthwise convolution: each row loads vectors of its own.
    if (operand)
      return refuse("rows do not share what is read along the columns");
    operand = input;
  }
  if (!operand)
    return refuse("nothing is read along the columns");

  AffineMap map = op.getMatchingIndexingMap(operand);
  Matrix matrix{operand, 0};
  if (!map.isProjectedPermutation() || !matrix.getType().hasStaticShape() ||
      map.getDimPosition(matrix.getColumnDim()) != vector->loop)
    return refuse("columns are not the last dimension of a static matrix");
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  auto isReduced = [&](int64_t dim) {
    return kinds[map.getDimPosition(dim)] == utils::IteratorType::reduction;
  };
  while (matrix.numBatchDims < matrix.getColumnDim() && !isReduced(matrix.numBatchDims))
    ++matrix.numBatchDims;
  if (matrix.numBatchDims == matrix.getColumnDim())
    return refuse("the matrix is not summed over");
  for (int64_t dim = matrix.numBatchDims; dim < matrix.getColumnDim(); ++dim)
    if (!isReduced(dim))
      return refuse("a batch dimension lies between those that are summed over");
  return matrix;
}

/// Bytes of a tensor of numbers; those of other types cannot be padded.
int64_t getBytes(RankedTensorType type) {
  Type element = type.getElementType();
  return element.isIntOrFloat() ? type.getNumElements() * element.getIntOrFloatBitWidth() / 8 : 0;
}

/// Whether a matrix that changes from call to call is worth packing in each.
bool paysInEachCall(linalg::LinalgOp op, const Matrix &matrix, tw::TargetAttr target,
                    StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return false;
  };
  AffineMap map = op.getMatchingIndexingMap(matrix.operand);
  int64_t readingRows = 1;
  for (auto [loop, size] : llvm::enumerate(op.getStaticLoopRanges())) {
    if (map.isFunctionOfDim(loop))
      continue;
    if (ShapedType::isDynamic(size))
      return refuse("not constant, and it is not known how many rows read it");
    readingRows *= size;
  }
  if (readingRows < kMinReadingRows)
    return refuse("not constant, and few rows read it");
  // The copy reads through the transpose, which is no further work then.
  if (matrix.operand->get().getDefiningOp<linalg::TransposeOp>())
    return true;
  // Rows that are a multiple of a power of two apart share sets of the cache: of so many, as the
  // cache has room for one in each power, the first is gone when the next row of the result
  // wants it. Others are read in place as fast: the copy cost up to a tenth there.
  int64_t rowBytes =
      getBytes(matrix.getType()) / matrix.getType().getNumElements() * matrix.getColumns();
  if (matrix.getRows() <= target.getL2Bytes() / std::gcd(rowBytes, kWayBytes))
    return refuse("not constant, and its rows stay in the second-level cache");
  return true;
}

bool isWorthPacking(linalg::LinalgOp op, const Matrix &matrix, const tw::ConstantValues &constants,
                    tw::TargetAttr target, StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return false;
  };
  if (constants.contains(op->getResult(0)))
    return refuse("constant itself");
  if (matrix.getColumns() <= tw::getPanelColumns(matrix.getColumns(), target) ||
      getBytes(matrix.getType()) < kMinPackedBytes)
    return refuse("one panel, or small");
  return constants.contains(matrix.operand->get()) || paysInEachCall(op, matrix, target, reason);
}

/// Lets the operation read the matrix from panels of `width` columns.
void pack(RewriterBase &rewriter, const Matrix &matrix, int64_t width) {
  Operation *op = matrix.operand->getOwner();
  rewriter.setInsertionPoint(op);
  Value value = matrix.operand->get();
  Location loc = value.getLoc();
  RankedTensorType type = matrix.getType();
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, matrix.getColumnDim()));
  order.insert(order.begin() + matrix.numBatchDims, matrix.getColumnDim());
  SmallVector<int64_t> position = {matrix.getColumnDim()};
  SmallVector<OpFoldResult> tile = {rewriter.getIndexAttr(width)};
  Value padding;
  if (matrix.getColumns() % width != 0)
    padding = arith::ConstantOp::create(rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
  Value panels =
      linalg::PackOp::createDestinationTensor(rewriter, loc, value, tile, position, order);
  Value packed =
      linalg::PackOp::create(rewriter, loc, value, panels, position, tile,
                             padding ? std::optional<Value>(padding) : std::nullopt, order)
          .getResult();
  Value empty =
      tensor::EmptyOp::create(rewriter, loc, type.getShape(), type.getElementType()).getResult();
  Value unpacked =
      linalg::UnPackOp::create(rewriter, loc, packed, empty, position, tile, order).getResult();
  rewriter.modifyOpInPlace(op, [&] { matrix.operand->set(unpacked); });
}

struct PackPanels : tw::impl::PackPanelsBase<PackPanels> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    tw::TargetAttr target = tw::getRequiredTarget(function);
    if (!target)
      return signalPassFailure();
    tw::ConstantValues constants(function);
    IRRewriter rewriter(&getContext());
    for (auto op : llvm::to_vector(function.getOps<linalg::LinalgOp>())) {
      StringRef reason;
      std::optional<Matrix> matrix = matchMatrix(op, reason);
      if (matrix && !isWorthPacking(op, *matrix, constants, target, reason))
        matrix.reset();
      if (!matrix) {
        LDBG() << "not packed: " << reason << ": " << op->getName();
        continue;
      }
      pack(rewriter, *matrix, tw::getPanelColumns(matrix->getColumns(), target));
    }
  }
};

} // namespace
