// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOLLVM_WORDSTOLLVM_H
#define TILEWRIGHT_PASSES_LOWERTOLLVM_WORDSTOLLVM_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// tw.words on memory: the same memory, described anew.
void populateWordsToLlvmPatterns(const mlir::LLVMTypeConverter &converter,
                                 mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOLLVM_WORDSTOLLVM_H
