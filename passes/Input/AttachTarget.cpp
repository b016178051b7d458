// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/IR/BuiltinOps.h"

namespace tw {
#define GEN_PASS_DEF_ATTACHTARGET
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-attach-target"

using namespace mlir;

namespace {

struct AttachTarget : tw::impl::AttachTargetBase<AttachTarget> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (Attribute present = module->getAttr(tw::kTargetAttr)) {
      if (!isa<tw::TargetAttr>(present)) {
        module.emitError() << "'" << tw::kTargetAttr << "' must be a #tw.target attribute, got "
                           << present;
        signalPassFailure();
      }
      return;
    }
    auto emitError = [&] { return module.emitError(); };
    auto target =
        tw::TargetAttr::getChecked(emitError, &getContext(), StringRef(kind), vectorBits.getValue(),
                                   vectorRegisters.getValue(), l1Bytes.getValue(),
                                   l2Bytes.getValue(), StringRef(bf16Dot), scalef.getValue());
    if (!target)
      return signalPassFailure();
    module->setAttr(tw::kTargetAttr, target);
  }
};

} // namespace
