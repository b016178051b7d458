// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_LOWERTOLLVM_LIBMTOLLVM_H
#define TILEWRIGHT_PASSES_LOWERTOLLVM_LIBMTOLLVM_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace tw {

/// Patterns that turn functions of f64 into calls of libm, lane by lane: those that LLVM has no
/// intrinsic for, and those that upstream writes as a formula that loses digits.
void populateLibmToLlvmPatterns(const mlir::LLVMTypeConverter &converter,
                                mlir::RewritePatternSet &patterns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_LOWERTOLLVM_LIBMTOLLVM_H
