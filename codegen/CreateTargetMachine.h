// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_CREATETARGETMACHINE_H
#define TILEWRIGHT_CODEGEN_CREATETARGETMACHINE_H

#include "codegen/HostTarget.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <vector>

namespace tw::codegen {

/// LLVM's code generator for `target` at optimisation level 0 to 3, making position-independent
/// code. Processor and feature names are checked first, since LLVM itself only warns on stderr
/// about an unknown one, and aborts on some combinations. Of GPUs, NVIDIA's from sm_80 on are
/// known, without features.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const MachineTarget &target, int optLevel);

/// Names of the features that code for `target` may use: those that its processor implies, and
/// those switched on by name, without those switched off.
llvm::Expected<std::vector<std::string>> getEnabledFeatures(const MachineTarget &target);

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_CREATETARGETMACHINE_H
