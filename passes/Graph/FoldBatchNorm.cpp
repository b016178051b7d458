// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "passes/Graph/AffineChain.h"
#include "passes/Graph/ScalableProducer.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_FOLDBATCHNORM
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-fold-batch-norm"

using namespace mlir;

namespace {

/// Body helper: `value` as a float of `type`.
Value convertFloat(OpBuilder &builder, Location loc, Value value, Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (from == to)
    return value;
  return from < to ? arith::ExtFOp::create(builder, loc, type, value).getResult()
                   : arith::TruncFOp::create(builder, loc, type, value).getResult();
}

/// One generic over `data`, of `outs`' type, with per-channel vectors: each of `vectors` is read
/// along `dims` of the data. `combine` computes in the vectors' type.
Value createPerChannel(OpBuilder &builder, Location loc, Value data, ValueRange vectors,
                       ArrayRef<unsigned> dims, Value outs,
                       function_ref<Value(OpBuilder &, Value, ValueRange)> combine) {
  auto type = cast<RankedTensorType>(outs.getType());
  AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineExpr> channel;
  for (unsigned dim : dims)
    channel.push_back(builder.getAffineDimExpr(dim));
  AffineMap perChannel = AffineMap::get(type.getRank(), 0, channel, builder.getContext());
  SmallVector<Value> inputs{data};
  SmallVector<AffineMap> maps{identity};
  for (Value vector : vectors) {
    inputs.push_back(vector);
    maps.push_back(perChannel);
  }
  maps.push_back(identity);
  SmallVector<utils::IteratorType> loops(type.getRank(), utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, TypeRange(type), inputs, ValueRange(outs), maps, loops,
      [&](OpBuilder &b, Location inner, ValueRange arguments) {
        Value x = convertFloat(b, inner, arguments[0], getElementTypeOrSelf(vectors[0]));
        Value y = combine(b, x, arguments.slice(1, vectors.size()));
        linalg::YieldOp::create(b, inner, convertFloat(b, inner, y, type.getElementType()));
      });
  return generic.getResult(0);
}

/// Says why an operation is no part of a chain: `--debug-only=tw-fold-batch-norm`.
struct RefusalLog : RewriterBase::Listener {
  void notifyMatchFailure(Location location, function_ref<void(Diagnostic &)> reason) override {
    LLVM_DEBUG({
      Diagnostic diagnostic(location, DiagnosticSeverity::Remark);
      reason(diagnostic);
      LDBG() << "no chain: " << diagnostic.str();
    });
  }
};

struct FoldBatchNorm : tw::impl::FoldBatchNormBase<FoldBatchNorm> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    RefusalLog log;
    IRRewriter rewriter(&getContext(), &log);
    tw::ConstantValues constants(getOperation());
    SmallVector<linalg::GenericOp> candidates;
    for (auto op : getOperation().front().getOps<linalg::GenericOp>())
      candidates.push_back(op);
    DenseSet<Operation *> taken;
    // Backwards, so that a chain is met at its end. What is replaced is erased last: `constants`
    // must not see a new operation at the address of an old one.
    llvm::SetVector<Operation *> replaced;
    for (linalg::GenericOp last : llvm::reverse(candidates)) {
      if (taken.contains(last))
        continue;
      FailureOr<tw::AffineChain> chain = tw::matchAffineChain(rewriter, last, constants);
      if (failed(chain))
        continue;
      rewriter.setInsertionPoint(last);
      if (!fold(rewriter, *chain, constants, replaced) && !fuse(rewriter, *chain))
        continue;
      for (const tw::AffineLink &link : llvm::reverse(chain->links)) {
        taken.insert(link.op);
        replaced.insert(link.op);
      }
    }
    SmallVector<Operation *> ordered = replaced.takeVector();
    llvm::sort(ordered, [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
    for (Operation *op : ordered)
      if (op->use_empty())
        rewriter.eraseOp(op);
  }

  /// Scales the weights of the convolution or product before the chain; what is left of the chain
  /// is one addition per channel, or nothing.
  bool fold(IRRewriter &rewriter, const tw::AffineChain &chain, const tw::ConstantValues &constants,
            llvm::SetVector<Operation *> &replaced) {
    if (!chain.scales())
      return false; // a bias alone is where it should be
    std::string reason;
    FailureOr<tw::ScalableProducer> producer =
        tw::matchScalableProducer(chain.getInput(), chain.channel, constants, reason);
    linalg::GenericOp last = chain.getLast();
    if (failed(producer)) {
      LDBG() << "not folded: "
             << (reason.empty() ? "no convolution or contraction comes before" : reason);
      if (!reason.empty())
        remark::missed(last.getLoc(), remark::RemarkOpts::name("fold-batch-norm").category("graph"))
            << "the scale and shift per channel stay a pass over memory: " << reason;
      return false;
    }
    Location loc = last.getLoc();
    Value scale = chain.buildScale(rewriter);
    bool hasShift = chain.shifts() || producer->bias;
    Value shift = hasShift ? chain.buildShift(rewriter, producer->bias) : Value();

    Value weight = producer->weight->get();
    auto weightType = cast<RankedTensorType>(weight.getType());
    Value grouped = producer->groupChannels(rewriter, scale);
    Value empty =
        tensor::EmptyOp::create(rewriter, loc, weightType.getShape(), weightType.getElementType());
    Value scaled = createPerChannel(rewriter, loc, weight, grouped, producer->weightDims, empty,
                                    [&](OpBuilder &b, Value x, ValueRange s) -> Value {
                                      return arith::MulFOp::create(b, loc, x, s[0]);
                                    });
    Value result = producer->cloneWith(rewriter, scaled);
    if (hasShift || result.getType() != chain.getType()) {
      // Without a shift the generic only converts, to the type that the chain ended in.
      if (!shift)
        shift = createZeros(rewriter, loc, scale.getType());
      result = createPerChannel(rewriter, loc, result, shift, chain.channel,
                                last.getDpsInitOperand(0)->get(),
                                [&](OpBuilder &b, Value x, ValueRange t) -> Value {
                                  return arith::AddFOp::create(b, loc, x, t[0]);
                                });
    }
    rewriter.replaceAllUsesWith(last.getResult(0), result);
    replaced.insert_range(producer->getOperations());
    return true;
  }

  /// Without weights to scale, several operations still become one.
  bool fuse(IRRewriter &rewriter, const tw::AffineChain &chain) {
    if (chain.links.size() < 2 || !(chain.scales() || chain.shifts()))
      return false;
    SmallVector<Value> vectors;
    if (chain.scales())
      vectors.push_back(chain.buildScale(rewriter));
    if (chain.shifts())
      vectors.push_back(chain.buildShift(rewriter));
    linalg::GenericOp last = chain.getLast();
    Location loc = last.getLoc();
    Value result = createPerChannel(
        rewriter, loc, chain.getInput(), vectors, chain.channel, last.getDpsInitOperand(0)->get(),
        [&](OpBuilder &b, Value x, ValueRange v) -> Value {
          if (chain.scales())
            x = arith::MulFOp::create(b, loc, x, v.front());
          return chain.shifts() ? arith::AddFOp::create(b, loc, x, v.back()).getResult() : x;
        });
    rewriter.replaceAllUsesWith(last.getResult(0), result);
    return true;
  }

  static Value createZeros(OpBuilder &builder, Location loc, Type type) {
    return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  }
};

} // namespace
