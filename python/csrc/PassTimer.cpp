// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "python/csrc/PassTimer.h"

#include "mlir/CAPI/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"

using mlir::DefaultTimingManager;

struct tw::python::PassTimer::State {
  // Before the manager, which prints once more when it goes.
  std::string text;
  llvm::raw_string_ostream stream{text};
  DefaultTimingManager manager;
  mlir::TimingScope scope;
};

tw::python::PassTimer::PassTimer(MlirPassManager passManager) : state(std::make_unique<State>()) {
  DefaultTimingManager &manager = state->manager;
  manager.setEnabled(true);
  manager.setDisplayMode(DefaultTimingManager::DisplayMode::Tree);
  manager.setOutput(
      mlir::createOutputStrategy(DefaultTimingManager::OutputFormat::Json, state->stream));
  state->scope = manager.getRootScope();
  unwrap(passManager)->enableTiming(state->scope);
}

tw::python::PassTimer::~PassTimer() = default;

std::string tw::python::PassTimer::take() {
  state->scope.stop();
  state->manager.print();
  std::string text = std::move(state->text);
  state->manager.setEnabled(false);
  return text;
}
