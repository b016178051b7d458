// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_OPTIMIZEMODULE_H
#define TILEWRIGHT_CODEGEN_OPTIMIZEMODULE_H

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace tw::codegen {

/// Makes `module` one for `machine`: data layout, triple, the processor of every function,
/// contraction of floating-point operations, other instructions for those that the processor lacks,
/// and linkage (a module that defines tw_main exports the symbols of the module ABI and nothing
/// else).
void prepareModule(llvm::Module &module, llvm::TargetMachine &machine);

/// Optimises with `machine`'s costs: not at all for `optLevel` 0, without vectorizing leftover
/// loops for 1, and with that for 2 and 3, which differ in code generation.
void optimizeModule(llvm::Module &module, llvm::TargetMachine &machine, int optLevel);

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_OPTIMIZEMODULE_H
