// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arguments that a function gives a new value.
#ifndef TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H
#define TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H

#include "llvm/ADT/StringRef.h"

namespace tw {

/// Argument attribute: the result (i64) that is the argument's new value; see the dialect's
/// description.
inline constexpr llvm::StringLiteral kUpdatedByAttr = "tw.updated_by";

} // namespace tw

#endif // TILEWRIGHT_PASSES_BUFFERIZE_UPDATEDARGUMENTS_H
