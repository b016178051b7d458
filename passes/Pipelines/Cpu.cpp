// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The phases of the CPU target. Each builder explains the order of its passes.
#include "passes/Pipelines/Phases.h"

#include "passes/Bufferize/Passes.h"
#include "passes/Graph/Passes.h"
#include "passes/Input/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/LowerToCpu/Passes.h"
#include "passes/LowerToLlvm/Passes.h"
#include "passes/Narrow/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Pipelines/SharedSteps.h"
#include "passes/Schedule/Passes.h"
#include "passes/Tile/Passes.h"
#include "passes/Vectorize/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
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
  target.bf16Dot = options.bf16Dot;
  target.scalef = options.scalef;
  pm.addPass(tw::createAttachTarget(target));
  tw::addVerificationAndRaising(pm);
  pm.addNestedPass<func::FuncOp>(tw::createRaiseRowWrites());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseArgsort());
  pm.addNestedPass<func::FuncOp>(tw::createRaiseScatter());
  pm.addNestedPass<func::FuncOp>(tw::createNarrowArgsort());
  // After softmax, around which it looks.
  pm.addNestedPass<func::FuncOp>(tw::createRaiseAttention());
}

/// Convolutions and poolings with channels last, and transposes only where the model meets the
/// outside.
void addLayout(OpPassManager &pm) {
  // A tensor.dim of a value that changes its layout would keep the old one alive.
  pm.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  pm.addNestedPass<func::FuncOp>(tw::createSplitBias());
  pm.addNestedPass<func::FuncOp>(tw::createContractPointwise());
  pm.addNestedPass<func::FuncOp>(tw::createConvertToChannelsLast());
  pm.addNestedPass<func::FuncOp>(tw::createDropUnitPixels());
  // Before transposes move: a bias that is a vector has no layout.
  pm.addNestedPass<func::FuncOp>(tw::createFoldBroadcasts());
  pm.addNestedPass<func::FuncOp>(tw::createPropagateTransposes());
  pm.addNestedPass<func::FuncOp>(tw::createFoldUnitTransposes());
  // After transposes have moved, which brings reshapes together.
  pm.addNestedPass<func::FuncOp>(tw::createSplitReshapes());
  tw::addCleanUp(pm);
}

void buildGraph(OpPassManager &pm, const tw::CompileOptions &options) {
  // Before all that divides by sizes.
  pm.addNestedPass<func::FuncOp>(tw::createFoldEmptyLoops());
  // Early: it matches the pieces of a batch norm in the order in which they arrive, before layout
  // transposes come between them and fusion makes one operation of each chain.
  pm.addNestedPass<func::FuncOp>(tw::createFoldBatchNorm());
  tw::addCleanUp(pm);
  pm.addNestedPass<func::FuncOp>(tw::createDropUnitResults());
  addLayout(pm);
  // After layout, where it sees whether rows of words are contiguous; before fusion, which makes
  // the rounding part of what computes the operand.
  if (options.precision == "bf16")
    pm.addNestedPass<func::FuncOp>(tw::createNarrowContractions());
  else
    pm.addNestedPass<func::FuncOp>(tw::createConvertToWinograd());
  pm.addNestedPass<func::FuncOp>(tw::createContractWords());
  pm.addNestedPass<func::FuncOp>(tw::createMergeWindowWords());
  // After layout, whose transposes would cut its chains; before packing, constants and groups,
  // which look at contractions and their direct users.
  pm.addNestedPass<func::FuncOp>(tw::createFuseElementwise());
  // After fusion, so that what is summed need not be stored.
  pm.addNestedPass<func::FuncOp>(tw::createSplitReductions());
  // After fusion, which shows what epilogue each contraction has, and before concatenations are
  // decomposed.
  pm.addNestedPass<func::FuncOp>(tw::createConcatenateContractions());
  tw::DecomposeDataMovementOptions movement;
  movement.keepEdges = true;
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeDataMovement(movement));
  // Last among the work on weights: it wants to see how their users read them.
  pm.addNestedPass<func::FuncOp>(tw::createPackPanels());
  // After everything that adds work on weights (folding, layout, packing), so that one cut moves
  // it all; before groups, which would hide it.
  pm.addPass(tw::createOutlineConstants());
  // Before the canonicalizer, which folds an unpack of a pack: those of matrices of each call.
  pm.addNestedPass<func::FuncOp>(tw::createDecomposePacks());
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(tw::createFormGroups());
}

void buildSchedule(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createSelectSchedule());
}

