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

/// Whether the loops of `op` are those of a convolution with channels last and a dense window of
/// stride 1.
bool isUnitConvolution(linalg::LinalgOp op) {
  if (op.getNumLoops() != kNumLoops || op.getNumDpsInputs() != 2)
    return false;
  MLIRContext *context = op.getContext();
  auto d = [&](Loop loop) { return getAffineDimExpr(loop, context); };
  auto map = [&](ArrayRef<AffineExpr> results) {
    return AffineMap::get(kNumLoops, 0, results, context);
  };
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  return maps[0] == map({d(N), d(H) + d(KH), d(W) + d(KW), d(C)}) &&
         maps[1] == map({d(KH), d(KW), d(C), d(F)}) && maps[2] == map({d(N), d(H), d(W), d(F)});
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

/// Sums of products of one element of each of `inputs`, whose dimensions run over the loops that
/// `loops` has for them. The first loops are those of the result, of `sizes`; the others, up to
/// `numLoops`, are summed over.
Value sumProducts(OpBuilder &builder, Location loc, ValueRange inputs,
                  ArrayRef<SmallVector<unsigned>> loops, ArrayRef<OpFoldResult> sizes,
                  unsigned numLoops) {
  Value zero = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0));
  Value init = tensor::EmptyOp::create(builder, loc, sizes, builder.getF32Type());
  init = linalg::FillOp::create(builder, loc, zero, init).getResult(0);
  SmallVector<AffineMap> maps;
  for (ArrayRef<unsigned> targets : loops)
    maps.push_back(AffineMap::getMultiDimMapWithTargets(numLoops, targets, builder.getContext()));
  maps.push_back(AffineMap::getMultiDimIdentityMap(numLoops, builder.getContext())
                     .getMajorSubMap(sizes.size()));
  SmallVector<utils::IteratorType> iterators(sizes.size(), utils::IteratorType::parallel);
  iterators.resize(numLoops, utils::IteratorType::reduction);
  return linalg::GenericOp::create(builder, loc, init.getType(), inputs, init, maps, iterators,
                                   [](OpBuilder &b, Location l, ValueRange v) {
                                     Value sum = v.back(), product = v.front();
                                     for (Value factor : v.drop_front().drop_back())
                                       product = arith::MulFOp::create(b, l, product, factor);
                                     sum = arith::AddFOp::create(b, l, sum, product);
                                     linalg::YieldOp::create(b, l, sum);
                                   })
      .getResult(0);
}

/// G g G^T for the filter of each pair of channels: [4, 4, c, f] from [3, 3, c, f].
Value transformFilter(OpBuilder &builder, Location loc, Value filter) {
  constexpr float kFactors[] = {1, 0, 0, .5, .5, .5, .5, -.5, .5, 0, 0, 1};
  auto type = RankedTensorType::get({kTile, kWindow}, builder.getF32Type());
  Value factors =
      arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, ArrayRef(kFactors)));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(builder, loc, filter);
  sizes[0] = sizes[1] = builder.getIndexAttr(kTile);
  // Row, column, channel, filter; row and column of the window.
  return sumProducts(builder, loc, {factors, factors, filter}, {{0, 4}, {1, 5}, {4, 5, 2, 3}},
                     sizes, 6);
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

void convert(IRRewriter &rewriter, linalg::LinalgOp op) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  int64_t rows = countTiles(ranges[H]), columns = countTiles(ranges[W]);
  Value filter = transformFilter(rewriter, loc, op->getOperand(1));
  Value image = padToTiles(rewriter, loc, op->getOperand(0), kPixels * rows - ranges[H],
                           kPixels * columns - ranges[W]);
  auto index = [&](int64_t size) { return OpFoldResult(rewriter.getIndexAttr(size)); };
  SmallVector<OpFoldResult> sizes = {
      index(kTile),
      index(kTile),
      tensor::getMixedSize(rewriter, loc, op.getDpsInitOperand(0)->get(), 0),
      index(rows),
      index(columns),
      index(ranges[C])};
  Value tiles = tensor::EmptyOp::create(rewriter, loc, sizes, rewriter.getF32Type());
  tiles = tw::WinogradInputOp::create(rewriter, loc, tiles.getType(), image, tiles);
  // A product of matrices for each of the 16 elements of a tile: two loops of elements, batch, two
  // of tiles, output channels; input channels.
  sizes.back() = index(ranges[F]);
  Value products =
      sumProducts(rewriter, loc, {tiles, filter}, {{0, 1, 2, 3, 4, 6}, {0, 1, 6, 5}}, sizes, 7);
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
