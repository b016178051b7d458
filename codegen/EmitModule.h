// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The codegen phase: a module in the LLVM dialect becomes an object file, or the text of a step
// before it.
#ifndef TILEWRIGHT_CODEGEN_EMITMODULE_H
#define TILEWRIGHT_CODEGEN_EMITMODULE_H

#include "codegen/HostTarget.h"
#include "mlir/IR/Operation.h"
#include "llvm/Support/Error.h"
#include <string>

namespace tw::codegen {

enum class Output {
  /// LLVM IR as translated, before LLVM's optimiser.
  UnoptimizedLLVM,
  /// LLVM IR after LLVM's optimiser.
  LLVM,
  Assembly,
  Object,
};

/// Translates `module` (a module or gpu.module, all in dialects with an LLVM translation),
/// optimises and emits it. Everything that LLVM or MLIR reports goes into the error.
llvm::Expected<std::string> emitModule(mlir::Operation *module, const MachineTarget &target,
                                       int optLevel, Output output);

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_EMITMODULE_H
