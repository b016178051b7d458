// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"
#include "passes/Input/ElementFrame.h"
#include "passes/Input/IndexElement.h"

namespace tw {
#define GEN_PASS_DEF_RAISEROWWRITES
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-raise-row-writes"

using namespace mlir;
using tw::Element;
using tw::ElementFrame;

namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// select(i == place, row, tensor), where i is the position along a dimension, the place is the
/// same everywhere, and the row does not depend on i.
struct RowWrite {
  int64_t dim = 0;
  Element place, row, tensor;
  StringRef refusal = "it does not select where a position is equal to a place";

  bool refuse(StringRef why) {
    refusal = why;
    return false;
  }

  bool read(const ElementFrame &frame, Element result) {
    auto select = frame.match<arith::SelectOp>(result);
    if (!select)
      return false;
    SmallVector<Element> sides;
    auto compare = dyn_cast_or_null<arith::CmpIOp>(frame.definition((*select)[0], sides));
    if (!compare)
      return false;
    bool isEqual = compare.getPredicate() == arith::CmpIPredicate::eq;
    if (!isEqual && compare.getPredicate() != arith::CmpIPredicate::ne)
      return false;
    row = (*select)[isEqual ? 1 : 2];
    tensor = (*select)[isEqual ? 2 : 1];
    return (readPlace(frame, sides[0], sides[1]) || readPlace(frame, sides[1], sides[0])) &&
           readTensors(frame, typeOf(result.value));
  }

  bool readPlace(const ElementFrame &frame, Element position, Element other) {
    std::optional<int64_t> along = frame.positionDim(position);
    std::optional<Element> found = tw::findIndex(frame, other);
    if (!along || !found)
      return false;
    dim = *along;
    place = *found;
    return true;
  }

  bool readTensors(const ElementFrame &frame, RankedTensorType type) {
    auto dims = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
    // Narrower steps than the whole dimension are not cut into slices of one row.
    if (ShapedType::isDynamic(type.getDimSize(dim)))
      return refuse("the dimension has a dynamic size");
    std::optional<Element> whole = frame.findTensor(tensor, dims);
    if (!whole || whole->value.getType() != type)
      return refuse("what is kept is not a tensor of the result's type");
    std::optional<Element> written = frame.findTensor(row, dims, /*allowBroadcast=*/true);
    if (!written)
      return refuse("what is written is not a tensor");
    for (int64_t other : dims)
      if (written->map.isFunctionOfDim(other) == (other == dim) && type.getDimSize(other) != 1)
        return refuse("what is written is not one row");
    if (typeOf(written->value).getElementType() != type.getElementType())
      return refuse("what is written is of another type");
    tensor = *whole;
    row = *written;
    return true;
  }
};

/// Such a selection -> an insertion of the row, which touches nothing else.
struct RaiseRowWrite : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op, PatternRewriter &rewriter) const override {
    if (op->getNumResults() != 1 || !op.hasPureTensorSemantics() || op.getNumReductionLoops() != 0)
      return rewriter.notifyMatchFailure(op, "not elementwise with one tensor result");
    RankedTensorType type = typeOf(op->getResult(0));
    ElementFrame frame(type.getShape(), getContext());
    RowWrite write;
    if (!write.read(frame, frame.element(op->getResult(0))))
      return rewriter.notifyMatchFailure(op, write.refusal);
    rewriter.replaceOp(op, build(rewriter, op.getLoc(), frame, write));
    return success();
  }

  static Value build(PatternRewriter &rewriter, Location loc, const ElementFrame &frame,
                     const RowWrite &write) {
    Value tensor = write.tensor.value;
    RankedTensorType type = typeOf(tensor);
    int64_t rank = type.getRank(), dim = write.dim;
    Value place = tw::buildIndex(rewriter, loc, write.place);
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    Value last = arith::ConstantIndexOp::create(rewriter, loc, type.getDimSize(dim) - 1);
    // A place outside writes nothing: then some row is written as it was.
    Value inside = arith::MinSIOp::create(rewriter, loc,
                                          arith::MaxSIOp::create(rewriter, loc, place, zero), last);
    Value isInside = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::eq, place, inside);

    SmallVector<OpFoldResult> offsets(rank, rewriter.getIndexAttr(0)),
        strides(rank, rewriter.getIndexAttr(1));
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, tensor);
    offsets[dim] = inside;
    sizes[dim] = rewriter.getIndexAttr(1);
    auto dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    Value row = frame.reshape(rewriter, loc, write.row, dims);
    Value old = tensor::ExtractSliceOp::create(rewriter, loc, tensor, offsets, sizes, strides);
    SmallVector<AffineMap> maps(2, rewriter.getMultiDimIdentityMap(rank));
    SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
    Value updated =
        linalg::GenericOp::create(rewriter, loc, old.getType(), row, old, maps, iterators,
                                  [&](OpBuilder &b, Location l, ValueRange v) {
                                    Value kept =
                                        arith::SelectOp::create(b, l, isInside, v[0], v[1]);
                                    linalg::YieldOp::create(b, l, kept);
                                  })
            .getResult(0);
    return tensor::InsertSliceOp::create(rewriter, loc, updated, tensor, offsets, sizes, strides);
  }
};

struct RaiseRowWrites : tw::impl::RaiseRowWritesBase<RaiseRowWrites> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RaiseRowWrite>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
