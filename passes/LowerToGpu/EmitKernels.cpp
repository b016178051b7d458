// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToGpu/Passes.h"

#include "codegen/EmitModule.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"

namespace tw {
#define GEN_PASS_DEF_EMITKERNELS
#include "passes/LowerToGpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-emit-kernels"

using namespace mlir;

namespace {

struct EmitKernels : tw::impl::EmitKernelsBase<EmitKernels> {
  using Base::Base;

  void runOnOperation() override {
    for (auto kernels : llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>()))
      if (failed(emit(kernels)))
        return signalPassFailure();
  }

  LogicalResult emit(gpu::GPUModuleOp kernels) {
    NVVM::NVVMTargetAttr target;
    if (ArrayAttr targets = kernels.getTargetsAttr(); targets && targets.size() == 1)
      target = dyn_cast<NVVM::NVVMTargetAttr>(targets[0]);
    if (!target)
      return kernels.emitError("needs one #nvvm.target; run tw-convert-to-nvvm first");
    llvm::Expected<std::string> text = tw::codegen::emitModule(
        kernels, {target.getTriple().str(), target.getChip().str(), target.getFeatures().str()},
        optLevel, tw::codegen::Output::Assembly);
    if (!text)
      return kernels.emitError() << llvm::toString(text.takeError());
    OpBuilder builder(kernels);
    auto object = gpu::ObjectAttr::get(target, gpu::CompilationTarget::Assembly,
                                       builder.getStringAttr(*text));
    gpu::BinaryOp::create(builder, kernels.getLoc(), kernels.getName(), Attribute(),
                          ArrayRef<Attribute>(object));
    kernels.erase();
    return success();
  }
};

} // namespace
