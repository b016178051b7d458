// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When each pass of LLVM ran, and for how long.
#ifndef TILEWRIGHT_CODEGEN_PASSTRACE_H
#define TILEWRIGHT_CODEGEN_PASSTRACE_H

#include <string>

namespace tw::codegen {

/// From here on the passes that emitModule runs on this thread are recorded by LLVM's own profiler.
/// Rejected: LLVM's -time-passes, whose timers of code generation belong to the process and are
/// found again by the addresses of passes that are gone.
void startPassTrace();

/// Ends it. The events as JSON in Chrome's trace format, or nothing where none was started.
std::string takePassTrace();

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_PASSTRACE_H
