// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOLLVM_LAUNCHTOLLVM_H
#define TILEWRIGHT_PASSES_LOWERTOLLVM_LAUNCHTOLLVM_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.launch -> a call of the runtime's parallel_for.
void populateLaunchToLlvmPatterns(const mlir::LLVMTypeConverter &converter,
                                  mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOLLVM_LAUNCHTOLLVM_H
