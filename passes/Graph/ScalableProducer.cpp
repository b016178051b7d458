// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/ScalableProducer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace {

bool isView(Operation *op) {
  return isa_and_present<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op);
}

/// The dimensions of a view's source that become `dim` of its result; sizes of 1 are left out.
/// Empty if `dim` is a part of a source dimension.
SmallVector<unsigned> getSourceDims(Operation *view, unsigned dim) {
  if (isa<tensor::CastOp>(view))
    return {dim};
  auto source = cast<RankedTensorType>(view->getOperand(0).getType());
  auto result = cast<RankedTensorType>(view->getResult(0).getType());
  SmallVector<unsigned> dims;
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(view)) {
    for (int64_t sourceDim : collapse.getReassociationIndices()[dim])
      if (source.getDimSize(sourceDim) != 1)
        dims.push_back(sourceDim);
    return dims;
  }
  auto expand = cast<tensor::ExpandShapeOp>(view);
  for (auto [sourceDim, group] : llvm::enumerate(expand.getReassociationIndices())) {
    auto isOther = [&](int64_t i) { return i != dim && result.getDimSize(i) != 1; };
    if (llvm::is_contained(group, dim) && llvm::none_of(group, isOther))
      dims.push_back(sourceDim);
  }
  return dims;
}

/// True if each step of the body adds a product of the inputs to the output.
bool accumulatesProducts(linalg::LinalgOp op) {
  return op.getNumDpsInputs() == 2 && op.getNumDpsInits() == 1 &&
         linalg::detail::isContractionBody(*op.getBlock(), [](Operation *product, Operation *sum) {
           return isa<arith::MulFOp>(product) && isa<arith::AddFOp>(sum);
         });
}

/// What the accumulation starts from: 0, or a constant broadcast along the channel, which is
/// `channel` in the scaled value and `dims` in the operation's result.
LogicalResult matchInit(tw::ScalableProducer &producer, unsigned channel, ArrayRef<unsigned> dims,
                        const tw::ConstantValues &constants) {
  Value init = producer.op.getDpsInitOperand(0)->get();
  SmallVector<Operation *> path;
  while (isView(init.getDefiningOp())) {
    path.push_back(init.getDefiningOp());
    init = init.getDefiningOp()->getOperand(0);
  }
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    return success(matchPattern(fill.value(), m_AnyZeroFloat()));
  Attribute splat;
  if (matchPattern(init, m_Constant(&splat)))
    return success(matchPattern(init, m_AnyZeroFloat()));
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  if (!broadcast || !constants.contains(broadcast.getInput()))
    return failure();
  // Without reshapes the bias is broadcast in the shape of the operation's result; else in the
  // shape of the scaled value, and then reshaped in the opposite way of the result.
  if (!path.empty() && path.size() != producer.views.size())
    return failure();
  // `path` goes up from the operation, `views` down from it.
  for (auto [up, down] : llvm::zip(path, producer.views)) {
    auto expand = dyn_cast<tensor::ExpandShapeOp>(up);
    auto collapse = dyn_cast<tensor::CollapseShapeOp>(down);
    if (!expand || !collapse ||
        expand.getReassociationIndices() != collapse.getReassociationIndices())
      return failure();
  }
  unsigned kept = path.empty() ? dims.front() : channel;
  if ((path.empty() && dims.size() > 1) ||
      cast<RankedTensorType>(broadcast.getInput().getType()).getRank() != 1 ||
      llvm::is_contained(broadcast.getDimensions(), kept))
    return failure();
  producer.bias = broadcast.getInput();
  producer.biasBroadcast.push_back(broadcast);
  llvm::append_range(producer.biasBroadcast, llvm::reverse(path));
  return success();
}

} // namespace

