// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pack/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_DECOMPOSEPACKS
#include "passes/Pack/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-decompose-packs"

using namespace mlir;

namespace {

/// Writes the panels of one dimension of a static tensor.
struct PanelWriter {
  PatternRewriter &rewriter;
  linalg::PackOp op;
  Location loc = op.getLoc();
  Value source = op.getSource();
  /// For each outer dimension of the result, the dimension of `source` that it walks.
  SmallVector<int64_t> walks;
  int64_t packedDim = op.getInnerDimsPos().front();
  int64_t width = op.getStaticInnerTiles().front();
  /// The dimension of the result that counts panels.
  int64_t panelDim = 0;

  Value write() {
    auto rank = op.getSourceRank();
    ArrayRef<int64_t> order = op.getOuterDimsPerm();
    walks = order.empty() ? llvm::to_vector(llvm::seq<int64_t>(0, rank)) : llvm::to_vector(order);
    panelDim = llvm::find(walks, packedDim) - walks.begin();
    readThroughTransposes();

    auto type = cast<RankedTensorType>(source.getType());
    int64_t columns = type.getDimSize(packedDim);
    int64_t panels = columns / width, rest = columns % width;
    Value result = op.getDest();
    if (panels > 0)
      result = writePart(result, 0, panels, 0, width, readPanels(panels));
    if (rest > 0) {
      result = writePart(result, panels, 1, 0, rest, readRest(panels * width, rest));
      result = writePart(result, panels, 1, rest, width - rest, {Value(), AffineMap()});
    }
    return result;
  }

private:
  /// A tensor and the map from the loops over the result to it.
  struct Access {
    Value tensor;
    AffineMap map;
  };

  void readThroughTransposes() {
    while (auto transpose = source.getDefiningOp<linalg::TransposeOp>()) {
      source = transpose.getInput();
      for (int64_t &dim : walks)
        dim = transpose.getPermutation()[dim];
      packedDim = transpose.getPermutation()[packedDim];
    }
  }

  Value sliceColumns(int64_t offset, int64_t size) {
    auto type = cast<RankedTensorType>(source.getType());
    if (type.getDimSize(packedDim) == size)
      return source;
    SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape());
    offsets[packedDim] = offset;
    sizes[packedDim] = size;
    auto sliceType = type.clone(sizes);
    return tensor::ExtractSliceOp::create(rewriter, loc, sliceType, source, ValueRange{},
                                          ValueRange{}, ValueRange{}, offsets, sizes,
                                          SmallVector<int64_t>(type.getRank(), 1));
  }

  /// The columns of the first `panels` panels, as two dimensions.
  Access readPanels(int64_t panels) {
    Value columns = sliceColumns(0, panels * width);
    auto type = cast<RankedTensorType>(columns.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape[packedDim] = panels;
    shape.insert(shape.begin() + packedDim + 1, width);
    SmallVector<ReassociationIndices> groups;
    for (int64_t dim = 0, next = 0; dim < type.getRank(); ++dim) {
      groups.push_back({next++});
      if (dim == packedDim)
        groups.back().push_back(next++);
    }
    Value expanded =
        tensor::ExpandShapeOp::create(rewriter, loc, type.clone(shape), columns, groups);
    SmallVector<AffineExpr> exprs(shape.size());
    for (auto [loop, dim] : llvm::enumerate(walks))
      exprs[dim > packedDim ? dim + 1 : dim] = rewriter.getAffineDimExpr(loop);
    exprs[packedDim + 1] = rewriter.getAffineDimExpr(walks.size());
    return {expanded, getMap(exprs)};
  }

  /// The columns of the last panel; the loop over panels has one iteration.
  Access readRest(int64_t offset, int64_t size) {
    SmallVector<AffineExpr> exprs(walks.size());
    for (auto [loop, dim] : llvm::enumerate(walks))
      exprs[dim] = rewriter.getAffineDimExpr(loop);
    exprs[packedDim] = rewriter.getAffineDimExpr(walks.size());
    return {sliceColumns(offset, size), getMap(exprs)};
  }

  AffineMap getMap(ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(walks.size() + 1, 0, exprs, rewriter.getContext());
  }

  /// Writes columns [column, column + size) of panels [panel, panel + panels) of `result`, from
  /// `access` or, without one, with the padding value.
  Value writePart(Value result, int64_t panel, int64_t panels, int64_t column, int64_t size,
                  Access access) {
    auto type = cast<RankedTensorType>(result.getType());
    SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape());
    SmallVector<int64_t> strides(type.getRank(), 1);
    offsets[panelDim] = panel;
    sizes[panelDim] = panels;
    offsets.back() = column;
    sizes.back() = size;
    bool isWhole = ArrayRef(sizes) == type.getShape();
    Value part = result;
    if (!isWhole)
      part = tensor::ExtractSliceOp::create(rewriter, loc, type.clone(sizes), result, ValueRange{},
                                            ValueRange{}, ValueRange{}, offsets, sizes, strides);
    SmallVector<Value> inputs;
    SmallVector<AffineMap> maps;
    if (access.tensor) {
      inputs.push_back(access.tensor);
      maps.push_back(access.map);
    }
    maps.push_back(rewriter.getMultiDimIdentityMap(type.getRank()));
    SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
    Value written =
        linalg::GenericOp::create(rewriter, loc, part.getType(), inputs, part, maps, loops,
                                  [&](OpBuilder &b, Location l, ValueRange v) {
                                    linalg::YieldOp::create(
                                        b, l, access.tensor ? v[0] : op.getPaddingValue());
                                  })
            .getResult(0);
    if (isWhole)
      return written;
    return tensor::InsertSliceOp::create(rewriter, loc, written, result, ValueRange{}, ValueRange{},
                                         ValueRange{}, offsets, sizes, strides);
  }
};

struct DecomposePanels : OpRewritePattern<linalg::PackOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::PackOp op, PatternRewriter &rewriter) const override {
    if (!op.getSourceType().hasStaticShape() || !op.getDestType().hasStaticShape())
      return rewriter.notifyMatchFailure(op, "has a dynamic size");
    if (op.getInnerDimsPos().size() != 1)
      return rewriter.notifyMatchFailure(op, "packs several dimensions");
    rewriter.replaceOp(op, PanelWriter{rewriter, op}.write());
    return success();
  }
};

/// Everything else, as upstream does it.
struct DecomposePack : OpRewritePattern<linalg::PackOp> {
  DecomposePack(MLIRContext *context) : OpRewritePattern(context, /*benefit=*/0) {}

  LogicalResult matchAndRewrite(linalg::PackOp op, PatternRewriter &rewriter) const override {
    FailureOr<linalg::LowerPackResult> lowered = linalg::lowerPack(rewriter, op);
    if (failed(lowered))
      return rewriter.notifyMatchFailure(op, "its inner tiles are dynamic");
    return success();
  }
};

struct DecomposePacks : tw::impl::DecomposePacksBase<DecomposePacks> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposePanels, DecomposePack>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
