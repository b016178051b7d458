// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToGpu/Passes.h"

#include "codegen/CreateTargetMachine.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tw {
#define GEN_PASS_DEF_CONVERTTONVVM
#include "passes/LowerToGpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-convert-to-nvvm"

using namespace mlir;

namespace {

constexpr llvm::StringLiteral kTriple = "nvptx64-nvidia-cuda";

struct ConvertToNvvm : tw::impl::ConvertToNvvmBase<ConvertToNvvm> {
  using Base::Base;

  void runOnOperation() override {
    auto features = tw::codegen::getEnabledFeatures({kTriple.str(), chip, ""});
    if (!features) {
      getOperation().emitError() << llvm::toString(features.takeError());
      return signalPassFailure();
    }
    for (auto kernels : getOperation().getOps<gpu::GPUModuleOp>())
      if (failed(verifyMath(kernels)) || failed(convert(kernels)))
        return signalPassFailure();
  }

  /// LLVM aborts the process on a function that a GPU has no instruction for.
  static LogicalResult verifyMath(gpu::GPUModuleOp kernels) {
    WalkResult result = kernels.walk([](Operation *op) {
      if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
          !isa<FloatType>(getElementTypeOrSelf(op->getOperand(0))) ||
          isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp, math::FmaOp,
              math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::RoundEvenOp,
              math::RoundOp, math::SqrtOp, math::TruncOp>(op))
        return WalkResult::advance();
      op->emitError() << "'" << op->getName() << "' on " << op->getOperand(0).getType()
                      << " has no instruction on a GPU; run tw-lower-vector-math first, which "
                         "computes f32 and narrower types";
      return WalkResult::interrupt();
    });
    return failure(result.wasInterrupted());
  }

  LogicalResult convert(gpu::GPUModuleOp kernels) {
    LowerToLLVMOptions options(&getContext());
    options.useBarePtrCallConv = true;
    options.overrideIndexBitwidth(64);
    LLVMTypeConverter converter(&getContext(), options);
    configureGpuToNVVMTypeConverter(converter);
    RewritePatternSet patterns(&getContext());
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    // Not all of arith's expansions: a GPU has a maximum that keeps NaN.
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateGpuToNVVMConversionPatterns(converter, patterns);
    // Not the libdevice patterns: they also turn what is one instruction into a call.
    populateMathToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);

    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    if (failed(applyFullConversion(kernels, target, std::move(patterns))))
      return failure();
    auto machine = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3, kTriple, chip,
                                             /*features=*/"");
    kernels.setTargetsAttr(ArrayAttr::get(&getContext(), {machine}));
    return success();
  }
};

} // namespace
