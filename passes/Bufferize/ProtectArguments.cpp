// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "passes/Bufferize/UpdatedArguments.h"

namespace tw {
#define GEN_PASS_DEF_PROTECTARGUMENTS
#include "passes/Bufferize/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-protect-arguments"

using namespace mlir;

namespace {

struct ProtectArguments : tw::impl::ProtectArgumentsBase<ProtectArguments> {
  void runOnOperation() override {
    StringRef writable = bufferization::BufferizationDialect::kWritableAttrName;
    func::FuncOp function = getOperation();
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (isa<TensorType>(function.getArgument(i).getType()) && !function.getArgAttr(i, writable))
        function.setArgAttr(
            i, writable,
            BoolAttr::get(&getContext(), function.getArgAttr(i, tw::kUpdatedByAttr) != nullptr));
  }
};

} // namespace
