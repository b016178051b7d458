// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/AMX/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Transforms/DialectConversion.h"
#include "passes/LowerToLlvm/LibmToLlvm.h"
#include "passes/LowerToLlvm/RuntimeToLlvm.h"
#include "passes/LowerToLlvm/WordsToLlvm.h"

namespace tw {
#define GEN_PASS_DEF_CONVERTTOLLVM
#include "passes/LowerToLlvm/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-convert-to-llvm"

using namespace mlir;

namespace {

struct ConvertToLlvm : tw::impl::ConvertToLlvmBase<ConvertToLlvm> {
  void runOnOperation() override {
    // Internal functions can be inlined into their only caller and need no symbol.
    OpBuilder builder(&getContext());
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      function->setAttr("llvm.linkage",
                        LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
      if (!function.isPrivate() && function.getNumArguments() > 0)
        function->setAttr(tw::kArgumentsAttr,
                          builder.getTypeArrayAttr(function.getArgumentTypes().drop_front()));
    }

    LLVMTypeConverter converter(&getContext());
    RewritePatternSet patterns(&getContext());
    populateAMXLegalizeForLLVMExportPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    tw::populateLibmToLlvmPatterns(converter, patterns);
    tw::populateRuntimeToLlvmPatterns(converter, patterns);
    tw::populateWordsToLlvmPatterns(converter, patterns);

    LLVMConversionTarget target(getContext());
    target.addLegalOp<ModuleOp>();
    if (failed(applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