FailureOr<tw::ScalableProducer> tw::matchScalableProducer(Value value, unsigned channel,
                                                          const ConstantValues &constants,
                                                          std::string &reason) {
  ScalableProducer producer;
  SmallVector<unsigned> dims{channel};
  bool isShared = !value.hasOneUse();
  while (isView(value.getDefiningOp()) && dims.size() == 1) {
    Operation *view = value.getDefiningOp();
    producer.views.push_back(view);
    dims = getSourceDims(view, dims.front());
    value = view->getOperand(0);
    isShared |= !value.hasOneUse();
  }
  std::reverse(producer.views.begin(), producer.views.end());
  producer.op = value.getDefiningOp<linalg::LinalgOp>();
  if (!producer.op || !accumulatesProducts(producer.op))
    return failure();

  auto refuse = [&](StringRef why) {
    reason = (producer.op->getName().getStringRef() + ": " + why).str();
    return failure();
  };
  if (isShared)
    return refuse("its result has other uses, which need it as it is");
  AffineMap outputMap = producer.op.getMatchingIndexingMap(producer.op.getDpsInitOperand(0));
  SmallVector<AffineExpr> loops;
  for (unsigned dim : dims)
    loops.push_back(outputMap.getResult(dim));
  if (loops.empty() || !llvm::all_of(loops, llvm::IsaPred<AffineDimExpr>))
    return refuse("a reshape of its result mixes the channel with another dimension");
  producer.weight = nullptr;
  for (OpOperand *input : producer.op.getDpsInputOperands()) {
    AffineMap map = producer.op.getMatchingIndexingMap(input);
    SmallVector<unsigned> weightDims;
    for (AffineExpr loop : loops)
      if (std::optional<unsigned> position = map.getResultPosition(loop))
        weightDims.push_back(*position);
    auto type = cast<RankedTensorType>(input->get().getType());
    if (weightDims.size() != loops.size() || !constants.contains(input->get()) ||
        !type.hasStaticShape())
      continue;
    producer.weight = input;
    producer.weightDims = weightDims;
    for (unsigned dim : weightDims)
      producer.channelSizes.push_back(type.getDimSize(dim));
  }
  if (!producer.weight)
    return refuse("no operand is a constant that varies along the channel");
  if (failed(matchInit(producer, channel, dims, constants)))
    return refuse("it accumulates onto something other than 0 or a constant bias");
  return producer;
}

Value tw::ScalableProducer::groupChannels(OpBuilder &builder, Value vector) const {
  auto type = cast<RankedTensorType>(vector.getType());
  if (channelSizes.size() == 1)
    return vector;
  ReassociationIndices all(llvm::to_vector(llvm::seq<int64_t>(0, channelSizes.size())));
  return tensor::ExpandShapeOp::create(builder, op->getLoc(), type.clone(channelSizes), vector,
                                       SmallVector<ReassociationIndices>{all});
}

Value tw::ScalableProducer::cloneWith(OpBuilder &builder, Value newWeight) const {
  IRMapping mapping;
  if (bias) {
    // What the bias was broadcast into is filled with 0 instead.
    auto broadcast = cast<linalg::BroadcastOp>(biasBroadcast.front());
    Type element = getElementTypeOrSelf(broadcast.getInit());
    Value zero = arith::ConstantOp::create(builder, op->getLoc(), builder.getZeroAttr(element));
    auto fill = linalg::FillOp::create(builder, op->getLoc(), zero, broadcast.getInit());
    mapping.map(broadcast->getResult(0), fill.getResult(0));
    for (Operation *view : llvm::drop_begin(biasBroadcast))
      builder.clone(*view, mapping);
  }
  Operation *clone = builder.clone(*op, mapping);
  clone->setOperand(weight->getOperandNumber(), newWeight);
  mapping.map(op->getResult(0), clone->getResult(0));
  Value result = clone->getResult(0);
  for (Operation *view : views)
    result = builder.clone(*view, mapping)->getResult(0);
  return result;
}

SmallVector<Operation *> tw::ScalableProducer::getOperations() const {
  SmallVector<Operation *> operations(biasBroadcast);
  operations.push_back(op);
  llvm::append_range(operations, views);
  return operations;
}
