// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pipelines/SharedSteps.h"

#include "passes/Bufferize/Passes.h"
#include "passes/Input/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tw::addCleanUp(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void tw::addVerificationAndRaising(OpPassManager &pm) {
  // Before anything is changed, so that complaints are about what the user brought.
  pm.addPass(tw::createVerifyInput());
  // Canonical first: asserts on sizes that fold away are then seen as constant conditions. No
  // cf.assert may reach a raising pattern, which matches bodies as they are computed.
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(tw::createGuardAsserts());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseSoftmax());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseLayerNorm());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseGelu());
}

void tw::addBufferization(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(tw::createSeparateEmptyTensors());
  pm.addNestedPass<func::FuncOp>(tw::createPlaceInsertions());
  pm.addNestedPass<func::FuncOp>(tw::createProtectArguments());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  // Twice: copies of a buffer onto itself are seen once subviews are canonical and common.
  addCleanUp(pm);
  addCleanUp(pm);
  pm.addPass(tw::createBindResults());
}
