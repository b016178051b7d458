// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "python/csrc/Api.h"

#include "codegen/CreateTargetMachine.h"
#include "codegen/EmitModule.h"
#include "codegen/PassTrace.h"
#include "dialects/Register.h"
#include "mlir/CAPI/IR.h"
#include "passes/Pipelines/Phases.h"
#include "passes/Register.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Config/llvm-config.h"
#include <mutex>

void tw::python::registerPasses() {
  static std::once_flag once;
  std::call_once(once, registerAllPasses);
}

void tw::python::registerDialects(MlirContext context) {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  unwrap(context)->appendDialectRegistry(registry);
}

std::vector<std::pair<std::string, std::string>> tw::python::getPhases(const std::string &target) {
  std::vector<std::pair<std::string, std::string>> phases;
  for (const Phase &phase : tw::getPhases(target))
    phases.emplace_back(phase.name.str(), phase.summary.str());
  return phases;
}

tw::python::Machine tw::python::getHostMachine() {
  codegen::MachineTarget host = codegen::getHostTarget();
  return {host.triple, host.cpu, host.features};
}

tw::python::Result<std::vector<std::string>>
tw::python::getEnabledFeatures(const Machine &machine) {
  auto names = codegen::getEnabledFeatures({machine.triple, machine.cpu, machine.features});
  if (!names)
    return {{}, llvm::toString(names.takeError())};
  return {std::move(*names), ""};
}

std::string tw::python::getLLVMVersion() { return LLVM_VERSION_STRING; }

tw::python::Result<std::string> tw::python::emit(MlirOperation module, const std::string &kind,
                                                 const Machine &machine, int optLevel) {
  using codegen::Output;
  auto output = llvm::StringSwitch<std::optional<Output>>(kind)
                    .Case("llvm-unoptimized", Output::UnoptimizedLLVM)
                    .Case("llvm", Output::LLVM)
                    .Case("asm", Output::Assembly)
                    .Case("object", Output::Object)
                    .Default(std::nullopt);
  if (!output)
    return {"",
            "unknown kind of output '" + kind + "'; known: llvm-unoptimized, llvm, asm, object"};
  llvm::Expected<std::string> text = codegen::emitModule(
      unwrap(module), {machine.triple, machine.cpu, machine.features}, optLevel, *output);
  if (!text)
    return {"", llvm::toString(text.takeError())};
  return {std::move(*text), ""};
}

void tw::python::startPassTrace() { codegen::startPassTrace(); }

std::string tw::python::takePassTrace() { return codegen::takePassTrace(); }
