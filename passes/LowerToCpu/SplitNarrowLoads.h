// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOCPU_SPLITNARROWLOADS_H
#define TILEWRIGHT_PASSES_LOWERTOCPU_SPLITNARROWLOADS_H

#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Patterns that load a vector of 9, 17, 25, ... bf16 as all but the last and the last, put
/// together as integers. For processors with AVX512-BF16, LLVM 22 makes a vector of that last bf16
/// alone, and ends the process ("Do not know how to soft promote this operator's operand!").
void populateSplitNarrowLoadsPatterns(mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOCPU_SPLITNARROWLOADS_H
