// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Pipelines/Phases.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

static constexpr llvm::StringLiteral kTargets[] = {"cpu", "cuda"};

llvm::ArrayRef<tw::Phase> tw::getPhases(llvm::StringRef target) {
  if (target == "cpu")
    return getCpuPhases();
  if (target == "cuda")
    return getCudaPhases();
  return {};
}

LogicalResult tw::buildPhases(OpPassManager &pm, const CompileOptions &options,
                              llvm::function_ref<void(const llvm::Twine &)> reportError) {
  ArrayRef<Phase> phases = getPhases(options.target);
  if (phases.empty()) {
    reportError("unknown target '" + options.target +
                "'; known: " + llvm::join(std::begin(kTargets), std::end(kTargets), ", "));
    return failure();
  }
  if (options.precision != "f32" && options.precision != "bf16") {
    reportError("unknown precision '" + options.precision + "'; known: f32, bf16");
    return failure();
  }
  auto indexOf = [&](StringRef name, size_t whenEmpty) -> FailureOr<size_t> {
    if (name.empty())
      return whenEmpty;
    for (auto [index, phase] : llvm::enumerate(phases))
      if (phase.name == name)
        return index;
    std::string known =
        llvm::join(llvm::map_range(phases, [](const Phase &p) { return p.name; }), ", ");
    reportError("unknown phase '" + name + "' of target '" + options.target + "'; known: " + known);
    return failure();
  };
  FailureOr<size_t> first = indexOf(options.startFrom, 0);
  FailureOr<size_t> last = indexOf(options.stopAfter, phases.size() - 1);
  if (failed(first) || failed(last))
    return failure();
  if (*first > *last) {
    reportError("start-from '" + options.startFrom + "' comes after stop-after '" +
                options.stopAfter + "'");
    return failure();
  }
  for (const Phase &phase : phases.slice(*first, *last - *first + 1))
    phase.build(pm, options);
  return success();
}

void tw::registerPhases() {
  // A pipeline callback cannot fail, so a wrong phase name is fatal to the tool that parsed it.
  // The Python API checks names before it builds a pipeline.
  static constexpr auto report = [](const llvm::Twine &message) {
    llvm::report_fatal_error(message, /*gen_crash_diag=*/false);
  };
  static PassPipelineRegistration<CompileOptions> compile(
      "tw-compile", "All phases of a target, or those between start-from and stop-after",
      [](OpPassManager &pm, const CompileOptions &options) {
        (void)buildPhases(pm, options, report);
      });
  static std::vector<std::unique_ptr<PassPipelineRegistration<CompileOptions>>> pipelines;
  llvm::StringSet<> registered;
  for (StringRef target : kTargets)
    for (const Phase &phase : getPhases(target))
      if (registered.insert(phase.name).second)
        pipelines.push_back(std::make_unique<PassPipelineRegistration<CompileOptions>>(
            *new std::string("tw-phase-" + phase.name.str()), phase.summary,
            [name = phase.name](OpPassManager &pm, const CompileOptions &options) {
              CompileOptions one;
              one.copyOptionValuesFrom(options);
              one.startFrom = one.stopAfter = name.str();
              (void)buildPhases(pm, one, report);
            }));
}
