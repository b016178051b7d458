// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Input/Complaints.h"

namespace tw {
#define GEN_PASS_DEF_VERIFYINPUT
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-verify-input"

using namespace mlir;

namespace {

bool isSupportedElement(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type))
    return integer.isSignless() && llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
  return type.isF16() || type.isBF16() || type.isF32() || type.isF64() || type.isIndex();
}

/// Why values of `type` cannot be compiled; empty if they can.
std::string complainOfType(Type type) {
  std::string message;
  llvm::raw_string_ostream text(message);
  Type element = type;
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    element = tensor.getElementType();
  else if (isa<UnrankedTensorType>(type))
    text << "a tensor of unknown rank, '" << type << "', is not supported; export the model with "
         << "example inputs of fixed rank";
  else if (isa<ShapedType>(type))
    text << "type '" << type << "' is not supported here; values are tensors until bufferization";
  if (message.empty() && !isSupportedElement(element))
    text
        << "element type '" << element
        << "' is not supported; supported are f16, bf16, f32, f64, i1, i8, i16, i32, i64 and index";
  return message;
}

std::string complainOfOperation(Operation *op) {
  if (isa<ModuleOp, func::FuncOp, func::ReturnOp, cf::AssertOp>(op) ||
      isa_and_nonnull<linalg::LinalgDialect, tensor::TensorDialect, arith::ArithDialect,
                      math::MathDialect, tw::TwDialect>(op->getDialect()))
    return "";
  std::string name = ("operation '" + op->getName().getStringRef() + "' is not supported").str();
  StringRef dialect = op->getName().getDialectNamespace();
  if (dialect == "scf" || dialect == "cf")
    return name + ": control flow that depends on data; select between results instead "
                  "(torch.where), or make the condition a constant";
  if (isa<CallOpInterface>(op))
    return name + ": inline the called function";
  return name + "; supported are operations of linalg, tensor, arith, math and tw, and cf.assert";
}

struct VerifyInput : tw::impl::VerifyInputBase<VerifyInput> {
  void runOnOperation() override {
    tw::Complaints complaints;
    // Outermost first: what is inside an unsupported operation is not complained of.
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      std::string complaint = complainOfOperation(op);
      complaints.add(op, complaint);
      llvm::SmallSetVector<Type, 4> types;
      types.insert_range(op->getResultTypes());
      for (Region &region : op->getRegions())
        for (Block &block : region)
          types.insert_range(block.getArgumentTypes());
      for (Type type : types)
        complaints.add(op, complainOfType(type));
      if (auto function = dyn_cast<func::FuncOp>(op); function && function.getBlocks().size() > 1)
        complaints.add(
            op, "a function of several blocks is not supported: control flow that depends on "
                "data");
      return complaint.empty() ? WalkResult::advance() : WalkResult::skip();
    });
    if (failed(complaints.report()))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
