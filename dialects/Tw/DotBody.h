// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which structured operations are contractions of words.
#ifndef TILEWRIGHT_DIALECTS_TW_DOTBODY_H
#define TILEWRIGHT_DIALECTS_TW_DOTBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// Which input is the left factor, where the body of `op` is one tw.bf16_dot that adds the product
/// of the two inputs to the init; nothing where it is anything else. Upstream's
/// isaContractionOpInterface knows a multiplication and an addition only.
std::optional<unsigned> getDotLeftFactor(mlir::linalg::LinalgOp op);

} // namespace tw

#endif // TILEWRIGHT_DIALECTS_TW_DOTBODY_H
