// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What libTilewright.so offers to the extension module. The library is compiled without run-time
// type information, as MLIR is, and the extension with it, as nanobind needs: so nothing with
// virtual functions and no exception may cross here, and of MLIR only its C API.
#ifndef TILEWRIGHT_PYTHON_CSRC_API_H
#define TILEWRIGHT_PYTHON_CSRC_API_H

#include "mlir-c/IR.h"
#include <string>
#include <utility>
#include <vector>

namespace tw::python {

/// Either a value, or in `error` a message for the user.
template <typename T> struct Result {
  T value{};
  std::string error;
};

/// Registers all passes and phases with MLIR's pass manager, once per process.
void registerPasses();

/// Makes every dialect of the project known to `context`.
void registerDialects(MlirContext context);

/// Name and summary of each phase of a target in order; empty for an unknown target.
std::vector<std::pair<std::string, std::string>> getPhases(const std::string &target);

struct Machine {
  std::string triple, cpu, features;
};
Machine getHostMachine();

/// Names of the features that code for `machine` may use.
Result<std::vector<std::string>> getEnabledFeatures(const Machine &machine);

/// "22.1.8".
std::string getLLVMVersion();

/// `kind`: "llvm-unoptimized", "llvm", "asm" or "object"; `optLevel`: 0 to 3.
Result<std::string> emit(MlirOperation module, const std::string &kind, const Machine &machine,
                         int optLevel);

/// Records the passes of LLVM that `emit` runs on this thread, until takePassTrace gives them as
/// JSON in Chrome's trace format.
void startPassTrace();
std::string takePassTrace();

} // namespace tw::python

#endif // TILEWRIGHT_PYTHON_CSRC_API_H
