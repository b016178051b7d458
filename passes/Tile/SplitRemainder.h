// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_TILE_SPLITREMAINDER_H
#define TILEWRIGHT_PASSES_TILE_SPLITREMAINDER_H

#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/TilingInterface.h"

namespace tw {

/// Tile sizes of the loops of `op` from sizes given per dimension of its result. Loops that no
/// dimension walks (reductions) get 0.
llvm::SmallVector<int64_t> getLoopTiles(mlir::TilingInterface op, llvm::ArrayRef<int64_t> sizes);

/// Splits `op` along every static loop that its tile does not divide, so that each part is
/// covered by whole tiles or is one smaller tile. Producers for which `fuse` holds are split with
/// it. Returns the parts in order, each with its tiles; `op` is gone if there is more than one.
struct SplitPart {
  mlir::TilingInterface op;
  llvm::SmallVector<int64_t> tiles;
};
mlir::FailureOr<llvm::SmallVector<SplitPart>>
splitRemainders(mlir::RewriterBase &rewriter, mlir::TilingInterface op,
                llvm::ArrayRef<int64_t> tiles, llvm::function_ref<bool(mlir::Operation *)> fuse);

} // namespace tw

#endif // TILEWRIGHT_PASSES_TILE_SPLITREMAINDER_H
