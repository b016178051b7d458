// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Schedule/Heuristics.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_PREFETCHROWS
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-prefetch-rows"

using namespace mlir;

namespace {

/// A vector that is read of a task's rows.
struct Read {
  vector::TransferReadOp op;
  /// Where it begins, as indices of the rows.
  SmallVector<OpFoldResult> indices;
};

/// Rows that a task reads. Those of the next task follow along dimension `dim`.
struct Rows {
  memref::SubViewOp view;
  int64_t dim, count, columns;
  /// For each loop over them, what is read in an iteration.
  SmallVector<SmallVector<Read>> walks;
};

/// The vectors of `view` that are read inside `loop`, directly or through slices of it.
SmallVector<Read> findReads(scf::ForOp loop, memref::SubViewOp view) {
  SmallVector<Read> reads;
  loop.walk([&](vector::TransferReadOp read) {
    if (read.getVectorType().getRank() != 1 || !read.getPermutationMap().isMinorIdentity())
      return;
    SmallVector<memref::SubViewOp> slices;
    Value base = read.getBase();
    while (base != view) {
      auto slice = base.getDefiningOp<memref::SubViewOp>();
      if (!slice || !slice.hasUnitStride() ||
          slice.getType().getRank() != slice.getSourceType().getRank())
        return;
      slices.push_back(slice);
      base = slice.getSource();
    }
    OpBuilder builder(read);
    AffineExpr s0, s1;
    bindSymbols(builder.getContext(), s0, s1);
    SmallVector<OpFoldResult> indices = getAsOpFoldResult(read.getIndices());
    for (memref::SubViewOp slice : slices)
      for (auto [index, offset] : llvm::zip_equal(indices, slice.getMixedOffsets()))
        index =
            affine::makeComposedFoldedAffineApply(builder, read.getLoc(), s0 + s1, {index, offset});
    reads.push_back({read, indices});
  });
  return reads;
}

/// About how many elements are read of rows of which a task has `count`.
int64_t countElements(ArrayRef<Read> reads, int64_t count) {
  int64_t total = 0;
  for (Read read : reads) {
    int64_t elements = read.op.getVectorType().getNumElements();
    for (auto loop = read.op->getParentOfType<scf::ForOp>(); loop;
         loop = loop->getParentOfType<scf::ForOp>()) {
      std::optional<APInt> trips = loop.getStaticTripCount();
      int64_t step = getConstantIntValue(loop.getStep()).value_or(1);
      elements *= trips ? trips->getSExtValue() : llvm::divideCeil(count, step);
    }
    total += elements;
  }
  return total;
}

/// A size, which may be less in the last task; nothing where that is not known.
std::optional<int64_t> getLargest(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return constant;
  if (auto min = cast<Value>(size).getDefiningOp<affine::AffineMinOp>())
    for (AffineExpr expr : min.getAffineMap().getResults())
      if (auto constant = dyn_cast<AffineConstantExpr>(expr))
        return constant.getValue();
  return std::nullopt;
}

/// The rows that `view` is, or nothing and the reason.
std::optional<Rows> matchRows(memref::SubViewOp view, scf::ForallOp tasks, int64_t cacheBytes,
                              StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  MemRefType source = view.getSourceType();
  Type element = source.getElementType();
  if (tasks->isAncestor(view.getSource().getParentRegion()->getParentOp()))
    return refuse("not of a tensor from outside");
  if (source.getRank() != view.getType().getRank() || !view.hasUnitStride() ||
      !element.isIntOrFloat() || element.getIntOrFloatBitWidth() < 8)
    return refuse("not rows of numbers");
  SmallVector<OpFoldResult> offsets = view.getMixedOffsets(), sizes = view.getMixedSizes();
  // Tasks that follow one another differ in the last dimension that is distributed.
  int64_t dim = source.getRank() - 1;
  while (dim >= 0 && getConstantIntValue(offsets[dim]))
    --dim;
  if (dim < 0 || dim == source.getRank() - 1)
    return refuse("the rows of all tasks, or parts of rows");
  int64_t width = element.getIntOrFloatBitWidth() / 8, elements = 1;
  for (OpFoldResult size : sizes) {
    std::optional<int64_t> largest = getLargest(size);
    if (!largest)
      return refuse("not known how many");
    elements *= *largest;
  }
  if (source.hasStaticShape() && source.getNumElements() * width <= cacheBytes)
    return refuse("of a tensor that may well be in the cache");
  if (elements * width > cacheBytes / 4)
    return refuse("larger than what the cache has room for");
  Rows rows{view, dim, *getLargest(sizes[dim]), *getLargest(sizes.back()), {}};
  for (auto loop : tasks.getBody()->getOps<scf::ForOp>()) {
    // One that begins elsewhere does the rows that another one has left, and a short one columns.
    SmallVector<Read> reads = findReads(loop, view);
    if (isConstantIntValue(getAsOpFoldResult(loop.getLowerBound()), 0) &&
        2 * countElements(reads, rows.count) >= elements)
      rows.walks.push_back(reads);
  }
  // Where nothing is done with rows but to read them once, the processor fetches ahead well enough.
  if (rows.walks.size() < 2)
    return refuse("not walked several times");
  return rows;
}

struct PrefetchRows : tw::impl::PrefetchRowsBase<PrefetchRows> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    getOperation().walk([&](scf::ForallOp tasks) {
      for (auto view : llvm::to_vector(tasks.getBody()->getOps<memref::SubViewOp>())) {
        StringRef reason;
        if (std::optional<Rows> rows = matchRows(view, tasks, target.getL2Bytes(), reason))
          prefetch(rewriter, *rows);
        else
          LDBG() << "not prefetched: " << reason << ": " << view;
      }
    });
  }

  /// Each walk fetches its share, from front to back: memory is busy all the time, and no walk
  /// waits for more than its share.
  static void prefetch(IRRewriter &rewriter, Rows rows) {
    Location loc = rows.view.getLoc();
    MLIRContext *context = rewriter.getContext();
    rewriter.setInsertionPoint(rows.view);
    SmallVector<OpFoldResult> next = rows.view.getMixedOffsets();
    OpFoldResult size = memref::getMixedSize(rewriter, loc, rows.view.getSource(), rows.dim);
    AffineExpr s0, s1;
    bindSymbols(context, s0, s1);
    // The last task fetches what it has, which costs nothing, but for tensors of fewer rows than a
    // task: there is nothing before the first.
    next[rows.dim] = affine::makeComposedFoldedAffineMin(
        rewriter, loc, AffineMap::get(0, 2, {s0 + rows.count, s1 - rows.count}, context),
        {next[rows.dim], size});
    if (!getConstantIntValue(size))
      next[rows.dim] = affine::makeComposedFoldedAffineMax(
          rewriter, loc, AffineMap::get(0, 1, {s0, getAffineConstantExpr(0, context)}, context),
          {next[rows.dim]});
    int64_t walks = rows.walks.size();
    for (auto [walk, reads] : llvm::enumerate(rows.walks)) {
      int64_t count = reads.size(), from = walk * count / walks, to = (walk + 1) * count / walks;
      if (count >= walks) // rows that are read side by side
        for (Read &read : MutableArrayRef(reads).slice(from, to - from))
          emit(rewriter, rows, next, read.op, read.indices);
      else
        for (Read &read : reads)
          emit(rewriter, rows, next, read.op, getPart(rewriter, rows, walk, read));
    }
  }

  /// Where walk `walk` fetches with `read`, when each row is fetched in as many parts as there are
  /// walks: from front to back again.
  static SmallVector<OpFoldResult> getPart(IRRewriter &rewriter, const Rows &rows, int64_t walk,
                                           Read &read) {
    Location loc = read.op.getLoc();
    rewriter.setInsertionPoint(read.op);
    int64_t walks = rows.walks.size();
    Value number = arith::ConstantIndexOp::create(rewriter, loc, walks);
    AffineExpr s0, s1;
    bindSymbols(rewriter.getContext(), s0, s1);
    auto apply = [&](AffineExpr expr, ArrayRef<OpFoldResult> operands) {
      return getValueOrCreateConstantIndexOp(
          rewriter, loc, affine::makeComposedFoldedAffineApply(rewriter, loc, expr, operands));
    };
    // Unsigned, which are shifts and masks where the number of walks is a power of two.
    auto divide = [&](Value value) -> Value {
      return arith::DivUIOp::create(rewriter, loc, value, number);
    };
    Value place = apply(s0 + walk * rows.count, {read.indices[rows.dim]});
    Value part = arith::RemUIOp::create(rewriter, loc, place, number);
    Value column = divide(getValueOrCreateConstantIndexOp(rewriter, loc, read.indices.back()));
    SmallVector<OpFoldResult> indices = read.indices;
    indices[rows.dim] = divide(place);
    indices.back() = apply(s0 * (rows.columns / walks) + s1, {part, column});
    return indices;
  }

  static void emit(IRRewriter &rewriter, Rows &rows, ArrayRef<OpFoldResult> next,
                   vector::TransferReadOp read, ArrayRef<OpFoldResult> indices) {
    Location loc = read.getLoc();
    rewriter.setInsertionPoint(read);
    AffineExpr s0, s1;
    bindSymbols(rewriter.getContext(), s0, s1);
    SmallVector<Value> place;
    for (auto [begin, index] : llvm::zip_equal(next, indices))
      place.push_back(getValueOrCreateConstantIndexOp(
          rewriter, loc,
          affine::makeComposedFoldedAffineApply(rewriter, loc, s0 + s1, {begin, index})));
    memref::PrefetchOp::create(rewriter, loc, rows.view.getSource(), place, /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }
};

} // namespace
