// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/HostTarget.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

/// The processor that LLVM names after family and model. Hypervisors report older ones than the
/// features belong to, whose schedules LLVM would follow then: no processor before Sapphire Rapids
/// has tiles.
static std::string getHostName(const llvm::StringMap<bool> &features) {
  std::string name = llvm::sys::getHostCPUName().str();
  llvm::SmallVector<llvm::StringRef> implied;
  if (features.lookup("amx-tile") && llvm::X86::parseArchX86(name) != llvm::X86::CK_None)
    llvm::X86::getFeaturesForCPU(name, implied);
  return implied.empty() || llvm::is_contained(implied, "amx-tile") ? name : "sapphirerapids";
}

tw::codegen::MachineTarget tw::codegen::getHostTarget() {
  MachineTarget target;
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = getHostName(host);
  // Sorted: the string is part of the cache's keys, and a StringMap has no order.
  std::vector<std::string> features;
  for (const auto &feature : host)
    features.push_back((feature.getValue() ? "+" : "-") + feature.getKey().str());
  llvm::sort(features, [](const std::string &a, const std::string &b) {
    return llvm::StringRef(a).drop_front() < llvm::StringRef(b).drop_front();
  });
  target.features = llvm::join(features, ",");
  return target;
}
