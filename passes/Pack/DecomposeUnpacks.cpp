// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pack/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"

namespace tw {
#define GEN_PASS_DEF_DECOMPOSEUNPACKS
#include "passes/Pack/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-decompose-unpacks"

using namespace mlir;

namespace {

struct DecomposeUnpacks : tw::impl::DecomposeUnpacksBase<DecomposeUnpacks> {
  void runOnOperation() override {
    SmallVector<linalg::UnPackOp> unpacks;
    getOperation().walk([&](linalg::UnPackOp op) { unpacks.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::UnPackOp op : unpacks) {
      if (op->use_empty()) {
        rewriter.eraseOp(op);
        continue;
      }
      std::string width = std::to_string(op.getStaticInnerTiles().front());
      remark::missed(op.getLoc(), remark::RemarkOpts::name("decompose-unpacks").category("pack"))
          << "these weights are unpacked in every call: tiles of their columns do not lie in "
             "panels of " +
                 width + "; schedule register tiles of that many columns or a divisor";
      rewriter.setInsertionPoint(op);
      if (failed(linalg::lowerUnPack(rewriter, op))) {
        op.emitError("cannot be unpacked: its inner tiles are dynamic");
        return signalPassFailure();
      }
    }
  }
};

} // namespace
