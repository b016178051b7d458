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

namespace tw {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Pack/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-pack-weights"

using namespace mlir;

namespace {

/// Smaller weights stay in the first-level cache in any order.
constexpr int64_t kMinPackedBytes = 4096;

/// Weights of a contraction or convolution, as it reads them: batch or group dimensions, then
/// those that are summed over, then the columns.
struct Weights {
  OpOperand *operand;
  int64_t numBatchDims;

  RankedTensorType getType() const { return cast<RankedTensorType>(operand->get().getType()); }
  int64_t getColumnDim() const { return getType().getRank() - 1; }
  int64_t getColumns() const { return getType().getShape().back(); }
};

/// The weights of `op`, if panels of their columns serve it; otherwise nothing, and the reason in
/// `reason`.
std::optional<Weights> matchWeights(linalg::LinalgOp op, const tw::ConstantValues &constants,
                                    StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  if (!op.hasPureTensorSemantics() || op->getNumResults() != 1 || op.getNumReductionLoops() == 0)
    return refuse("not a contraction or window on tensors");
  if (constants.contains(op->getResult(0)))
    return refuse("constant itself");
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
  if (!operand || !constants.contains(operand->get()))
    return refuse("no constant weights along the columns");

  AffineMap map = op.getMatchingIndexingMap(operand);
  Weights weights{operand, 0};
  if (!map.isProjectedPermutation() || !weights.getType().hasStaticShape() ||
      map.getDimPosition(weights.getColumnDim()) != vector->loop)
    return refuse("columns are not the last dimension of static weights");
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  auto isReduced = [&](int64_t dim) {
    return kinds[map.getDimPosition(dim)] == utils::IteratorType::reduction;
  };
  while (weights.numBatchDims < weights.getColumnDim() && !isReduced(weights.numBatchDims))
    ++weights.numBatchDims;
  if (weights.numBatchDims == weights.getColumnDim())
    return refuse("the weights are not summed over");
  for (int64_t dim = weights.numBatchDims; dim < weights.getColumnDim(); ++dim)
    if (!isReduced(dim))
      return refuse("a batch dimension lies between those that are summed over");
  return weights;
}

/// Bytes of a tensor of numbers; those of other types cannot be padded.
int64_t getBytes(RankedTensorType type) {
  Type element = type.getElementType();
  return element.isIntOrFloat() ? type.getNumElements() * element.getIntOrFloatBitWidth() / 8 : 0;
}

/// Lets the operation read the weights from panels of `width` columns.
void pack(RewriterBase &rewriter, const Weights &weights, int64_t width) {
  Operation *op = weights.operand->getOwner();
  rewriter.setInsertionPoint(op);
  Value value = weights.operand->get();
  Location loc = value.getLoc();
  RankedTensorType type = weights.getType();
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, weights.getColumnDim()));
  order.insert(order.begin() + weights.numBatchDims, weights.getColumnDim());
  SmallVector<int64_t> position = {weights.getColumnDim()};
  SmallVector<OpFoldResult> tile = {rewriter.getIndexAttr(width)};
  Value padding;
  if (weights.getColumns() % width != 0)
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
  rewriter.modifyOpInPlace(op, [&] { weights.operand->set(unpacked); });
}

struct PackWeights : tw::impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    tw::TargetAttr target = tw::getRequiredTarget(function);
    if (!target)
      return signalPassFailure();
    tw::ConstantValues constants(function);
    IRRewriter rewriter(&getContext());
    for (auto op : llvm::to_vector(function.getOps<linalg::LinalgOp>())) {
      StringRef reason;
      std::optional<Weights> weights = matchWeights(op, constants, reason);
      if (!weights) {
        LDBG() << "not packed: " << reason << ": " << op->getName();
        continue;
      }
      int64_t width = tw::getPanelColumns(weights->getColumns(), target);
      if (weights->getColumns() <= width || getBytes(weights->getType()) < kMinPackedBytes) {
        LDBG() << "not packed: one panel, or small: " << weights->getType();
        continue;
      }
      pack(rewriter, *weights, width);
    }
  }
};

} // namespace
