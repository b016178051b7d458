// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs of passes that the phases of several targets have in common.
#ifndef TILEWRIGHT_PASSES_PIPELINES_SHAREDSTEPS_H
#define TILEWRIGHT_PASSES_PIPELINES_SHAREDSTEPS_H

#include "mlir/Pass/PassManager.h"

namespace tw {

void addCleanUp(mlir::OpPassManager &pm);

/// Refuses what is not linalg on tensors, and gives softmax, norms and GELU their names again.
void addVerificationAndRaising(mlir::OpPassManager &pm);

/// Tensors become memory; results are bound to the caller's.
void addBufferization(mlir::OpPassManager &pm);

} // namespace tw

#endif // TILEWRIGHT_PASSES_PIPELINES_SHAREDSTEPS_H
