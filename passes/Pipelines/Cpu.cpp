// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The phases of the CPU target. Each builder explains the order of its passes.
#include "passes/Pipelines/Phases.h"

#include "passes/Graph/Passes.h"
#include "passes/Input/Passes.h"
#include "passes/Schedule/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace {

void buildInput(OpPassManager &pm, const tw::CompileOptions &options) {
  tw::AttachTargetOptions target;
  target.kind = options.target;
  target.vectorBits = options.vectorBits;
  target.vectorRegisters = options.vectorRegisters;
  target.l1Bytes = options.l1Bytes;
  target.l2Bytes = options.l2Bytes;
  pm.addPass(tw::createAttachTarget(target));
  // Before anything is changed, so that complaints are about what the user brought.
  pm.addPass(tw::createVerifyInput());
  // Canonical first: asserts on sizes that fold away are then seen as constant conditions. No
  // cf.assert may reach a raising pattern, which matches bodies as they are computed.
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(tw::createGuardAsserts());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseSoftmax());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseLayerNorm());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseGelu());
  // After softmax, around which it looks.
  pm.addNestedPass<func::FuncOp>(tw::createRaiseAttention());
}

/// Convolutions and poolings with channels last, and transposes only where the model meets the
/// outside.
void addLayout(OpPassManager &pm) {
  // A tensor.dim of a value that changes its layout would keep the old one alive.
  pm.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  pm.addNestedPass<func::FuncOp>(tw::createSplitBias());
  pm.addNestedPass<func::FuncOp>(tw::createConvertToChannelsLast());
  pm.addNestedPass<func::FuncOp>(tw::createDropUnitPixels());
  // Before transposes move: a bias that is a vector has no layout.
  pm.addNestedPass<func::FuncOp>(tw::createFoldBroadcasts());
  pm.addNestedPass<func::FuncOp>(tw::createPropagateTransposes());
  pm.addNestedPass<func::FuncOp>(tw::createFoldUnitTransposes());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void buildGraph(OpPassManager &pm, const tw::CompileOptions &) {
  // First: it matches the pieces of a batch norm in the order in which they arrive, before layout
  // transposes come between them and fusion makes one operation of each chain.
  pm.addNestedPass<func::FuncOp>(tw::createFoldBatchNorm());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  addLayout(pm);
  // After layout, whose transposes would cut its chains; before packing, constants and groups, which
  // look at contractions and their direct users.
  pm.addNestedPass<func::FuncOp>(tw::createFuseElementwise());
  // After everything that adds work on weights (folding, layout, packing), so that one cut moves
  // it all; before groups, which would hide it.
  pm.addPass(tw::createOutlineConstants());
  pm.addPass(createCanonicalizerPass());
}

constexpr tw::Phase kPhases[] = {
    {"input", "Verifies linalg on tensors and raises idioms to named operations.", buildInput},
    {"graph", "Folds, lays out, fuses and groups; moves constant work to @init.", buildGraph},
};

} // namespace

llvm::ArrayRef<tw::Phase> tw::getCpuPhases() { return kPhases; }
