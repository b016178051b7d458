// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Which contractions of words a matrix unit does, and along which loops its tiles lie.
#ifndef TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H
#define TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace tw {

/// Rows that are worth looking for: of fewer most of a tile would be empty. Fewer words than these
/// are left to vectors. A product takes as long with few words as with many, which is still less
/// than vectors take.
inline constexpr int64_t kMinTileRows = 4;
inline constexpr int64_t kMinTileWords = 2;
/// Tile registers of AMX: for the tiles of the result, a row of the right operand's and one of the
/// left operand's.
inline constexpr int64_t kTileRegisters = 8;

/// Whether keys of an attention are multiplied in tiles. The target may be null.
bool multipliesInTiles(TargetAttr target, mlir::RankedTensorType key);

struct TileDotLoops {
  /// Read along rows and words, and along words and columns.
  mlir::OpOperand *lhs, *rhs;
  /// Dimension of `lhs` that the rows run along, and how far apart in it they are.
  unsigned lhsRowDim;
  int64_t lhsRowStep;
  unsigned rowLoop, columnLoop, wordLoop;
};

/// The loops of a contraction whose body is one tw.bf16_dot, if the target multiplies words in
/// tiles and there are enough of them; otherwise nothing, and why in `reason`.
std::optional<TileDotLoops> matchTileDotLoops(mlir::linalg::LinalgOp op, TargetAttr target,
                                              llvm::StringRef &reason);

/// Rows of a tile of the left operand and of the result, and words of one of both operands.
struct TileDotShape {
  int64_t rows = TileDotOp::kSize, words = TileDotOp::kSize;
  bool operator==(const TileDotShape &other) const {
    return rows == other.rows && words == other.words;
  }
};

/// Equal parts of the rows and words of a contraction on a register tile, so that no part of a tile
/// is empty; whole tiles along loops that have none or a dynamic size.
TileDotShape getEvenTileShape(mlir::linalg::LinalgOp op, const TileDotLoops &loops);

/// Tiles of the result in a column of `columns`: they, a column of those of the left operand and
/// one of the right one have to fit into the registers.
int64_t countTilesDown(int64_t columns);

/// Rows of a register tile of `rows` rows (or a dynamic number of them) by `columns` columns. At
/// most `down` tiles, of equal sizes where that leaves no rows over: more than two would need more
/// tiles of the left operand for each of the right one.
int64_t chooseTileRows(int64_t rows, int64_t columns, int64_t down = 2);

} // namespace tw

#endif // TILEWRIGHT_PASSES_SCHEDULE_TILEDOTLOOPS_H
