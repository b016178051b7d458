// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/ConvolutionImage.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

/// Far enough for an activation, a bias and the sum of a few branches. The stream of a deep model
/// without convolutions would else be walked to its beginning, once for each of its norms.
static constexpr size_t kMostTensors = 32;
/// Of the image and the result of a convolution, as they are when a model arrives.
static constexpr int64_t kChannelDim = 1;

namespace {

/// A tensor and the dimension of it that may be the channels.
using Image = std::pair<Value, int64_t>;

} // namespace

/// Where dimension `dim` of an operand accessed through `from` is in one accessed through `to`.
static std::optional<int64_t> followDim(AffineMap from, AffineMap to, int64_t dim) {
  auto expr = dyn_cast<AffineDimExpr>(from.getResult(dim));
  std::optional<unsigned> position = expr ? to.getResultPosition(expr) : std::nullopt;
  return position ? std::optional<int64_t>(*position) : std::nullopt;
}

/// The group that begins with dimension `dim`: channels are in front of what is merged with them,
/// the windows of a transposed convolution, and of what they are cut into, groups and theirs.
static std::optional<int64_t> findGroup(ArrayRef<ReassociationIndices> groups, int64_t dim) {
  const auto *found = llvm::find_if(groups, [&](const auto &g) { return g.front() == dim; });
  return found == groups.end() ? std::nullopt : std::optional<int64_t>(found - groups.begin());
}

static bool keepsDims(Operation *op) {
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.getSourceType().getRank() == slice.getType().getRank();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return insert.getSourceType().getRank() == insert.getType().getRank();
  return isa<tensor::PadOp, tensor::CastOp, tensor::ConcatOp>(op);
}

/// The tensors that `image` is made of.
static SmallVector<Image> getSources(Image image) {
  auto [value, dim] = image;
  Operation *op = value.getDefiningOp();
  SmallVector<Image> sources;
  if (!op)
    return sources;
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    sources.emplace_back(collapse.getSrc(), collapse.getReassociationIndices()[dim].front());
  } else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op)) {
    if (std::optional<int64_t> group = findGroup(expand.getReassociationIndices(), dim))
      sources.emplace_back(expand.getSrc(), *group);
  } else if (keepsDims(op)) {
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        sources.emplace_back(operand, dim);
  } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
             linalgOp && linalgOp.getNumReductionLoops() == 0) {
    AffineMap result = linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0));
    for (OpOperand *input : linalgOp.getDpsInputOperands())
      if (auto from = followDim(result, linalgOp.getMatchingIndexingMap(input), dim))
        sources.emplace_back(input->get(), *from);
  }
  return sources;
}

/// The tensor that `use` makes of dimension `dim` and the others of an image.
static std::optional<Image> getTarget(OpOperand &use, int64_t dim) {
  Operation *op = use.getOwner();
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return Image(expand.getResult(), expand.getReassociationIndices()[dim].front());
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op)) {
    std::optional<int64_t> group = findGroup(collapse.getReassociationIndices(), dim);
    return group ? std::optional(Image(collapse.getResult(), *group)) : std::nullopt;
  }
  if (keepsDims(op))
    return Image(op->getResult(0), dim);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.getNumReductionLoops() != 0 || linalgOp.isDpsInit(&use))
    return std::nullopt;
  AffineMap result = linalgOp.getMatchingIndexingMap(linalgOp.getDpsInitOperand(0));
  std::optional<int64_t> to = followDim(linalgOp.getMatchingIndexingMap(&use), result, dim);
  return to ? std::optional(Image(op->getResult(0), *to)) : std::nullopt;
}

bool tw::comesFromConvolution(Value value) {
  llvm::SetVector<Image> seen;
  seen.insert({value, kChannelDim});
  for (size_t next = 0; next < seen.size() && next < kMostTensors; ++next) {
    if (seen[next].first.getDefiningOp<linalg::ConvolutionOpInterface>() &&
        seen[next].second == kChannelDim)
      return true;
    seen.insert_range(getSources(seen[next]));
  }
  return false;
}

bool tw::goesToConvolution(Value value) {
  llvm::SetVector<Image> seen;
  seen.insert({value, kChannelDim});
  for (size_t next = 0; next < seen.size() && next < kMostTensors; ++next) {
    auto [image, dim] = seen[next];
    for (OpOperand &use : image.getUses()) {
      auto convolution = dyn_cast<linalg::ConvolutionOpInterface>(use.getOwner());
      if (convolution && convolution.image() == image && dim == kChannelDim)
        return true;
      if (std::optional<Image> target = getTarget(use, dim); target && !convolution)
        seen.insert(*target);
    }
  }
  return false;
}
