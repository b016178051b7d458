// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/AffineChain.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace {

bool isFloatTensor(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && isa<FloatType>(tensor.getElementType());
}

/// The map reads each element where it is written; dimensions of size 1 may be indexed by 0.
bool isIdentityButUnits(AffineMap map, ArrayRef<int64_t> sizes) {
  if (map.getNumResults() != map.getNumDims())
    return false;
  for (auto [i, result] : llvm::enumerate(map.getResults())) {
    auto constant = dyn_cast<AffineConstantExpr>(result);
    bool isUnit = constant && constant.getValue() == 0 && sizes[i] == 1;
    if (!isUnit && result != getAffineDimExpr(i, map.getContext()))
      return false;
  }
  return true;
}

/// Adds the dimensions that `map` reads along to `dims`; false if it does more than read along
/// dimensions and at 0.
bool collectDims(AffineMap map, llvm::SmallSetVector<unsigned, 2> &dims) {
  for (AffineExpr result : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(result))
      dims.insert(dim.getPosition());
    else if (auto constant = dyn_cast<AffineConstantExpr>(result); !constant || constant.getValue())
      return false;
  }
  return true;
}

/// Classifies the operations of a body whose argument `data` is the variable; null if the yielded
/// value is affine in it, else what is not.
Operation *findNonAffine(Block &body, Value data, tw::AffineLink &link) {
  DenseSet<Value> affine{data};
  auto varies = [&](Value value) { return affine.contains(value); };
  for (Operation &op : body.without_terminator()) {
    unsigned count = llvm::count_if(op.getOperands(), varies);
    if (count == 0)
      continue;
    bool accepted =
        count == 1 &&
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case([&](arith::AddFOp) { return link.shifts = true; })
            .Case([&](arith::SubFOp sub) {
              link.scales |= varies(sub.getRhs());
              return link.shifts = true;
            })
            .Case<arith::MulFOp, arith::NegFOp>([&](auto) { return link.scales = true; })
            .Case([&](arith::DivFOp div) {
              link.scales = true;
              return varies(div.getLhs());
            })
            .Case([&](math::FmaOp fma) {
              link.scales |= !varies(fma.getC());
              return link.shifts = true;
            })
            // Folding computes in f32 at least, so a rounding in between is only left out.
            .Case<arith::ExtFOp, arith::TruncFOp>([](auto) { return true; })
            .Default(false);
    if (!accepted)
      return &op;
    affine.insert(op.getResult(0));
  }
  return varies(body.getTerminator()->getOperand(0)) ? nullptr : body.getTerminator();
}

} // namespace

FailureOr<tw::AffineLink> tw::matchAffineLink(RewriterBase &rewriter, linalg::GenericOp op,
                                              const ConstantValues &constants) {
  if (op.getNumResults() != 1 || op.getNumParallelLoops() != op.getNumLoops() ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity() ||
      op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return rewriter.notifyMatchFailure(op, "it is not elementwise");
  if (!llvm::all_of(op->getOperandTypes(), isFloatTensor))
    return rewriter.notifyMatchFailure(op, "an operand is not a tensor of floats");
  auto hasEffect = [](Operation &inner) { return !isMemoryEffectFree(&inner); };
  if (llvm::any_of(*op.getBody(), hasEffect) || op.hasIndexSemantics())
    return rewriter.notifyMatchFailure(op, "its body has effects or depends on the position");

  AffineLink link{op, nullptr, std::nullopt};
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  llvm::SmallSetVector<unsigned, 2> dims;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    if (constants.contains(input->get())) {
      if (!collectDims(map, dims))
        return rewriter.notifyMatchFailure(op, "a coefficient is read in a strange order");
      continue;
    }
    if (link.data)
      return rewriter.notifyMatchFailure(op, "two inputs depend on the model's inputs");
    if (!isIdentityButUnits(map, sizes))
      return rewriter.notifyMatchFailure(op, "the data is broadcast or transposed");
    link.data = input;
  }
  if (!link.data)
    return rewriter.notifyMatchFailure(op, "it is constant");
  if (dims.size() > 1)
    dims.remove_if([&](unsigned dim) { return sizes[dim] == 1; });
  if (dims.size() > 1)
    return rewriter.notifyMatchFailure(op, "coefficients vary along more than one dimension");
  if (!dims.empty())
    link.channel = dims.front();
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op.getRegion(), captured);
  if (!llvm::all_of(captured, [&](Value value) { return constants.contains(value); }))
    return rewriter.notifyMatchFailure(op, "its body uses a number that is not constant");
  if (Operation *other = findNonAffine(*op.getBody(), op.getMatchingBlockArgument(link.data), link))
    return rewriter.notifyMatchFailure(op, [&](Diagnostic &diagnostic) {
      diagnostic << "the body is not affine in its input: " << *other;
    });
  return link;
}

FailureOr<tw::AffineChain> tw::matchAffineChain(RewriterBase &rewriter, linalg::GenericOp last,
                                                const ConstantValues &constants) {
  FailureOr<AffineLink> link = matchAffineLink(rewriter, last, constants);
  if (failed(link))
    return failure();
  SmallVector<AffineLink> links;
  std::optional<unsigned> channel;
  while (succeeded(link) && (!channel || !link->channel || channel == link->channel)) {
    if (link->channel)
      channel = link->channel;
    links.push_back(*link);
    Value input = link->data->get();
    auto producer = input.getDefiningOp<linalg::GenericOp>();
    if (!producer || !input.hasOneUse() || producer->getBlock() != last->getBlock())
      break;
    link = matchAffineLink(rewriter, producer, constants);
  }
  if (!channel)
    return rewriter.notifyMatchFailure(last, "no coefficient varies along a channel");
  std::reverse(links.begin(), links.end());
  AffineChain chain{std::move(links), *channel};
  if (chain.getType().isDynamicDim(*channel))
    return rewriter.notifyMatchFailure(last, "the number of channels is dynamic");
  return chain;
}

RankedTensorType tw::AffineChain::getType() const {
  return cast<RankedTensorType>(getLast().getResult(0).getType());
}

bool tw::AffineChain::scales() const {
  return llvm::any_of(links, [](const AffineLink &link) { return link.scales; });
}

bool tw::AffineChain::shifts() const {
  return llvm::any_of(links, [](const AffineLink &link) { return link.shifts; });
}

FloatType tw::AffineChain::getComputeType() const {
  MLIRContext *context = getLast().getContext();
  if (getElementTypeOrSelf(getInput()).isF64() || getType().getElementType().isF64())
    return Float64Type::get(context);
  return Float32Type::get(context);
}
