// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_COUNTWORK
#include "passes/Schedule/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-count-work"

using namespace mlir;

namespace {

/// Elements of a tensor or iterations of loops; nothing where one is dynamic.
std::optional<int64_t> countPoints(ArrayRef<int64_t> sizes) {
  if (ShapedType::isDynamicShape(sizes))
    return std::nullopt;
  return ShapedType::getNumElements(sizes);
}

std::optional<int64_t> countPoints(Value tensor) {
  return countPoints(cast<RankedTensorType>(tensor.getType()).getShape());
}

int64_t getElementBytes(RankedTensorType type) {
  return llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// Floating-point operations of one operation on scalars. Conversions and selections are none.
int64_t countScalarFlops(Operation &op) {
  if (op.getNumResults() != 1 || !isa<FloatType>(op.getResult(0).getType()))
    return 0;
  if (isa<math::FmaOp>(op))
    return 2;
  if (isa<tw::Bf16DotOp>(op))
    return 4;
  bool arithmetic =
      isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::RemFOp, arith::NegFOp,
          arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp>(op);
  return arithmetic || isa<math::MathDialect, tw::TwDialect>(op.getDialect()) ? 1 : 0;
}

/// Products with keys and with values, and what softmax does to the scores.
std::optional<int64_t> countAttentionFlops(tw::AttentionOp op) {
  std::optional<int64_t> rows = countPoints(op.getQuery());
  std::optional<int64_t> results = countPoints(op.getResult());
  int64_t keys = cast<RankedTensorType>(op.getKey().getType()).getShape().rbegin()[1];
  int64_t depth = cast<RankedTensorType>(op.getQuery().getType()).getShape().back();
  if (!rows || !results || ShapedType::isDynamic(keys) || depth == 0)
    return std::nullopt;
  constexpr int64_t kSoftmaxFlops = 5;
  return 2 * keys * (*rows + *results) + kSoftmaxFlops * keys * (*rows / depth);
}

/// Of an operation on tensors; nothing where sizes are dynamic.
std::optional<int64_t> countFlops(Operation &op) {
  // A norm: difference, square, sum, two products and a sum for gamma and beta, less what a plain
  // one does not have. A softmax: maximum, difference, exponential, sum, product.
  constexpr int64_t kRowFlops = 5;
  if (auto attention = dyn_cast<tw::AttentionOp>(op))
    return countAttentionFlops(attention);
  if (isa<tw::SoftmaxOp, tw::LayerNormOp, tw::RmsNormOp>(op)) {
    std::optional<int64_t> elements = countPoints(op.getResult(0));
    return elements ? std::optional<int64_t>(kRowFlops * *elements) : std::nullopt;
  }
  // One combination for each element that is written.
  if (auto scatter = dyn_cast<tw::ScatterOp>(op)) {
    if (isa<IntegerType>(scatter.getResultType().getElementType()))
      return 0;
    SmallVector<int64_t> written(scatter.getResultType().getShape());
    written[scatter.getDimension()] =
        scatter.getIndices().getType().getDimSize(scatter.getDimension());
    return countPoints(written);
  }
  // Additions for each element of a transformed tile, and for each pixel of it.
  if (isa<tw::WinogradInputOp, tw::WinogradOutputOp>(op)) {
    std::optional<int64_t> elements = countPoints(op.getResult(0));
    int64_t additions = isa<tw::WinogradInputOp>(op) ? 2 : 6;
    return elements ? std::optional<int64_t>(additions * *elements) : std::nullopt;
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return 0;
  int64_t body = 0;
  for (Operation &scalar : *linalgOp.getBlock())
    body += countScalarFlops(scalar);
  if (body == 0)
    return 0;
  std::optional<int64_t> iterations = countPoints(linalgOp.getStaticLoopRanges());
  return iterations ? std::optional<int64_t>(body * *iterations) : std::nullopt;
}

/// Bytes that a group reads of `value`, which is defined outside.
std::optional<int64_t> countBytesRead(tw::GroupOp group, Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || value.getDefiningOp<tensor::EmptyOp>())
    return 0;
  int64_t elementBytes = getElementBytes(type);
  int64_t picked = 0;
  bool whole = false;
  for (Operation *user : value.getUsers()) {
    if (!group->isProperAncestor(user))
      continue;
    auto extract = dyn_cast<tensor::ExtractOp>(user);
    auto loop = extract ? dyn_cast<linalg::LinalgOp>(extract->getParentOp()) : nullptr;
    std::optional<int64_t> points;
    if (loop)
      points = countPoints(loop.getStaticLoopRanges());
    whole |= !points.has_value();
    picked += points.value_or(0);
  }
  std::optional<int64_t> elements = countPoints(type.getShape());
  if (!whole)
    return elementBytes * (elements ? std::min(picked, *elements) : picked);
  return elements ? std::optional<int64_t>(elementBytes * *elements) : std::nullopt;
}

std::optional<int64_t> countBytes(tw::GroupOp group) {
  llvm::SetVector<Value> used;
  getUsedValuesDefinedAbove(group.getBody(), used);
  int64_t bytes = 0;
  for (Value value : used) {
    std::optional<int64_t> read = countBytesRead(group, value);
    if (!read)
      return std::nullopt;
    bytes += *read;
  }
  for (Value result : group.getResults()) {
    std::optional<int64_t> elements = countPoints(result);
    if (!elements)
      return std::nullopt;
    bytes += *elements * getElementBytes(cast<RankedTensorType>(result.getType()));
  }
  return bytes;
}

struct CountWork : tw::impl::CountWorkBase<CountWork> {
  void runOnOperation() override {
    Builder builder(&getContext());
    getOperation().walk([&](tw::GroupOp group) {
      std::optional<int64_t> flops = 0, bytes = countBytes(group);
      for (Operation &op : group.getBody().front())
        if (std::optional<int64_t> more = countFlops(op); more && flops)
          *flops += *more;
        else
          flops = std::nullopt;
      if (!flops || !bytes) {
        LDBG() << "a group of dynamic size has no fixed amount of work: " << group.getLoc();
        return;
      }
      group->setAttr("tw.flops", builder.getI64IntegerAttr(*flops));
      group->setAttr("tw.bytes", builder.getI64IntegerAttr(*bytes));
    });
  }
};

} // namespace
