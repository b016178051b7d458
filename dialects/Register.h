// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The one list of dialects and interface implementations that every Tilewright tool and the
// Python extension load.
#ifndef TILEWRIGHT_DIALECTS_REGISTER_H
#define TILEWRIGHT_DIALECTS_REGISTER_H

#include "mlir/IR/DialectRegistry.h"

namespace tw {

/// Adds the `tw` dialect, every upstream dialect that the phases use, and the external models
/// (tiling, bufferization, LLVM translation) that they need.
void registerAllDialects(mlir::DialectRegistry &registry);

} // namespace tw

#endif // TILEWRIGHT_DIALECTS_REGISTER_H
