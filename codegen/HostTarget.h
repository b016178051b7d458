// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_HOSTTARGET_H
#define TILEWRIGHT_CODEGEN_HOSTTARGET_H

#include <string>

namespace tw::codegen {

/// What LLVM needs to know about a machine to make code for it.
struct MachineTarget {
  /// For example "x86_64-unknown-linux-gnu".
  std::string triple;
  /// LLVM's name of the processor, for example "znver5".
  std::string cpu;
  /// "+avx512f,-amx-bf16,...", sorted by name; empty for what the processor's name implies.
  std::string features;
};

/// The machine this process runs on. Features are asked of the processor and the operating
/// system, not derived from the name: virtual machines hide some.
MachineTarget getHostTarget();

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_HOSTTARGET_H
