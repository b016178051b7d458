// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Register.h"

#include "passes/Bufferize/Passes.h"
#include "passes/Graph/Passes.h"
#include "passes/Input/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/LowerToCpu/Passes.h"
#include "passes/LowerToGpu/Passes.h"
#include "passes/LowerToLlvm/Passes.h"
#include "passes/Narrow/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Pipelines/Phases.h"
#include "passes/Schedule/Passes.h"
#include "passes/Tile/Passes.h"
#include "passes/Vectorize/Passes.h"

void tw::registerAllPasses() {
  registerInputPasses();
  registerLowerToCpuPasses();
  registerGraphPasses();
  registerLayoutPasses();
  registerNarrowPasses();
  registerPackPasses();
  registerSchedulePasses();
  registerTilePasses();
  registerVectorizePasses();
  registerBufferizePasses();
  registerLowerToLlvmPasses();
  registerLowerToGpuPasses();
  registerPhases();
}