void buildTile(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createDistributeGroups());
  tw::addCleanUp(pm);
  // Tiles of one head: what was a transpose of the whole moves nothing there.
  pm.addNestedPass<func::FuncOp>(tw::createFoldUnitTransposes());
  pm.addNestedPass<func::FuncOp>(tw::createFoldUnpack());
  // Padding that is part of a task.
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeDataMovement());
  // On tiles of a task: what a row operation becomes then stays in the caches.
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeNamedOps());
  // What has come out of them has no schedule yet.
  pm.addNestedPass<func::FuncOp>(tw::createSelectSchedule());
  pm.addNestedPass<func::FuncOp>(tw::createTileRegisters());
  tw::addCleanUp(pm);
  // Slices of weights that were not cut by tasks, and weights that are read whole.
  pm.addNestedPass<func::FuncOp>(tw::createFoldUnpack());
  pm.addNestedPass<func::FuncOp>(tw::createDecomposeUnpacks());
  tw::addCleanUp(pm);
}

void buildVectorize(OpPassManager &pm, const tw::CompileOptions &) {
  pm.addNestedPass<func::FuncOp>(tw::createVectorizeTiles());
  tw::addCleanUp(pm);
  pm.addNestedPass<func::FuncOp>(tw::createFoldAddends());
  // After addends, which it takes apart once, in front of the loops.
  pm.addNestedPass<func::FuncOp>(tw::createDeinterleaveSums());
  // After these, which know sums by their loops.
  pm.addNestedPass<func::FuncOp>(tw::createUnrollWindows());
  pm.addNestedPass<func::FuncOp>(tw::createHoistInvariants());
  // Without the writes that nobody reads: what they needed would stay with them.
  pm.addNestedPass<func::FuncOp>(tw::createSinkToWrites());
  // Last: the others know a sum by the one loop over all its products.
  pm.addNestedPass<func::FuncOp>(tw::createBlockSums());
}

void buildBufferize(OpPassManager &pm, const tw::CompileOptions &) {
  // Sizes of what loops return, from before the loops: the analysis of slices asks for them, and
  // would otherwise follow every loop that carries the tensor, each time twice as far.
  pm.addPass(createSCFForLoopCanonicalizationPass());
  tw::addBufferization(pm);
  pm.addPass(tw::createPlanArena());
}

void buildLowerCpu(OpPassManager &pm, const tw::CompileOptions &options) {
  // While loops over row tiles and panels still stand as such.
  pm.addNestedPass<func::FuncOp>(tw::createPrefetchPanels());
  pm.addNestedPass<func::FuncOp>(tw::createPrefetchRows());
  pm.addPass(tw::createStoreBooleansAsBytes());
  pm.addNestedPass<func::FuncOp>(tw::createLowerCopiesAndFills());
  // What was not vectorized.
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  pm.addPass(tw::createOutlineParallel());
  // Before anything is lowered further: constants and subviews that are alike make regions alike.
  tw::addCleanUp(pm);
  pm.addPass(tw::createMergeRegions());
  // On functions of tasks, each of which configures the tile registers once.
  tw::LowerTilesOptions tiles;
  tiles.emulate = options.emulateTiles;
  pm.addNestedPass<func::FuncOp>(tw::createLowerTiles(tiles));
  // Before vectors, to whose slices it cuts those that are wider than a register.
  pm.addPass(tw::createLowerDots());
  pm.addPass(tw::createLowerVectors());
  // Processors compute in f32 or wider; LLVM aborts on some arithmetic of bf16.
  arith::ArithEmulateUnsupportedFloatsOptions narrow;
  narrow.sourceTypeStrs = {"bf16", "f16"};
  narrow.targetTypeStr = "f32";
  pm.addPass(arith::createArithEmulateUnsupportedFloats(narrow));
  pm.addPass(math::createMathExtendToSupportedTypes());
  pm.addPass(tw::createLowerVectorMath());
  pm.addPass(tw::createLowerDynamicExpansions());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  // Rounding divisions of sizes that are known only in the call.
  pm.addPass(arith::createArithExpandOpsPass());
  pm.addPass(createSCFToControlFlowPass());
  tw::addCleanUp(pm);
  pm.addPass(tw::createConvertToLlvm());
  pm.addPass(tw::createCreateEntryPoints());
}

constexpr tw::Phase kPhases[] = {
    {"input", "Verifies linalg on tensors and raises idioms to named operations.", buildInput},
    {"graph", "Folds, lays out, fuses and groups; moves constant work to @init.", buildGraph},
    {"schedule", "Gives each group the tiles of its loops.", buildSchedule},
    {"tile", "Parallel loops over tasks, in them loops over register tiles.", buildTile},
    {"vectorize", "Register tiles become vectors; accumulators stay in registers.", buildVectorize},
    {"bufferize", "Tensors become memory: arguments, results, one arena.", buildBufferize},
    {"lower-cpu", "Vector math, parallel regions on the runtime, LLVM dialect.", buildLowerCpu},
};

} // namespace

llvm::ArrayRef<tw::Phase> tw::getCpuPhases() { return kPhases; }
