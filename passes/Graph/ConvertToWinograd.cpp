// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Graph/ConstantValues.h"
#include "passes/Narrow/ContractionBody.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/DebugLog.h"
#include "llvm/Support/MathExtras.h"

namespace tw {
#define GEN_PASS_DEF_CONVERTTOWINOGRAD
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-convert-to-winograd"

using namespace mlir;

namespace {

/// Loops of a convolution with channels last: batch, two of pixels, output channels, two of the
/// window, input channels.
enum Loop : unsigned { N, H, W, F, KH, KW, C, kNumLoops };

/// Elements of a transformed tile, along each side; pixels that come out of it.
constexpr int64_t kTile = 4, kPixels = 2, kWindow = 3;

AffineMap getMap(MLIRContext *context, ArrayRef<AffineExpr> results) {
  return AffineMap::get(kNumLoops, 0, results, context);
}

/// Whether the loops of `op` are those of a convolution with channels last and a dense window of
/// stride 1.
bool isUnitConvolution(linalg::LinalgOp op) {
  if (op.getNumLoops() != kNumLoops || op.getNumDpsInputs() != 2)
    return false;
  SmallVector<AffineExpr> d;
  for (unsigned loop = 0; loop < kNumLoops; ++loop)
    d.push_back(getAffineDimExpr(loop, op.getContext()));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  return maps[0] == getMap(op.getContext(), {d[N], d[H] + d[KH], d[W] + d[KW], d[C]}) &&
         maps[1] == getMap(op.getContext(), {d[KH], d[KW], d[C], d[F]}) &&
         maps[2] == getMap(op.getContext(), {d[N], d[H], d[W], d[F]});
}

int64_t countTiles(int64_t pixels) { return llvm::divideCeil(pixels, kPixels); }

/// Whether the multiplications saved are worth what is written and read again between the
/// transforms: measured on AVX-512, where 8 channels lose, 16 win a third and 128 half. The
/// weights, which grow from 9 to 16 elements, come from memory in each call, which is why 512
/// channels of 7x7 pixels lose in a deep model.
bool pays(ArrayRef<int64_t> ranges) {
  constexpr int64_t kFlopsPerElement = 8, kWeightCost = 8;
  constexpr int64_t kElements = kTile * kTile, kWeights = kWindow * kWindow;
  int64_t batch = ShapedType::isDynamic(ranges[N]) ? 1 : ranges[N];
  int64_t tiles = batch * countTiles(ranges[H]) * countTiles(ranges[W]);
  int64_t pixels = batch * ranges[H] * ranges[W], pairs = ranges[C] * ranges[F];
  int64_t saved = 2 * pairs * (kWeights * pixels - kElements * tiles);
  int64_t moved = 2 * kElements * tiles * (ranges[C] + ranges[F]) +
                  kWeightCost * (kElements - kWeights) * pairs;
  return saved > kFlopsPerElement * moved;
}

/// Nothing if `op` is to be converted, else why not.
StringRef getRefusal(linalg::LinalgOp op, const tw::ConstantValues &constants) {
  if (!tw::isContractionOf(op, Float32Type::get(op.getContext())) ||
      !isa<Float32Type>(cast<ShapedType>(op->getResult(0).getType()).getElementType()))
    return "not a sum of products of f32";
  if (!isUnitConvolution(op))
    return "not a convolution with channels last, without stride or dilation";
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  if (ranges[KH] != kWindow || ranges[KW] != kWindow)
    return "its window is not 3x3";
  if (llvm::is_contained(ArrayRef(ranges).drop_front(), ShapedType::kDynamic))
    return "its image has a dynamic size";
  auto image = cast<RankedTensorType>(op->getOperand(0).getType());
  if (image.getDimSize(1) != ranges[H] + kWindow - 1 ||
      image.getDimSize(2) != ranges[W] + kWindow - 1)
    return "it does not read the whole image";
  auto fill = op.getDpsInitOperand(0)->get().getDefiningOp<linalg::FillOp>();
  if (!fill || !matchPattern(fill.value(), m_AnyZeroFloat()))
    return "it does not sum from zero";
  if (!constants.contains(op->getOperand(1)) || constants.contains(op->getResult(0)))
    return "its filter is not constant, or its result is";
  if (!pays(ranges))
    return "too few channels or pixels for the transforms to pay";
  return "";
}

/// G g G^T for the filter of each pair of channels: [4, 4, c, f] from [3, 3, c, f].
Value transformFilter(OpBuilder &builder, Location loc, Value filter) {
  constexpr float kFactors[] = {1, 0, 0, .5, .5, .5, .5, -.5, .5, 0, 0, 1};
  Type f32 = builder.getF32Type();
  Value factors = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(RankedTensorType::get({kTile, kWindow}, f32), ArrayRef(kFactors)));
  ArrayRef<int64_t> shape = cast<RankedTensorType>(filter.getType()).getShape();
  Value empty = tensor::EmptyOp::create(builder, loc,
                                        ArrayRef<int64_t>{kTile, kTile, shape[2], shape[3]}, f32);
  Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  SmallVector<AffineExpr> d; // row, column, channel, filter, and row and column of the window
  for (unsigned loop = 0; loop < 6; ++loop)
    d.push_back(builder.getAffineDimExpr(loop));
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(6, 0, results, builder.getContext());
  };
  SmallVector<utils::IteratorType> iterators(6, utils::IteratorType::parallel);
  iterators[4] = iterators[5] = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange{factors, factors, filter}, init,
             ArrayRef{map({d[0], d[4]}), map({d[1], d[5]}), map({d[4], d[5], d[2], d[3]}),
                      map({d[0], d[1], d[2], d[3]})},
             iterators,
             [](OpBuilder &b, Location l, ValueRange v) {
               Value factor = arith::MulFOp::create(b, l, v[0], v[1]);
               Value product = arith::MulFOp::create(b, l, factor, v[2]);
               linalg::YieldOp::create(b, l,
                                       arith::AddFOp::create(b, l, v[3], product).getResult());
             })
      .getResult(0);
}

