// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMETOLLVM_H
#define TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMETOLLVM_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Patterns that turn the runtime operations of `tw` (arena, scratch, alloc, output, launch,
/// assert) into accesses to the context, the first argument of every function.
void populateRuntimeToLlvmPatterns(const mlir::LLVMTypeConverter &converter,
                                   mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOLLVM_RUNTIMETOLLVM_H
