// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The phases of the NVIDIA GPU target: the CPU's up to tiling, then one thread a task, and kernels
// in the gpu and nvvm dialects. Plain on purpose: no shared memory, no tensor cores.
#include "passes/Pipelines/Phases.h"

#include "passes/Graph/Passes.h"
#include "passes/Input/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/LowerToCpu/Passes.h"
#include "passes/LowerToGpu/Passes.h"
#include "passes/Pipelines/SharedSteps.h"
#include "passes/Schedule/Passes.h"
#include "passes/Tile/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace {

void buildInput(OpPassManager &pm, const tw::CompileOptions &options) {
  tw::AttachTargetOptions target;
  target.kind = options.target;
  // A thread computes with single elements and has up to 255 registers. The caches are those of
  // sm_80; no schedule reads them yet.
  target.vectorBits = 32;
  target.vectorRegisters = 255;
  target.l1Bytes = 192 << 10;
  target.l2Bytes = 40 << 20;
  pm.addPass(tw::createAttachTarget(target));
  tw::addVerificationAndRaising(pm);
  // Attention is not raised: as matmuls and a softmax it can be computed, if slowly.
  pm.addPass(tw::createVerifyGpuInput());
}

void buildGraph(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeDataMovement());
  pm.addNestedPass<func::FuncOp>(tw::createFoldBatchNorm());
  tw::addCleanUp(pm);
  // A tensor.dim of a result would keep what computes it alive.
  pm.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  // No layout: neighbouring threads take neighbouring elements in whichever there is.
  pm.addNestedPass<func::FuncOp>(tw::createFoldBroadcasts());
  tw::addCleanUp(pm);
  pm.addNestedPass<func::FuncOp>(tw::createFuseElementwise());
  pm.addPass(tw::createOutlineConstants());
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(tw::createFormGroups());
  pm.addPass(createCSEPass());
}

void buildSchedule(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createSelectSchedule());
}

void buildTile(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createDistributeGroups());
  tw::addCleanUp(pm);
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeNamedOps());
  tw::addCleanUp(pm);
}

void buildBufferize(OpPassManager &pm, const tw::CompileOptions &) { tw::addBufferization(pm); }

void buildLowerGpu(OpPassManager &pm, const tw::CompileOptions &) {
  // First, while every access is still a linalg operation, a load or a store.
  pm.addPass(tw::createStoreBooleansAsBytes());
  pm.addNestedPass<func::FuncOp>(tw::createMapToThreads());
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  // Loops over the one element of a thread go.
  tw::addCleanUp(pm);
  // Before control flow is lowered: some functions have branches.
  pm.addPass(tw::createLowerVectorMath());
  pm.addPass(tw::createOutlineKernels());
  tw::addCleanUp(pm);
}

void buildLowerNvvm(OpPassManager &pm, const tw::CompileOptions &options) {
  // Kernels only. The host's part stays as it is until there is a runtime to launch them.
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>();
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createSCFToControlFlowPass());
  tw::addCleanUp(kernels);
  tw::ConvertToNvvmOptions target;
  target.chip = options.chip;
  pm.addPass(tw::createConvertToNvvm(target));
  // Descriptors of buffers that were taken apart at once.
  tw::addCleanUp(pm.nest<gpu::GPUModuleOp>());
}

constexpr tw::Phase kPhases[] = {
    {"input", "Verifies linalg on tensors and raises idioms to named operations.", buildInput},
    {"graph", "Folds and groups; moves constant work to @init.", buildGraph},
    {"schedule", "Gives each group the tile of a thread.", buildSchedule},
    {"tile", "Parallel loops over tasks.", buildTile},
    {"bufferize", "Tensors become memory: arguments, results, buffers.", buildBufferize},
    {"lower-gpu", "Tasks become threads of kernels; math functions become polynomials.",
     buildLowerGpu},
    {"lower-nvvm", "Kernels in the NVVM and LLVM dialects.", buildLowerNvvm},
};

} // namespace

llvm::ArrayRef<tw::Phase> tw::getCudaPhases() { return kPhases; }
