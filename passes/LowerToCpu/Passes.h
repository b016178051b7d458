// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_PASSES_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace tw {

#define GEN_PASS_DECL
#include "passes/LowerToCpu/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "passes/LowerToCpu/Passes.h.inc"

/// The patterns of tw-lower-vector-math.
void populateLowerVectorMathPatterns(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_PASSES_H
