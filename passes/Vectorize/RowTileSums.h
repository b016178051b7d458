// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_PASSES_VECTORIZE_ROWTILESUMS_H
#define TILEWRIGHT_PASSES_VECTORIZE_ROWTILESUMS_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <optional>

namespace tw {

/// A loop over row tiles, and the loop in it that computes their sums from a panel they share.
struct RowTileSums {
  mlir::scf::ForOp rows, sum;
  /// The most row tiles that a call may have.
  int64_t rowTiles;
  /// Bounds of `sum`.
  int64_t lower, upper, step;
  /// Iterations of `sum` whose part of the panel has room in the first-level cache, beside what
  /// they read of the rows.
  int64_t blockTrips;
  /// What `sum` needs of the body of `rows`, in its order.
  llvm::SmallVector<mlir::Operation *> needed;
};

/// The sums of `sum`, if blocks of them are worth it; nothing and the reason otherwise.
std::optional<RowTileSums> matchRowTileSums(mlir::scf::ForOp sum, TargetAttr target,
                                            mlir::StringRef &reason);

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_ROWTILESUMS_H
