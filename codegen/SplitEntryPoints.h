// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_SPLITENTRYPOINTS_H
#define TILEWRIGHT_CODEGEN_SPLITENTRYPOINTS_H

#include "llvm/IR/PassManager.h"

namespace tw::codegen {

/// Moves the code of long entry points (`tw_main`, `tw_init`) to functions that they call one after
/// the other. An entry point calls every parallel region of a model and holds the loops that are
/// too small to be one, so that its length grows with the depth of the model; instruction
/// selection, scheduling, register allocation and the rotation of loops take more than linear time
/// in the length of a function. Arguments are loaded by the part that uses them.
///
/// To run on code whose entry points have their callees inlined, before loops are changed.
struct SplitEntryPointsPass : llvm::PassInfoMixin<SplitEntryPointsPass> {
  llvm::PreservedAnalyses run(llvm::Module &module, llvm::ModuleAnalysisManager &);
};

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_SPLITENTRYPOINTS_H
