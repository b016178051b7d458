// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads of inputs that are contiguous along another loop than the lanes.
#include "passes/Vectorize/SquareTranspose.h"
#include "passes/Vectorize/TileVectorizer.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using tw::TileVectorizer;

std::optional<unsigned>
TileVectorizer::getTransposedLoop(OpOperand *input, std::optional<unsigned> lane, int64_t lanes) {
  AffineMap map = op.getMatchingIndexingMap(input);
  // Of what is in registers already, even pairs are worth it.
  int64_t shortest = reader.lookup(input->get()) ? 2 : 4;
  if (!lane || lanes < shortest || !map.isProjectedPermutation() || map.getNumResults() < 2 ||
      !map.isFunctionOfDim(*lane))
    return std::nullopt;
  unsigned along = map.getDimPosition(map.getNumResults() - 1);
  bool turns = along != *lane && ranges[along] > 1 && llvm::is_contained(pointLoops, along);
  return turns ? std::optional<unsigned>(along) : std::nullopt;
}

Value TileVectorizer::readTransposed(OpOperand *input, const tw::Point &point, unsigned lane,
                                     unsigned along, int64_t lanes, ReadCache &cache) {
  AffineMap map = op.getMatchingIndexingMap(input);
  Values &columns = cache.squares[{input, getKey(map, point, along)}];
  if (columns.empty()) {
    int64_t first = *getConstantIntValue(point[lane]);
    columns.resize(ranges[along]);
    for (auto [begin, width] : getTransposedBlocks(input, along, lanes)) {
      Values rows;
      for (int64_t row = 0; row < lanes; ++row) {
        tw::Point place = point;
        place[lane] = rewriter.getIndexAttr(first + row);
        place[along] = rewriter.getIndexAttr(begin);
        rows.push_back(tw::toVector(
            rewriter, loc, reader.read(loc, input->get(), map, place, along, width), width));
      }
      llvm::copy(tw::transposeTall(rewriter, loc, rows), columns.begin() + begin);
    }
  }
  return columns[*getConstantIntValue(point[along])];
}

SmallVector<tw::ColumnPiece> TileVectorizer::getTransposedBlocks(OpOperand *input, unsigned along,
                                                                 int64_t lanes) {
  int64_t size = ranges[along];
  SmallVector<tw::ColumnPiece> blocks;
  if (reader.lookup(input->get())) {
    // Registers hold the pieces of a row, and none reaches from one into the next.
    for (tw::ColumnPiece piece : tw::splitColumns(size))
      for (int64_t width = std::min(lanes, piece.lanes), i = 0; i < piece.lanes; i += width)
        blocks.push_back({piece.offset + i, width});
    return blocks;
  }
  // The last block begins early enough to be as wide as the others: to read a few columns twice is
  // less work than narrow blocks are.
  int64_t width = std::min<int64_t>(lanes, llvm::bit_floor(static_cast<uint64_t>(size)));
  for (int64_t begin = 0; begin < size; begin += width)
    blocks.push_back({std::min(begin, size - width), width});
  return blocks;
}
