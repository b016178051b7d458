// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The phases of a compilation: one list from which `tw-opt`, the Python API and the `tilewright`
// command derive stop-after, start-from and the numbered dumps.
#ifndef TILEWRIGHT_PASSES_PIPELINES_PHASES_H
#define TILEWRIGHT_PASSES_PIPELINES_PHASES_H

#include "mlir/Pass/PassManager.h"
#include "passes/Pipelines/Options.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace tw {

struct Phase {
  llvm::StringLiteral name;
  /// One sentence: what the phase takes and what it leaves.
  llvm::StringLiteral summary;
  void (*build)(mlir::OpPassManager &, const CompileOptions &);
};

/// The phases of a target in order; empty for an unknown target.
llvm::ArrayRef<Phase> getPhases(llvm::StringRef target);

/// Appends the phases from `options.startFrom` to `options.stopAfter` (inclusive). Fails, and
/// says which names exist, when a phase or the target is unknown.
mlir::LogicalResult buildPhases(mlir::OpPassManager &pm, const CompileOptions &options,
                                llvm::function_ref<void(const llvm::Twine &)> reportError);

/// Registers `tw-compile` and one pipeline `tw-phase-<name>` for each name of a phase; which
/// target's phase it runs is one of its options.
void registerPhases();

// One function a target; each lives in a file of its own.
llvm::ArrayRef<Phase> getCpuPhases();
llvm::ArrayRef<Phase> getCudaPhases();

} // namespace tw

#endif // TILEWRIGHT_PASSES_PIPELINES_PHASES_H
