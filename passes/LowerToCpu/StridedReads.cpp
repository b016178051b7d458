// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/StridedReads.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace {

/// Beyond that, most of what is loaded would be thrown away.
constexpr int64_t kMostStride = 4;
/// The widest registers; where they are narrower, LLVM splits loads and shuffles.
constexpr int64_t kRegisterBits = 512;

/// Reads a vector from a row whose elements are a constant few apart.
struct ReadStrided : OpRewritePattern<vector::TransferReadOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(vector::TransferReadOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<MemRefType>(op.getShapedType());
    VectorType vector = op.getVectorType();
    if (!type || vector.getRank() != 1 || vector.isScalable() ||
        !vector.getElementType().isIntOrFloat())
      return rewriter.notifyMatchFailure(op, "not a row of numbers in memory");
    if (!op.getPermutationMap().isMinorIdentity() || op.getMask() || op.hasOutOfBoundsDim())
      return rewriter.notifyMatchFailure(op, "it may reach beyond the row, or across rows");
    SmallVector<int64_t> strides;
    int64_t offset;
    if (failed(type.getStridesAndOffset(strides, offset)) || strides.back() < 2 ||
        strides.back() > kMostStride)
      return rewriter.notifyMatchFailure(op, "its elements are not a known few apart");

    Location loc = op.getLoc();
    int64_t width = kRegisterBits / vector.getElementTypeBitWidth();
    Value result = ub::PoisonOp::create(rewriter, loc, vector);
    for (int64_t begin = 0, size = vector.getNumElements(); begin < size; begin += width) {
      int64_t lanes = std::min(width, size - begin);
      Value part = readPart(rewriter, op, begin, lanes, strides.back());
      result = vector::InsertStridedSliceOp::create(rewriter, loc, part, result, begin, 1);
    }
    rewriter.replaceOp(op, result);
    return success();
  }

  /// `lanes` of the elements from lane `begin` on. No load reaches beyond the last of them, which
  /// may be the last that the program owns.
  static Value readPart(PatternRewriter &rewriter, vector::TransferReadOp op, int64_t begin,
                        int64_t lanes, int64_t stride) {
    Location loc = op.getLoc();
    int64_t span = (lanes - 1) * stride + 1;
    Value row = viewRow(rewriter, op, begin, span);
    VectorType type = VectorType::get({lanes}, op.getVectorType().getElementType());
    Value result;
    int64_t done = 0;
    for (int64_t load = 0; load < stride; ++load) {
      int64_t start = std::min(load * lanes, span - lanes);
      Value index = arith::ConstantIndexOp::create(rewriter, loc, start);
      Value next = vector::LoadOp::create(rewriter, loc, type, row, index);
      SmallVector<int64_t> mask;
      for (int64_t lane = 0; lane < lanes; ++lane) {
        int64_t place = lane * stride - start;
        // Lanes before `done` are there already; others come with a later vector.
        bool isHere = lane >= done && place < lanes;
        mask.push_back(isHere ? (result ? lanes + place : place) : lane);
      }
      done = std::min(lanes, (start + lanes - 1) / stride + 1);
      result = vector::ShuffleOp::create(rewriter, loc, result ? result : next, next, mask);
    }
    return result;
  }

  /// `span` elements of memory, all of them, from the element of lane `begin` on.
  static Value viewRow(PatternRewriter &rewriter, vector::TransferReadOp op, int64_t begin,
                       int64_t span) {
    Location loc = op.getLoc();
    auto memory = memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getBase());
    Value offset = memory.getOffset();
    for (auto [dim, index] : llvm::enumerate(op.getIndices())) {
      Value place = index;
      if (begin != 0 && dim + 1 == op.getIndices().size())
        place = arith::AddIOp::create(rewriter, loc, place,
                                      arith::ConstantIndexOp::create(rewriter, loc, begin));
      Value moved = arith::MulIOp::create(rewriter, loc, place, memory.getStrides()[dim]);
      offset = arith::AddIOp::create(rewriter, loc, offset, moved);
    }
    auto layout = StridedLayoutAttr::get(op.getContext(), ShapedType::kDynamic, {1});
    auto source = cast<MemRefType>(op.getShapedType());
    auto type = MemRefType::get({span}, source.getElementType(), layout, source.getMemorySpace());
    return memref::ReinterpretCastOp::create(rewriter, loc, type, memory.getBaseBuffer(), offset,
                                             ArrayRef<OpFoldResult>{rewriter.getIndexAttr(span)},
                                             ArrayRef<OpFoldResult>{rewriter.getIndexAttr(1)});
  }
};

} // namespace

void tw::populateStridedReadsPatterns(RewritePatternSet &patterns) {
  // Before upstream's, which take all reads.
  patterns.add<ReadStrided>(patterns.getContext(), PatternBenefit(10));
}
