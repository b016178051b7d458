// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/EdgeWindows.h"

#include "passes/Layout/WindowDims.h"
#include "passes/Schedule/Heuristics.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

/// Whether `op` brings the second dimension, channels, to the end.
static bool bringsChannelsLast(linalg::TransposeOp op) {
  ArrayRef<int64_t> perm = op.getPermutation();
  if (!op.hasPureTensorSemantics() || perm.size() < 3 || perm[0] != 0 || perm.back() != 1)
    return false;
  return llvm::all_of(llvm::seq<int64_t>(1, perm.size() - 1),
                      [&](int64_t dim) { return perm[dim] == dim + 1; });
}

/// Whether a block of channels can be padded by itself.
static bool padsImageOnly(tensor::PadOp pad) {
  ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
  return pad.getResultType().hasStaticShape() && pad.getConstantPaddingValue() &&
         low.front() == 0 && high.front() == 0 && low.back() == 0 && high.back() == 0;
}

std::optional<tw::EdgeWindow> tw::matchEdgeWindow(linalg::LinalgOp window, TargetAttr target) {
  if (!target || target.getKind() != "cpu" || !window.hasPureTensorSemantics())
    return std::nullopt;
  FailureOr<WindowDims> dims = inferWindowDims(window);
  if (failed(dims) || dims->group.size() != 1 || !dims->inputChannel.empty() ||
      !dims->outputChannel.empty())
    return std::nullopt;
  // Channels are last in the image and in the result.
  AffineExpr channel = getAffineDimExpr(dims->group.front(), window.getContext());
  SmallVector<AffineMap> maps = window.getIndexingMapsArray();
  if (maps.front().getResults().back() != channel || maps.back().getResults().back() != channel)
    return std::nullopt;
  Value image = window->getOperand(0);
  auto type = cast<RankedTensorType>(image.getType());
  auto pad = image.getDefiningOp<tensor::PadOp>();
  if (pad && pad->hasOneUse() && padsImageOnly(pad))
    image = pad.getSource();
  else
    pad = nullptr;
  auto transpose = image.getDefiningOp<linalg::TransposeOp>();
  if (!transpose || !transpose->hasOneUse() || !bringsChannelsLast(transpose) ||
      !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return std::nullopt;
  // Each block is a task; of fewer than these, threads would have none.
  constexpr int64_t kMinBlocks = 4;
  int64_t lanes = getLanes(target);
  int64_t blocks = type.getDimSize(0) * llvm::divideCeil(type.getShape().back(), lanes);
  int64_t pixels = ShapedType::getNumElements(type.getShape().drop_front().drop_back());
  int64_t bytes = pixels * lanes * type.getElementTypeBitWidth() / 8;
  if (blocks < kMinBlocks || bytes > target.getL2Bytes())
    return std::nullopt;
  return EdgeWindow{transpose, pad};
}

bool tw::belongsToEdgeWindow(tensor::PadOp pad, TargetAttr target) {
  if (!pad->hasOneUse())
    return false;
  auto window = dyn_cast<linalg::LinalgOp>(*pad->user_begin());
  std::optional<EdgeWindow> edge = window ? matchEdgeWindow(window, target) : std::nullopt;
  return edge && edge->pad == pad;
}
