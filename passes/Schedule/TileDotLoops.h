// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which contractions of words a matrix unit does, and along which loops its tiles lie.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H
#define TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// Fewer rows or words than these are left to vectors: most of a tile would be empty.
inline constexpr int64_t kMinTileRows = 4;
inline constexpr int64_t kMinTileWords = 8;
/// Rows of a register tile: two tiles of a matrix unit, each of which serves two others.
inline constexpr int64_t kTileRows = 2 * TileDotOp::kSize;

struct TileDotLoops {
  /// Read along rows and words, and along words and columns.
  mlir::OpOperand *lhs, *rhs;
  /// Dimension of `lhs` that the rows run along.
  unsigned lhsRowDim;
  unsigned rowLoop, columnLoop, wordLoop;
};

/// The loops of a contraction whose body is one tw.bf16_dot, if the target multiplies words in
/// tiles and there are enough of them; otherwise nothing, and why in `reason`.
std::optional<TileDotLoops> matchTileDotLoops(mlir::linalg::LinalgOp op, TargetAttr target,
                                              llvm::StringRef &reason);

/// Rows of a register tile of `rows` rows (or a dynamic number of them) by `columns` columns: the
/// tiles of the result, a column of those of the left operand and one of the right one have to fit
/// into the eight registers.
int64_t chooseTileRows(int64_t rows, int64_t columns);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H
