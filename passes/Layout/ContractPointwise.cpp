// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Layout/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Layout/Relayout.h"
#include "passes/Layout/WindowDims.h"
#include "passes/Schedule/Heuristics.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_CONTRACTPOINTWISE
#include "passes/Layout/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-contract-pointwise"

using namespace mlir;

namespace {

/// A convolution whose window is one pixel, at every pixel of an image that is stored channel by
/// channel: batch, channels, pixels in input and output; output channels, input channels, window in
/// the filter.
bool isPointwise(linalg::LinalgOp op) {
  FailureOr<tw::WindowDims> dims = tw::inferWindowDims(op);
  if (failed(dims) || !op.hasPureTensorSemantics() || !dims->group.empty() ||
      dims->outputChannel.size() != 1 || dims->inputChannel.size() != 1 || dims->image.empty())
    return false;
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  if (llvm::any_of(dims->window, [&](unsigned loop) { return ranges[loop] != 1; }))
    return false;
  auto isDim = [](AffineExpr expr, unsigned loop) {
    return expr == getAffineDimExpr(loop, expr.getContext());
  };
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  ArrayRef<AffineExpr> input = maps[0].getResults(), filter = maps[1].getResults(),
                       output = maps.back().getResults();
  size_t channel = dims->batch.size();
  if (!isDim(input[channel], dims->inputChannel[0]) ||
      !isDim(output[channel], dims->outputChannel[0]) ||
      !isDim(filter[0], dims->outputChannel[0]) || !isDim(filter[1], dims->inputChannel[0]))
    return false;
  // The pixel, without a stride, plus the position in the window.
  for (auto [image, pixel] : llvm::zip_equal(dims->image, input.drop_front(channel + 1))) {
    auto sum = dyn_cast<AffineBinaryOpExpr>(pixel);
    if (!sum || (!isDim(sum.getLHS(), image) && !isDim(sum.getRHS(), image)))
      return false;
  }
  return true;
}

/// Whether the pixels fill vectors badly. With channels last they are rows, which a register tile
/// may have any number of, and transposes of so few are cheap.
bool leavesLanesEmpty(linalg::LinalgOp op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  ArrayRef<int64_t> image = type.getShape().drop_front(tw::inferWindowDims(op)->batch.size() + 1);
  tw::TargetAttr target = tw::getTarget(op);
  if (ShapedType::isDynamicShape(image) || !target)
    return false;
  int64_t pixels = ShapedType::getNumElements(image), lanes = tw::getLanes(target);
  return 5 * pixels < 4 * static_cast<int64_t>(llvm::alignTo(pixels, lanes));
}

/// The values whose layout follows from the start values, through operations that can be computed
/// in any layout.
class Connected {
public:
  /// `pointwise` operations have any layout.
  explicit Connected(const llvm::SetVector<Operation *> &pointwise) : pointwise(pointwise) {}

  void add(Value value) {
    if (isa<RankedTensorType>(value.getType()))
      values.insert(value);
  }

  void grow() {
    for (; next < values.size(); ++next) {
      Value value = values[next];
      if (Operation *op = value.getDefiningOp(); op && hasLayouts(op, value))
        addAll(op);
      for (Operation *user : value.getUsers())
        if (hasLayouts(user, value))
          addAll(user);
    }
  }

  bool contains(Value value) const { return values.contains(value); }

private:
  bool hasLayouts(Operation *op, Value value) const {
    if (pointwise.contains(op))
      return value == op->getOperand(0) || value == op->getResult(0);
    if (value.getDefiningOp() != op)
      return tw::followsLayout(op, value);
    auto identity =
        llvm::to_vector(llvm::seq<int64_t>(0, cast<RankedTensorType>(value.getType()).getRank()));
    return succeeded(tw::relayoutFromResult(op, identity));
  }

  void addAll(Operation *op) {
    for (Value result : op->getResults())
      add(result);
    if (pointwise.contains(op))
      return add(op->getOperand(0));
    for (Value source : tw::getSources(op))
      add(source);
  }

