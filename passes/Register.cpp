// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Register.h"

#include "passes/Graph/Passes.h"
#include "passes/Input/Passes.h"
#include "passes/Pipelines/Phases.h"
#include "passes/Schedule/Passes.h"

void tw::registerAllPasses() {
  registerGraphPasses();
  registerInputPasses();
  registerSchedulePasses();
  registerPhases();
}
