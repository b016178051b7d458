// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/CreateTargetMachine.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include <mutex>

using namespace llvm;

namespace {

void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
  });
}

Error failure(const Twine &message) { return createStringError(message.str()); }

/// The names among `known` that are close to `wanted`, for an error message.
template <typename Descriptions> std::string suggest(StringRef wanted, const Descriptions &known) {
  SmallVector<StringRef> close;
  for (const auto &description : known)
    if (StringRef(description.Key).edit_distance(wanted, true, 3) <= 2)
      close.push_back(description.Key);
  // A crowd, as of GPUs that differ in one digit, helps nobody.
  return close.empty() || close.size() > 4 ? "" : "; did you mean " + join(close, " or ") + "?";
}

Error checkFeatures(StringRef features, const MCSubtargetInfo &info, StringRef triple) {
  SmallVector<StringRef> parts;
  features.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    StringRef name = part;
    if (!name.consume_front("+") && !name.consume_front("-"))
      return failure("feature '" + part + "' must begin with + or -");
    if (none_of(info.getAllProcessorFeatures(),
                [&](const SubtargetFeatureKV &known) { return name == known.Key; }))
      return failure("'" + name + "' is no feature of " + triple +
                     suggest(name, info.getAllProcessorFeatures()));
  }
  return Error::success();
}

/// LLVM ends the process on a GPU that lacks an instruction it is asked for, and on PTX too old
/// for the GPU. From sm_80 on there is all that kernels use, and without a feature LLVM takes the
/// oldest PTX that knows the GPU, which the most drivers read.
Error checkGpu(const tw::codegen::MachineTarget &target) {
  unsigned number = 0;
  StringRef name = target.cpu;
  if (!name.consume_front("sm_") || name.consumeInteger(10, number) || number < 80)
    return failure("'" + target.cpu + "' is no GPU that there is code for; the oldest is sm_80");
  if (!target.features.empty())
    return failure("features of a GPU follow from its name; got '" + target.features + "'");
  return Error::success();
}

/// A target as LLVM has it registered, with the checks that createTargetMachine promises.
struct CheckedTarget {
  Triple triple;
  const Target *target;
  std::unique_ptr<MCSubtargetInfo> info;
};

Expected<CheckedTarget> checkTarget(const tw::codegen::MachineTarget &target) {
  initializeTargets();
  CheckedTarget checked{Triple(Triple::normalize(target.triple)), nullptr, nullptr};
  std::string message;
  checked.target = TargetRegistry::lookupTarget(checked.triple, message);
  if (!checked.target)
    return failure("no code generator for '" + target.triple + "': " + message);
  // An empty processor first: constructing with an unknown one already writes to stderr.
  checked.info.reset(checked.target->createMCSubtargetInfo(checked.triple, "", ""));
  if (!checked.info)
    return failure("'" + target.triple + "' has no description of its processors");
  if (!target.cpu.empty() && !checked.info->isCPUStringValid(target.cpu))
    return failure("'" + target.cpu + "' is no processor of " + checked.triple.str() +
                   suggest(target.cpu, checked.info->getAllProcessorDescriptions()));
  if (checked.triple.isNVPTX())
    if (Error error = checkGpu(target))
      return std::move(error);
  if (Error error = checkFeatures(target.features, *checked.info, checked.triple.str()))
    return std::move(error);
  checked.info.reset(
      checked.target->createMCSubtargetInfo(checked.triple, target.cpu, target.features));
  return checked;
}

} // namespace

Expected<std::unique_ptr<TargetMachine>>
tw::codegen::createTargetMachine(const MachineTarget &target, int optLevel) {
  Expected<CheckedTarget> checked = checkTarget(target);
  if (!checked)
    return checked.takeError();
  std::optional<CodeGenOptLevel> level = CodeGenOpt::getLevel(optLevel);
  if (!level)
    return failure("the optimisation level must be 0 to 3, got " + Twine(optLevel));

  std::string features = target.features;
  // Server processors with AVX-512 are marked as preferring 256-bit vectors, which halves those
  // that the schedule chose.
  if (checked->triple.isX86() && checked->info->checkFeatures("+avx512f") &&
      !StringRef(features).contains("prefer-256-bit"))
    features += features.empty() ? "-prefer-256-bit" : ",-prefer-256-bit";

  TargetOptions options;
  // Multiply and add are contracted where the instructions say so (see OptimizeModule), which is
  // the only relaxation of IEEE arithmetic.
  options.AllowFPOpFusion = FPOpFusion::Standard;
  std::unique_ptr<TargetMachine> machine(checked->target->createTargetMachine(
      checked->triple, target.cpu, features, options, Reloc::PIC_, std::nullopt, *level));
  if (!machine)
    return failure("LLVM cannot make code for '" + target.triple + "'");
  return machine;
}

Expected<std::vector<std::string>> tw::codegen::getEnabledFeatures(const MachineTarget &target) {
  Expected<CheckedTarget> checked = checkTarget(target);
  if (!checked)
    return checked.takeError();
  std::vector<std::string> names;
  for (const SubtargetFeatureKV &feature : checked->info->getEnabledProcessorFeatures())
    names.push_back(feature.Key);
  return names;
}
