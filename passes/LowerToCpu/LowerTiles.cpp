// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"
#include "passes/LowerToCpu/TileBuffers.h"
#include "llvm/ADT/DenseSet.h"

namespace tw {
#define GEN_PASS_DEF_LOWERTILES
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-lower-tiles"

using namespace mlir;

namespace {

/// What a tile becomes: a register of AMX, or memory of the same contents. Tiles are the vectors of
/// the types that products have.
struct TileTypes : TypeConverter {
  TileTypes(func::FuncOp function, bool emulate) {
    function.walk([&](tw::TileDotOp op) {
      tiles.insert_range(op->getOperandTypes());
      tiles.insert(op.getType());
    });
    addConversion([](Type type) { return type; });
    addConversion([this, emulate](VectorType type) -> std::optional<Type> {
      if (!isTile(type))
        return std::nullopt;
      if (emulate)
        return MemRefType::get(type.getShape(), type.getElementType());
      if (type.getElementType().isF32())
        return amx::TileType::get(type.getShape(), type.getElementType());
      // A word is two bf16.
      return amx::TileType::get({type.getDimSize(0), 2 * type.getDimSize(1)},
                                BFloat16Type::get(type.getContext()));
    });
  }

  bool isTile(Type type) const { return tiles.contains(type); }
  bool empty() const { return tiles.empty(); }

private:
  llvm::DenseSet<Type> tiles;
};

template <typename Op> struct TilePattern : OpConversionPattern<Op> {
  TilePattern(const TileTypes &types, MLIRContext *context, tw::TileBuffers &buffers)
      : OpConversionPattern<Op>(types, context), types(types), buffers(buffers) {}
  const TileTypes &types;
  tw::TileBuffers &buffers;
};

/// Zeros, one register for each use.
struct LowerZero : TilePattern<arith::ConstantOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!types.isTile(op.getType()) || !matchPattern(op.getResult(), m_AnyZeroFloat()))
      return rewriter.notifyMatchFailure(op, "is no tile of zeros");
    if (!buffers.emulate()) {
      rewriter.replaceOpWithNewOp<amx::TileZeroOp>(op,
                                                   getTypeConverter()->convertType(op.getType()));
      return success();
    }
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto type = cast<VectorType>(op.getType());
    Value buffer = buffers.create(rewriter, type);
    tw::storeRows(b, buffer, [&](int64_t) -> Value {
      auto row = VectorType::get(type.getShape().drop_front(), type.getElementType());
      return arith::ConstantOp::create(b, b.getZeroAttr(row));
    });
    rewriter.replaceOp(op, buffer);
    return success();
  }
};

/// A tile from memory. One that reaches beyond its buffer is put together row by row.
struct LowerRead : TilePattern<vector::TransferReadOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(vector::TransferReadOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto memory = dyn_cast<MemRefType>(op.getBase().getType());
    if (!memory || !types.isTile(op.getType()) ||
        memory.getElementType() != op.getVectorType().getElementType())
      return rewriter.notifyMatchFailure(op, "is no tile in memory");
    AffineMap map = op.getPermutationMap();
    if (op.getMask() || !map.isProjectedPermutation() ||
        map.getDimPosition(1) + 1 != map.getNumDims() || !memory.isLastDimUnitStride())
      return rewriter.notifyMatchFailure(op, "the words of a row do not follow one another");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    bool whole = op.isDimInBounds(0) && op.isDimInBounds(1);
    if (whole && !buffers.emulate()) {
      unsigned rows = map.getDimPosition(0);
      Value stride = tw::getStride(b, op.getBase(), rows);
      rewriter.replaceOpWithNewOp<amx::TileLoadOp>(
          op, getTypeConverter()->convertType(op.getType()), op.getBase(), op.getIndices(), stride);
      return success();
    }
    Value buffer = buffers.create(rewriter, op.getVectorType());
    tw::storeRows(b, buffer, [&](int64_t row) { return tw::readRow(b, op, row); });
    if (buffers.emulate()) {
      rewriter.replaceOp(op, buffer);
      return success();
    }
    Value zero = arith::ConstantIndexOp::create(b, 0);
    rewriter.replaceOpWithNewOp<amx::TileLoadOp>(op, getTypeConverter()->convertType(op.getType()),
                                                 buffer, ValueRange{zero, zero});
    return success();
  }
};

