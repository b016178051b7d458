// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Tile/ScatterDecomposition.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace {

struct ScatterBuilder {
  OpBuilder &builder;
  tw::ScatterOp op;
  Location loc = op.getLoc();
  int64_t rank = op.getResultType().getRank(), scattered = op.getDimension();
  /// The dimensions from here on share an index: rows.
  int64_t firstOfRow = [this] {
    int64_t first = rank;
    while (first > scattered + 1 && op.getIndices().getType().getDimSize(first - 1) == 1)
      --first;
    return first;
  }();
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);

  /// Loops from `dim` to the rows, at the position `at` of those before it.
  Value buildLoops(int64_t dim, Value result, SmallVector<Value> &at) {
    if (dim == firstOfRow)
      return buildWrite(result, at);
    // Not those of what the loops carry, behind which their bounds would be hidden.
    Value counted = dim == scattered ? op.getIndices() : op.getInit();
    if (cast<RankedTensorType>(counted.getType()).getDimSize(dim) == 1) {
      at[dim] = zero;
      return buildLoops(dim + 1, result, at);
    }
    Value count = tensor::DimOp::create(builder, loc, counted, dim);
    return scf::ForOp::create(builder, loc, zero, count, one, result,
                              [&](OpBuilder &, Location, Value position, ValueRange carried) {
                                at[dim] = position;
                                Value next = buildLoops(dim + 1, carried.front(), at);
                                scf::YieldOp::create(builder, loc, next);
                              })
        .getResult(0);
  }

  /// `at` in a tensor that may be broadcast.
  SmallVector<Value> positionsIn(Value tensor, ArrayRef<Value> at) {
    SmallVector<Value> positions(at);
    for (auto [position, size] :
         llvm::zip(positions, cast<RankedTensorType>(tensor.getType()).getShape()))
      if (size == 1 || !position)
        position = zero;
    return positions;
  }

  Value buildWrite(Value result, ArrayRef<Value> at) {
    Value index =
        tensor::ExtractOp::create(builder, loc, op.getIndices(), positionsIn(op.getIndices(), at));
    Value place = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), index);
    if (op.getFirst())
      place = arith::SubIOp::create(builder, loc, place, op.getFirst());
    Value places = tensor::DimOp::create(builder, loc, op.getInit(), scattered);
    // Without a sign, so that negative ones are beyond the last too.
    Value isInside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, place, places);
    auto write = [&](OpBuilder &, Location) {
      SmallVector<Value> target(at);
      target[scattered] = place;
      Value written =
          firstOfRow == rank ? combineElement(result, at, target) : combineRow(result, at, target);
      scf::YieldOp::create(builder, loc, written);
    };
    auto keep = [&](OpBuilder &, Location) { scf::YieldOp::create(builder, loc, result); };
    return scf::IfOp::create(builder, loc, isInside, write, keep).getResult(0);
  }

  Value combine(OpBuilder &b, Value old, Value value) {
    bool isFloat = isa<FloatType>(old.getType());
    auto create = [&](auto floats, auto integers) -> Value {
      if (isFloat)
        return decltype(floats)::create(b, loc, old, value);
      return decltype(integers)::create(b, loc, old, value);
    };
    switch (op.getCombiner()) {
    case tw::Combiner::add:
      return create(arith::AddFOp(), arith::AddIOp());
    case tw::Combiner::mul:
      return create(arith::MulFOp(), arith::MulIOp());
    case tw::Combiner::max:
      return create(arith::MaximumFOp(), arith::MaxSIOp());
    case tw::Combiner::min:
      return create(arith::MinimumFOp(), arith::MinSIOp());
    }
    llvm_unreachable("every combiner has a case");
  }

  Value combineElement(Value result, ArrayRef<Value> at, ArrayRef<Value> target) {
    Value value =
        tensor::ExtractOp::create(builder, loc, op.getSource(), positionsIn(op.getSource(), at));
    Value old = tensor::ExtractOp::create(builder, loc, result, target);
    return tensor::InsertOp::create(builder, loc, combine(builder, old, value), result, target);
  }

  /// The row of a tensor at the position `at`: where it lies, and its dimensions from those of the
  /// rows. One that is broadcast is not among them.
  struct Row {
    SmallVector<OpFoldResult> offsets, sizes, strides;
    SmallVector<int64_t> shape;
    SmallVector<AffineExpr> dims;
  };

  Row getRow(Value tensor, ArrayRef<Value> at, bool keepUnits) {
    Row row;
    row.offsets.assign(rank, builder.getIndexAttr(0));
    row.sizes = tensor::getMixedSizes(builder, loc, tensor);
    row.strides.assign(rank, builder.getIndexAttr(1));
    SmallVector<Value> positions = positionsIn(tensor, at);
    for (int64_t dim = 0; dim < firstOfRow; ++dim) {
      row.offsets[dim] = positions[dim];
      row.sizes[dim] = builder.getIndexAttr(1);
    }
    ArrayRef<int64_t> shape = cast<RankedTensorType>(tensor.getType()).getShape();
    for (int64_t dim = firstOfRow; dim < rank; ++dim)
      if (keepUnits || shape[dim] != 1) {
        row.shape.push_back(shape[dim]);
        row.dims.push_back(builder.getAffineDimExpr(dim - firstOfRow));
      }
    return row;
  }

  Value sliceRow(Value tensor, const Row &row) {
    Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
    return tensor::ExtractSliceOp::create(builder, loc, RankedTensorType::get(row.shape, element),
                                          tensor, row.offsets, row.sizes, row.strides);
  }

  Value combineRow(Value result, ArrayRef<Value> at, ArrayRef<Value> target) {
    Row from = getRow(op.getSource(), at, /*keepUnits=*/false);
    Row to = getRow(result, target, /*keepUnits=*/true);
    Value source = sliceRow(op.getSource(), from), old = sliceRow(result, to);
    unsigned loops = to.dims.size();
    auto map = [&](const Row &row) {
      return AffineMap::get(loops, 0, row.dims, builder.getContext());
    };
    SmallVector<utils::IteratorType> iterators(loops, utils::IteratorType::parallel);
    Value combined =
        linalg::GenericOp::create(builder, loc, old.getType(), source, old,
                                  ArrayRef<AffineMap>{map(from), map(to)}, iterators,
                                  [&](OpBuilder &b, Location l, ValueRange v) {
                                    linalg::YieldOp::create(b, l, combine(b, v[1], v[0]));
                                  })
            .getResult(0);
    return tensor::InsertSliceOp::create(builder, loc, combined, result, to.offsets, to.sizes,
                                         to.strides);
  }
};

struct DecomposeScatter : OpRewritePattern<tw::ScatterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tw::ScatterOp op, PatternRewriter &rewriter) const override {
    ScatterBuilder scatter{rewriter, op};
    SmallVector<Value> at(scatter.rank);
    rewriter.replaceOp(op, scatter.buildLoops(0, op.getInit(), at));
    return success();
  }
};

} // namespace

void tw::populateScatterDecomposition(RewritePatternSet &patterns) {
  patterns.add<DecomposeScatter>(patterns.getContext());
}
