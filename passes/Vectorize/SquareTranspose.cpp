// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/SquareTranspose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

/// In each of log2(n) rounds, row i and row i + n/2 become rows 2i and 2i + 1: their lower and
/// their upper halves, interleaved. One round moves the highest bit of an element's row number to
/// the lowest place of its lane, and the highest of its lane to the lowest of its row; after all
/// rounds row and lane have changed places. These are n shuffles of two registers a round, which
/// every processor has, whatever its vectors' length.
SmallVector<Value> tw::transposeSquare(OpBuilder &builder, Location loc, ArrayRef<Value> rows) {
  int64_t n = rows.size(), half = n / 2;
  SmallVector<int64_t> lower, upper;
  for (int64_t lane = 0; lane < half; ++lane) {
    lower.append({lane, n + lane});
    upper.append({half + lane, n + half + lane});
  }
  SmallVector<Value> current(rows), next(n);
  for (unsigned round = 0; round < llvm::Log2_64(n); ++round) {
    for (int64_t i = 0; i < half; ++i) {
      next[2 * i] = vector::ShuffleOp::create(builder, loc, current[i], current[i + half], lower);
      next[2 * i + 1] =
          vector::ShuffleOp::create(builder, loc, current[i], current[i + half], upper);
    }
    std::swap(current, next);
  }
  return current;
}

/// Squares below each other, whose columns are put together by halves.
SmallVector<Value> tw::transposeTall(OpBuilder &builder, Location loc, ArrayRef<Value> rows) {
  int64_t lanes = cast<VectorType>(rows.front().getType()).getNumElements();
  SmallVector<SmallVector<Value>> squares;
  for (; !rows.empty(); rows = rows.drop_front(lanes))
    squares.push_back(transposeSquare(builder, loc, rows.take_front(lanes)));
  for (int64_t height = lanes; squares.size() > 1; height *= 2) {
    auto both = llvm::to_vector(llvm::seq<int64_t>(0, 2 * height));
    for (size_t i = 0; i < squares.size() / 2; ++i) {
      SmallVector<Value> columns;
      for (auto [upper, lower] : llvm::zip_equal(squares[2 * i], squares[2 * i + 1]))
        columns.push_back(vector::ShuffleOp::create(builder, loc, upper, lower, both));
      squares[i] = std::move(columns);
    }
    squares.resize(squares.size() / 2);
  }
  return squares.front();
}
