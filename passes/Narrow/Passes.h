// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_NARROW_PASSES_H
#define TILEWRIGHT_PASSES_NARROW_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tw {

#define GEN_PASS_DECL
#include "passes/Narrow/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/Narrow/Passes.h.inc"

} // namespace tw

#endif // TILEWRIGHT_PASSES_NARROW_PASSES_H
