// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/LibmToLlvm.h"

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Conversion/LLVMCommon/VectorPattern.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace {

/// The values of `callee` for the lanes of `argument`, an f64 or a vector of them.
Value callForEachLane(OpBuilder &builder, Location loc, LLVM::LLVMFuncOp callee, Value argument) {
  auto type = dyn_cast<VectorType>(argument.getType());
  if (!type)
    return LLVM::CallOp::create(builder, loc, callee, argument).getResult();
  Value result = LLVM::PoisonOp::create(builder, loc, type);
  for (int64_t lane = 0; lane < type.getNumElements(); ++lane) {
    Value place = LLVM::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(lane));
    Value element = LLVM::ExtractElementOp::create(builder, loc, argument, place);
    Value value = LLVM::CallOp::create(builder, loc, callee, element).getResult();
    result = LLVM::InsertElementOp::create(builder, loc, result, value, place);
  }
  return result;
}

/// Replaces a function of one f64, or of a vector of fixed size, by calls of `name`.
template <typename Op> struct CallLibm : ConvertOpToLLVMPattern<Op> {
  // Before upstream's patterns, which compute expm1 and log1p from exp and log.
  CallLibm(const LLVMTypeConverter &converter, StringRef name)
      : ConvertOpToLLVMPattern<Op>(converter, /*benefit=*/2), name(name) {}

  LogicalResult matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF64())
      return rewriter.notifyMatchFailure(op, "not f64: tw-lower-vector-math has its polynomial");
    if (auto vector = dyn_cast<VectorType>(op.getType()); vector && vector.isScalable())
      return rewriter.notifyMatchFailure(op, "how many lanes there are is not known");
    Type f64 = rewriter.getF64Type();
    FailureOr<LLVM::LLVMFuncOp> callee =
        LLVM::lookupOrCreateFn(rewriter, op->template getParentOfType<ModuleOp>(), name, f64, f64);
    if (failed(callee))
      return rewriter.notifyMatchFailure(op, "the module has another function of that name");
    Value argument = adaptor.getOperand();
    if (!isa<LLVM::LLVMArrayType>(argument.getType())) {
      rewriter.replaceOp(op, callForEachLane(rewriter, op.getLoc(), *callee, argument));
      return success();
    }
    return LLVM::detail::handleMultidimensionalVectors(
        op, adaptor.getOperands(), *this->getTypeConverter(),
        [&](Type, ValueRange operands) {
          return callForEachLane(rewriter, op.getLoc(), *callee, operands.front());
        },
        rewriter);
  }

private:
  StringRef name;
};

} // namespace

void tw::populateLibmToLlvmPatterns(const LLVMTypeConverter &converter,
                                    RewritePatternSet &patterns) {
  patterns.add<CallLibm<math::AcoshOp>>(converter, "acosh");
  patterns.add<CallLibm<math::AsinhOp>>(converter, "asinh");
  patterns.add<CallLibm<math::AtanhOp>>(converter, "atanh");
  patterns.add<CallLibm<math::CbrtOp>>(converter, "cbrt");
  patterns.add<CallLibm<math::ErfOp>>(converter, "erf");
  patterns.add<CallLibm<math::ErfcOp>>(converter, "erfc");
  patterns.add<CallLibm<math::ExpM1Op>>(converter, "expm1");
  patterns.add<CallLibm<math::Log1pOp>>(converter, "log1p");
}