/// The image with so many rows and columns more, of zeros, below and at the right. What they take
/// part in is not kept.
Value padToTiles(OpBuilder &builder, Location loc, Value image, int64_t rows, int64_t columns) {
  if (rows == 0 && columns == 0)
    return image;
  SmallVector<OpFoldResult> low(4, builder.getIndexAttr(0)), high = low;
  high[1] = builder.getIndexAttr(rows);
  high[2] = builder.getIndexAttr(columns);
  // Padding that is there already grows, so that nothing is copied twice.
  if (auto pad = image.getDefiningOp<tensor::PadOp>();
      pad && pad.getStaticHigh()[1] >= 0 && pad.getStaticHigh()[2] >= 0 &&
      pad.getConstantPaddingValue() &&
      matchPattern(pad.getConstantPaddingValue(), m_AnyZeroFloat())) {
    image = pad.getSource();
    low = pad.getMixedLowPad();
    for (auto [more, there] : llvm::zip_equal(high, pad.getMixedHighPad()))
      more = isZeroInteger(more) ? there
                                 : OpFoldResult(builder.getIndexAttr(*getConstantIntValue(more) +
                                                                     *getConstantIntValue(there)));
  }
  Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
  return tensor::PadOp::create(builder, loc, Type(), image, low, high, zero);
}

/// A tensor.empty of [4, 4, batch, rows, columns, channels].
Value createTiles(OpBuilder &builder, Location loc, OpFoldResult batch, int64_t rows,
                  int64_t columns, int64_t channels) {
  SmallVector<OpFoldResult> sizes;
  for (int64_t size : {kTile, kTile})
    sizes.push_back(builder.getIndexAttr(size));
  sizes.push_back(batch);
  for (int64_t size : {rows, columns, channels})
    sizes.push_back(builder.getIndexAttr(size));
  return tensor::EmptyOp::create(builder, loc, sizes, builder.getF32Type());
}

/// A product of matrices for each of the 16 elements of a tile.
Value multiply(OpBuilder &builder, Location loc, Value tiles, Value filter, Value init) {
  SmallVector<AffineExpr> d; // two of elements, batch, two of tiles, output and input channels
  for (unsigned loop = 0; loop < 7; ++loop)
    d.push_back(builder.getAffineDimExpr(loop));
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(7, 0, results, builder.getContext());
  };
  SmallVector<utils::IteratorType> iterators(7, utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange{tiles, filter}, init,
             ArrayRef{map({d[0], d[1], d[2], d[3], d[4], d[6]}), map({d[0], d[1], d[6], d[5]}),
                      map({d[0], d[1], d[2], d[3], d[4], d[5]})},
             iterators,
             [](OpBuilder &b, Location l, ValueRange v) {
               Value product = arith::MulFOp::create(b, l, v[0], v[1]);
               linalg::YieldOp::create(b, l,
                                       arith::AddFOp::create(b, l, v[2], product).getResult());
             })
      .getResult(0);
}

void convert(IRRewriter &rewriter, linalg::LinalgOp op) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = countTiles(ranges[H]), columns = countTiles(ranges[W]);
  Value filter = transformFilter(rewriter, loc, op->getOperand(1));
  Value image = padToTiles(rewriter, loc, op->getOperand(0), kPixels * rows - ranges[H],
                           kPixels * columns - ranges[W]);
  OpFoldResult batch = tensor::getMixedSize(rewriter, loc, op.getDpsInitOperand(0)->get(), 0);
  Value tiles = createTiles(rewriter, loc, batch, rows, columns, ranges[C]);
  tiles = tw::WinogradInputOp::create(rewriter, loc, tiles.getType(), image, tiles);
  Value products = createTiles(rewriter, loc, batch, rows, columns, ranges[F]);
  Value zero = arith::ConstantOp::create(rewriter, loc, rewriter.getF32FloatAttr(0));
  products = linalg::FillOp::create(rewriter, loc, zero, products).getResult(0);
  products = multiply(rewriter, loc, tiles, filter, products);
  auto fill = op.getDpsInitOperand(0)->get().getDefiningOp<linalg::FillOp>();
  rewriter.replaceOpWithNewOp<tw::WinogradOutputOp>(op, op->getResult(0).getType(), products,
                                                    fill.output());
}

struct ConvertToWinograd : tw::impl::ConvertToWinogradBase<ConvertToWinograd> {
  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> convolutions;
    tw::ConstantValues constants(getOperation());
    getOperation().walk([&](linalg::LinalgOp op) {
      StringRef refusal = getRefusal(op, constants);
      if (refusal.empty())
        convolutions.push_back(op);
      else
        LDBG() << refusal << ": " << op;
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : convolutions)
      convert(rewriter, op);
  }
};

} // namespace
