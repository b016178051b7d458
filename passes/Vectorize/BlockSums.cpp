// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "passes/Schedule/Heuristics.h"
#include "passes/Vectorize/RowTileSums.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_BLOCKSUMS
#include "passes/Vectorize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-block-sums"

using namespace mlir;

namespace {

/// Computes all blocks of the sums but the last in front of the loop over rows. Three loops over
/// rows come of it: of the first block, whose sums begin as they do; of those between; and the one
/// that was there, with the last block and with what becomes of the sums. Rejected: zeros in memory
/// for the first block, which cost as much as another block's sums.
struct SumBlocker {
  ImplicitLocOpBuilder b;
  tw::RowTileSums match;

  Value constant(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

  /// Where the sums have tile `number` of the row tile that `rows` is at.
  SmallVector<Value> getPlace(scf::ForOp rows, int64_t number) {
    AffineExpr s0, s1;
    bindSymbols(b.getContext(), s0, s1);
    Value tile = affine::AffineApplyOp::create(
        b, AffineMap::get(0, 2, (s0 - s1).floorDiv(*getConstantIntValue(rows.getStep()))),
        ValueRange{rows.getInductionVar(), rows.getLowerBound()});
    return {tile, constant(number), constant(0), constant(0)};
  }

  SmallVector<Value> readSums(scf::ForOp rows, Value sums) {
    SmallVector<Value> read;
    for (auto [number, type] : llvm::enumerate(match.sum.getResultTypes()))
      read.push_back(
          vector::TransferReadOp::create(b, cast<VectorType>(type), sums, getPlace(rows, number),
                                         /*padding=*/std::nullopt, ArrayRef<bool>{true, true}));
    return read;
  }

  /// The iterations `from` to `to` of all row tiles, which begin with what `sums` holds, or as the
  /// sums do where these are the first.
  Value emitBlock(Value sums, Value from, Value to, bool isFirst) {
    auto rows = scf::ForOp::create(b, match.rows.getLowerBound(), match.rows.getUpperBound(),
                                   match.rows.getStep(), ValueRange{sums});
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(rows.getBody());
    IRMapping mapping;
    mapping.map(match.rows.getInductionVar(), rows.getInductionVar());
    for (Operation *op : match.needed)
      b.clone(*op, mapping);
    Value held = rows.getRegionIterArg(0);
    SmallVector<Value> begins;
    if (!isFirst)
      begins = readSums(rows, held);
    auto part = cast<scf::ForOp>(b.clone(*match.sum, mapping));
    part.setLowerBound(from);
    part.setUpperBound(to);
    if (!isFirst)
      part.getInitArgsMutable().assign(begins);
    for (auto [number, result] : llvm::enumerate(part.getResults()))
      held = vector::TransferWriteOp::create(b, result, held, getPlace(rows, number),
                                             ArrayRef<bool>{true, true})
                 .getResult();
    scf::YieldOp::create(b, held);
    return rows.getResult(0);
  }

  void run() {
    int64_t block = match.blockTrips * match.step;
    int64_t second = match.lower + block;
    int64_t last = match.lower + (match.upper - match.lower - 1) / block * block;
    auto tile = cast<VectorType>(match.sum.getResultTypes().front());
    SmallVector<int64_t> shape = {match.rowTiles, match.sum.getNumResults()};
    llvm::append_range(shape, tile.getShape());
    b.setInsertionPoint(match.rows);
    Value sums = tensor::EmptyOp::create(b, shape, tile.getElementType());
    Value from = constant(second), to = constant(last), by = constant(block);
    sums = emitBlock(sums, match.sum.getLowerBound(), from, /*isFirst=*/true);
    if (second < last) {
      auto blocks = scf::ForOp::create(b, from, to, by, ValueRange{sums});
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(blocks.getBody());
      // A sum without overflow: scf.for::getStaticTripCount sees a constant in no other form.
      Value end =
          arith::AddIOp::create(b, blocks.getInductionVar(), by, arith::IntegerOverflowFlags::nsw);
      Value written = emitBlock(blocks.getRegionIterArg(0), blocks.getInductionVar(), end,
                                /*isFirst=*/false);
      scf::YieldOp::create(b, written);
      sums = blocks.getResult(0);
    }
    match.sum.setLowerBound(to);
    b.setInsertionPoint(match.sum);
    match.sum.getInitArgsMutable().assign(readSums(match.rows, sums));
  }
};

struct BlockSums : tw::impl::BlockSumsBase<BlockSums> {
  void runOnOperation() override {
    tw::TargetAttr target = tw::getRequiredTarget(getOperation());
    if (!target)
      return signalPassFailure();
    SmallVector<tw::RowTileSums> matches;
    getOperation().walk([&](scf::ForOp loop) {
      StringRef reason;
      if (std::optional<tw::RowTileSums> sums = tw::matchRowTileSums(loop, target, reason))
        matches.push_back(std::move(*sums));
      else
        LDBG() << "in one piece: " << reason << ": " << loop.getLoc();
    });
    for (tw::RowTileSums &sums : matches)
      SumBlocker{ImplicitLocOpBuilder(sums.rows.getLoc(), &getContext()), sums}.run();
  }
};

} // namespace