  const llvm::SetVector<Operation *> &pointwise;
  llvm::SetVector<Value> values;
  size_t next = 0;
};

/// The reassociation of `rank` dimensions, of which all from `pixels` on become one; and those
/// before, if `single`.
SmallVector<ReassociationIndices> mergePixels(int64_t rank, int64_t pixels, bool single) {
  SmallVector<ReassociationIndices> merged;
  for (int64_t dim = 0; dim < rank; ++dim) {
    bool joins = dim > 0 && (dim < pixels ? single : dim > pixels);
    if (!joins)
      merged.emplace_back();
    merged.back().push_back(dim);
  }
  return merged;
}

Value collapse(OpBuilder &builder, Location loc, Value value,
               ArrayRef<ReassociationIndices> merged) {
  auto type = cast<RankedTensorType>(value.getType());
  if (static_cast<int64_t>(merged.size()) == type.getRank())
    return value;
  if (value.getDefiningOp<tensor::EmptyOp>() && type.hasStaticShape())
    return tensor::EmptyOp::create(
        builder, loc, tensor::CollapseShapeOp::inferCollapsedType(type, merged).getShape(),
        type.getElementType());
  auto fill = value.getDefiningOp<linalg::FillOp>();
  if (!fill)
    return tensor::CollapseShapeOp::create(builder, loc, value, merged);
  Value init = collapse(builder, loc, fill.getOutputs()[0], merged);
  return linalg::FillOp::create(builder, loc, fill.getInputs()[0], init).getResult(0);
}

/// The convolution as the product of the filter and the input, whose columns are the pixels.
void contract(IRRewriter &rewriter, linalg::LinalgOp op) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  Value input = op->getOperand(0), filter = op->getOperand(1), init = op->getOperand(2);
  auto type = cast<RankedTensorType>(init.getType());
  int64_t numBatch = tw::inferWindowDims(op)->batch.size();
  // One image: its batch goes, and a plain matrix product is left.
  bool single =
      llvm::all_of(type.getShape().take_front(numBatch), [](int64_t n) { return n == 1; });
  SmallVector<ReassociationIndices> merged = mergePixels(type.getRank(), numBatch + 1, single);
  SmallVector<OpFoldResult> sizes = tw::getTensorSizes(rewriter, loc, init);
  Value x = collapse(rewriter, loc, input, merged), into = collapse(rewriter, loc, init, merged);
  auto filterRank = cast<RankedTensorType>(filter.getType()).getRank();
  SmallVector<ReassociationIndices> channels = {{0}, {}};
  llvm::append_range(channels[1], llvm::seq<int64_t>(1, filterRank));
  Value w = collapse(rewriter, loc, filter, channels);

  int64_t rank = merged.size(), numLoops = rank + 1;
  auto dim = [&](int64_t loop) { return rewriter.getAffineDimExpr(loop); };
  SmallVector<AffineExpr> output;
  for (int64_t loop = 0; loop < rank; ++loop)
    output.push_back(dim(loop));
  SmallVector<AffineExpr> image = output;
  image[rank - 2] = dim(rank);
  SmallVector<AffineExpr> weights = {dim(rank - 2), dim(rank)};
  SmallVector<AffineMap> maps;
  for (const SmallVector<AffineExpr> *exprs : {&image, &weights, &output})
    maps.push_back(AffineMap::get(numLoops, 0, *exprs, rewriter.getContext()));
  SmallVector<utils::IteratorType> loops(rank, utils::IteratorType::parallel);
  loops.push_back(utils::IteratorType::reduction);
  auto product =
      linalg::GenericOp::create(rewriter, loc, into.getType(), ValueRange{x, w}, into, maps, loops);
  IRMapping mapping;
  op->getRegion(0).cloneInto(&product.getRegion(), mapping);
  Value result = product.getResult(0);
  if (result.getType() != type)
    result = tensor::ExpandShapeOp::create(rewriter, loc, type, result, merged, sizes);
  rewriter.replaceOp(op, result);
}

struct ContractPointwise : tw::impl::ContractPointwiseBase<ContractPointwise> {
  void runOnOperation() override {
    tw::ConstantValues constants(getOperation());
    llvm::SetVector<Operation *> pointwise;
    Connected others(pointwise);
    getOperation().walk([&](Operation *op) {
      auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
      if (linalgOp && isPointwise(linalgOp)) {
        pointwise.insert(op);
        return;
      }
      // Windows want channels last, and in front of a transpose or a reshape they may be.
      bool decides = (linalgOp && succeeded(tw::inferWindowDims(linalgOp))) ||
                     isa<linalg::TransposeOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op);
      if (!decides || constants.contains(op->getOperand(0)))
        return;
      others.add(op->getOperand(0));
      others.add(op->getResult(0));
    });
    if (pointwise.empty())
      return;
    others.grow();
    IRRewriter rewriter(&getContext());
    for (Operation *op : pointwise) {
      if (others.contains(op->getOperand(0)) || others.contains(op->getResult(0))) {
        LDBG() << "goes with what has channels last: " << *op;
        continue;
      }
      if (leavesLanesEmpty(cast<linalg::LinalgOp>(op))) {
        LDBG() << "too few pixels for its vectors: " << *op;
        continue;
      }
      contract(rewriter, cast<linalg::LinalgOp>(op));
    }
  }
};

} // namespace
