// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/PassTrace.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/TimeProfiler.h"
#include "llvm/Support/raw_ostream.h"

void tw::codegen::startPassTrace() {
  // Also those that are too short for a microsecond: there are many of them.
  if (!llvm::timeTraceProfilerEnabled())
    llvm::timeTraceProfilerInitialize(/*TimeTraceGranularity=*/0, "tilewright");
}

std::string tw::codegen::takePassTrace() {
  if (!llvm::timeTraceProfilerEnabled())
    return "";
  llvm::SmallString<0> json;
  llvm::raw_svector_ostream stream(json);
  llvm::timeTraceProfilerWrite(stream);
  llvm::timeTraceProfilerCleanup();
  return json.str().str();
}
