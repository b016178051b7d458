// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Input/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Input/Complaints.h"

namespace tw {
#define GEN_PASS_DEF_VERIFYGPUINPUT
#include "passes/Input/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-verify-gpu-input"

using namespace mlir;

namespace {

constexpr llvm::StringLiteral kHint = "compile with target cpu";

std::string refuse(Operation *op, StringRef reason, StringRef hint = kHint) {
  std::string message;
  llvm::raw_string_ostream text(message);
  text << "'" << op->getName() << "' is not supported by target cuda yet";
  if (!reason.empty())
    text << ": " << reason;
  text << "; " << hint;
  return message;
}

/// A function on f64 that only libm has.
bool needsLibm(Operation *op) {
  bool isFunction = isa_and_nonnull<math::MathDialect>(op->getDialect()) || isa<tw::GeluOp>(op);
  if (!isFunction || !getElementTypeOrSelf(op->getResultTypes().front()).isF64())
    return false;
  return !isa<math::AbsFOp, math::CeilOp, math::ClampFOp, math::CopySignOp, math::FloorOp,
              math::FmaOp, math::RoundEvenOp, math::RoundOp, math::RsqrtOp, math::SqrtOp,
              math::TruncOp>(op);
}

std::string complainOf(Operation *op) {
  // The remainder would be a call of a library; LLVM's own expansion loses digits where the
  // quotient is large.
  if (isa<tw::AttentionOp, linalg::PackOp, linalg::UnPackOp, arith::RemFOp, math::IPowIOp>(op))
    return refuse(op, "");
  if (needsLibm(op))
    return refuse(op, "a GPU has no such function of f64",
                  "convert the model to float32, or compile with target cpu");
  bool onHost = isa<func::FuncOp>(op->getParentOp());
  if (isa<tw::AssertOp, cf::AssertOp>(op) && !onHost)
    return refuse(op, "a check of elements, which a kernel cannot report");
  // What is left of tensor at this level moves or renames whole tensors.
  if (onHost && isa<tensor::TensorDialect>(op->getDialect()) &&
      isa<tensor::ExtractOp, tensor::InsertOp, tensor::FromElementsOp, tensor::GenerateOp,
          tensor::GatherOp, tensor::ScatterOp, tensor::ReshapeOp>(op))
    return refuse(op, "");
  return "";
}

struct VerifyGpuInput : tw::impl::VerifyGpuInputBase<VerifyGpuInput> {
  void runOnOperation() override {
    tw::Complaints complaints;
    getOperation()->walk([&](Operation *op) {
      if (op->getParentOp())
        complaints.add(op, complainOf(op));
    });
    if (failed(complaints.report()))
      return signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
