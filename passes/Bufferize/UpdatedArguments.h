// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments that a function gives a new value.
#ifndef TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H
#define TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H

#include "llvm/ADT/StringRef.h"

namespace tw {

/// Argument attribute: the result (i64) that is the argument's new value. It is written to the
/// argument's memory, in place where it can be, and is no result for the host. The argument is an
/// input (`tw.input`), or a buffer of the model (`tw.state = "name"`), which is bound once, to the
/// model's own memory.
inline constexpr llvm::StringLiteral kUpdatedByAttr = "tw.updated_by";

} // namespace tw

#endif // TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H
