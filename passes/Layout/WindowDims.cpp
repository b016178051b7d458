// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/WindowDims.h"

#include "mlir/IR/AffineExpr.h"

using namespace mlir;

/// The loop d of `d` or `d * constant`.
static std::optional<unsigned> getScaledDim(AffineExpr expr) {
  if (auto product = dyn_cast<AffineBinaryOpExpr>(expr)) {
    if (product.getKind() != AffineExprKind::Mul || !isa<AffineConstantExpr>(product.getRHS()))
      return std::nullopt;
    expr = product.getLHS();
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dim.getPosition();
  return std::nullopt;
}

namespace {

/// How each loop occurs in the operands.
struct LoopUses {
  explicit LoopUses(unsigned loops)
      : plain(loops), convolved(loops), filter(loops), output(loops) {}
  SmallVector<bool> plain, convolved, filter, output;

  LogicalResult addInput(AffineMap map, ArrayRef<utils::IteratorType> iterators) {
    for (AffineExpr expr : map.getResults()) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        plain[dim.getPosition()] = true;
        continue;
      }
      auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
      if (!sum || sum.getKind() != AffineExprKind::Add)
        return failure();
      std::optional<unsigned> lhs = getScaledDim(sum.getLHS()), rhs = getScaledDim(sum.getRHS());
      if (!lhs || !rhs ||
          linalg::isParallelIterator(iterators[*lhs]) ==
              linalg::isParallelIterator(iterators[*rhs]))
        return failure();
      convolved[*lhs] = convolved[*rhs] = true;
    }
    return success();
  }

  static void add(AffineMap map, SmallVector<bool> &uses) {
    for (AffineExpr expr : map.getResults())
      uses[cast<AffineDimExpr>(expr).getPosition()] = true;
  }
};

} // namespace

FailureOr<tw::WindowDims> tw::inferWindowDims(linalg::LinalgOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumDpsInputs() < 2)
    return failure();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineMap map : ArrayRef(maps).drop_front())
    if (!map.isProjectedPermutation())
      return failure();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  LoopUses uses(op.getNumLoops());
  if (failed(uses.addInput(maps[0], iterators)))
    return failure();
  LoopUses::add(maps[1], uses.filter);
  LoopUses::add(maps.back(), uses.output);

  WindowDims dims;
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop) {
    bool parallel = linalg::isParallelIterator(iterators[loop]);
    if (parallel != uses.output[loop] || (uses.plain[loop] && uses.convolved[loop]))
      return failure();
    if (uses.convolved[loop]) {
      if (parallel == uses.filter[loop])
        return failure();
      (parallel ? dims.image : dims.window).push_back(loop);
    } else if (uses.plain[loop] && uses.filter[loop]) {
      (parallel ? dims.group : dims.inputChannel).push_back(loop);
    } else if (uses.plain[loop] && parallel) {
      dims.batch.push_back(loop);
    } else if (uses.filter[loop] && parallel) {
      dims.outputChannel.push_back(loop);
    } else {
      return failure();
    }
  }
  if (dims.window.empty())
    return failure();
  // The window of a pooling knows nothing of channels: all but the leading dimension are.
  if (dims.group.empty() && dims.outputChannel.empty() && dims.inputChannel.empty() &&
      dims.batch.size() > 1) {
    auto leading = cast<AffineDimExpr>(maps.back().getResult(0)).getPosition();
    if (llvm::is_contained(dims.batch, leading)) {
      llvm::copy_if(dims.batch, std::back_inserter(dims.group),
                    [&](unsigned loop) { return loop != leading; });
      dims.batch = {leading};
    }
  }
  return dims;
}
