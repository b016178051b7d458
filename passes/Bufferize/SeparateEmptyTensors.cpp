// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tw {
#define GEN_PASS_DEF_SEPARATEEMPTYTENSORS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-separate-empty-tensors"

using namespace mlir;

namespace {

struct SeparateEmptyTensors : tw::impl::SeparateEmptyTensorsBase<SeparateEmptyTensors> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    SmallVector<tensor::EmptyOp> empties;
    getOperation().walk([&](tensor::EmptyOp empty) { empties.push_back(empty); });
    IRRewriter rewriter(&getContext());
    for (tensor::EmptyOp empty : empties)
      separate(rewriter, empty);
  }

  static void separate(IRRewriter &rewriter, tensor::EmptyOp empty) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : empty->getUses())
      uses.push_back(&use);
    for (OpOperand *use : uses) {
      rewriter.setInsertionPoint(use->getOwner());
      Operation *own = rewriter.clone(*empty);
      rewriter.modifyOpInPlace(use->getOwner(), [&] { use->set(own->getResult(0)); });
    }
    rewriter.eraseOp(empty);
  }
};

} // namespace