/// A whole tile to memory.
struct LowerWrite : TilePattern<vector::TransferWriteOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(vector::TransferWriteOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto memory = dyn_cast<MemRefType>(op.getBase().getType());
    if (!memory || !types.isTile(op.getVectorType()))
      return rewriter.notifyMatchFailure(op, "is no tile that goes to memory");
    AffineMap map = op.getPermutationMap();
    if (op.getMask() || op.hasOutOfBoundsDim() || !map.isProjectedPermutation() ||
        map.getDimPosition(1) + 1 != map.getNumDims() || !memory.isLastDimUnitStride())
      return rewriter.notifyMatchFailure(op, "is no whole tile of contiguous rows");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    unsigned rowDim = map.getDimPosition(0);
    if (buffers.emulate()) {
      tw::copyRows(b, adaptor.getValueToStore(), op.getBase(), op.getIndices(), rowDim);
      rewriter.eraseOp(op);
      return success();
    }
    Value stride = tw::getStride(b, op.getBase(), rowDim);
    rewriter.replaceOpWithNewOp<amx::TileStoreOp>(op, op.getBase(), op.getIndices(),
                                                  adaptor.getValueToStore(), stride);
    return success();
  }
};

struct LowerDot : TilePattern<tw::TileDotOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(tw::TileDotOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    // The instruction is undefined where two of its registers are one, and LLVM does not know it.
    if (op.getLhs() == op.getRhs())
      return rewriter.notifyMatchFailure(op, "its operands are one tile; read it twice");
    if (!buffers.emulate()) {
      rewriter.replaceOpWithNewOp<amx::TileMulFOp>(
          op, getTypeConverter()->convertType(op.getType()), adaptor.getLhs(), adaptor.getRhs(),
          adaptor.getAccumulator());
      return success();
    }
    if (!op.getAccumulator().hasOneUse())
      return rewriter.notifyMatchFailure(op, "emulation overwrites the accumulator, which has "
                                             "other uses");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    tw::emulateDot(b, adaptor.getLhs(), adaptor.getRhs(), adaptor.getAccumulator());
    rewriter.replaceOp(op, adaptor.getAccumulator());
    return success();
  }
};

/// A row of a tile, read back from memory.
struct LowerRow : TilePattern<vector::ExtractOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(vector::ExtractOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!types.isTile(op.getSource().getType()) || op.getNumIndices() != 1 ||
        op.hasDynamicPosition())
      return rewriter.notifyMatchFailure(op, "is no constant row of a tile");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value buffer = adaptor.getSource();
    if (!buffers.emulate())
      buffer = buffers.getStored(rewriter, op.getSource(), buffer);
    Value row = arith::ConstantIndexOp::create(b, op.getStaticPosition().front());
    Value zero = arith::ConstantIndexOp::create(b, 0);
    rewriter.replaceOpWithNewOp<vector::LoadOp>(op, cast<VectorType>(op.getType()), buffer,
                                                ValueRange{row, zero});
    return success();
  }
};

struct LowerTiles : tw::impl::LowerTilesBase<LowerTiles> {
  using LowerTilesBase::LowerTilesBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    TileTypes types(function, emulate);
    if (types.empty())
      return;
    separateZeros(function, types);
    MLIRContext *context = &getContext();
    tw::TileBuffers buffers(function, emulate);
    ConversionTarget target(*context);
    auto isTile = [&](Type type) { return types.isTile(type); };
    target.markUnknownOpDynamicallyLegal([isTile](Operation *op) {
      return llvm::none_of(op->getOperandTypes(), isTile) &&
             llvm::none_of(op->getResultTypes(), isTile);
    });
    RewritePatternSet patterns(context);
    patterns.add<LowerZero, LowerRead, LowerWrite, LowerDot, LowerRow>(types, context, buffers);
    scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
    if (failed(applyFullConversion(function, target, std::move(patterns))))
      signalPassFailure();
  }

  /// An accumulator begins in a register of its own, right before the loop that adds to it.
  static void separateZeros(func::FuncOp function, const TileTypes &types) {
    SmallVector<arith::ConstantOp> zeros;
    function.walk([&](arith::ConstantOp op) {
      if (types.isTile(op.getType()))
        zeros.push_back(op);
    });
    for (arith::ConstantOp zero : zeros) {
      OpBuilder builder(zero);
      for (OpOperand &use : llvm::make_early_inc_range(zero->getUses())) {
        builder.setInsertionPoint(use.getOwner());
        use.set(builder.clone(*zero)->getResult(0));
      }
      zero.erase();
    }
  }
};

} // namespace
