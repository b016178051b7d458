// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_CODEGEN_EXPANDBFLOAT16_H
#define TILEWRIGHT_CODEGEN_EXPANDBFLOAT16_H

#include "llvm/IR/Module.h"

namespace tw::codegen {

/// Makes arithmetic on f32, and integer instructions that round, of all arithmetic on bf16. For
/// processors of x86-64 without an instruction that rounds to bf16: LLVM would call a function of
/// compiler-rt for each lane, which not every system has.
void expandBFloat16(llvm::Module &module);

} // namespace tw::codegen

#endif // TILEWRIGHT_CODEGEN_EXPANDBFLOAT16_H
