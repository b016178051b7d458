// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/TransposeCost.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "passes/Layout/Relayout.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

static int64_t estimateSize(Value tensor, int64_t dim);

/// What of a dimension is left for dimension `dim` of those that it is cut into.
static int64_t estimatePart(tensor::ExpandShapeOp expand, int64_t dim) {
  for (auto [whole, group] : llvm::enumerate(expand.getReassociationIndices())) {
    if (!llvm::is_contained(group, dim))
      continue;
    int64_t size = estimateSize(expand.getSrc(), whole);
    for (int64_t other : group)
      if (int64_t part = expand.getResultType().getDimSize(other); !ShapedType::isDynamic(part))
        size /= std::max<int64_t>(1, part);
    return std::max<int64_t>(1, size);
  }
  llvm_unreachable("every dimension is in a group");
}

/// Size of one dimension; one that is not known is guessed, but to be larger behind a pad than
/// before it, and the same on both sides of a reshape.
static int64_t estimateSize(Value tensor, int64_t dim) {
  int64_t size = cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    return size;
  if (auto expand = tensor.getDefiningOp<tensor::ExpandShapeOp>())
    return estimatePart(expand, dim);
  if (auto collapse = tensor.getDefiningOp<tensor::CollapseShapeOp>()) {
    size = 1;
    ReassociationIndices parts = collapse.getReassociationIndices()[dim];
    for (int64_t part : parts)
      size *= estimateSize(collapse.getSrc(), part);
    return size;
  }
  auto pad = tensor.getDefiningOp<tensor::PadOp>();
  if (!pad)
    return 32;
  int64_t padding = getConstantIntValue(pad.getMixedLowPad()[dim]).value_or(1) +
                    getConstantIntValue(pad.getMixedHighPad()[dim]).value_or(1);
  return std::max<int64_t>(1, estimateSize(pad.getSource(), dim) + padding);
}

int64_t tw::getTransposedBytes(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  int64_t elements = 1;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    elements *= estimateSize(tensor, dim);
  return elements * std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
}

/// Whether `value` is computed from weights and constants alone; that is done once, at load. Asked
/// anew each time: ConstantValues holds only as long as nothing is erased.
static bool isConstantWork(Value value) {
  llvm::SetVector<Value> slice;
  slice.insert(value);
  for (size_t next = 0; next < slice.size(); ++next) {
    Value current = slice[next];
    if (Operation *op = current.getDefiningOp()) {
      slice.insert_range(tw::getSources(op));
      continue;
    }
    auto argument = cast<BlockArgument>(current);
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    if (!function || (!function.getArgAttr(argument.getArgNumber(), tw::kWeightAttr) &&
                      !function.getArgAttr(argument.getArgNumber(), tw::kPreparedAttr)))
      return false;
  }
  return true;
}

int64_t tw::getTransposeCost(Value value, ArrayRef<int64_t> perm) {
  if (perm.empty() || isIdentityPermutation(perm) ||
      movesNoData(cast<RankedTensorType>(value.getType()), perm))
    return 0;
  if (isa_and_nonnull<linalg::FillOp, tensor::EmptyOp>(value.getDefiningOp()))
    return 0;
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    if (transpose->hasOneUse() ||
        isIdentityPermutation(applyPermutation(transpose.getPermutation(), perm)))
      return 0;
  bool exists = llvm::any_of(value.getUsers(), [&](Operation *user) {
    auto transpose = dyn_cast<linalg::TransposeOp>(user);
    return transpose && transpose.getPermutation() == perm;
  });
  return exists || isConstantWork(value) ? 0 : getTransposedBytes(value);
}

bool tw::reachesTranspose(Value value) {
  llvm::SetVector<Value> reached;
  reached.insert(value);
  Block *block = value.getParentBlock();
  for (size_t next = 0; next < reached.size(); ++next) {
    Value current = reached[next];
    for (Operation *user : current.getUsers()) {
      // A body that extracts from the value stands for its operation.
      user = block->findAncestorOpInBlock(*user);
      if (!user)
        continue;
      if (isa<linalg::TransposeOp>(user))
        return true;
      if (user->getNumResults() > 0 && followsLayout(user, current))
        reached.insert(user->getResult(0));
    }
  }
  return false;
}
