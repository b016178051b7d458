// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Vector code for one structured operation on a register tile.
#ifndef TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H
#define TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/Schedule/VectorDimension.h"
#include "passes/Vectorize/TileReader.h"

namespace tw {

/// Replaces `op` by vector code at the builder's insertion point.
class TileVectorizer {
public:
  /// `lanes` is the number of f32 lanes of a register.
  TileVectorizer(mlir::IRRewriter &rewriter, mlir::linalg::LinalgOp op, TileReader &reader,
                 int64_t lanes)
      : rewriter(rewriter), op(op), reader(reader), nativeLanes(lanes) {}

  /// Fails, and leaves the operation alone, when it has no vector form here; see getReason().
  mlir::LogicalResult run();
  llvm::StringRef getReason() const { return reason; }

private:
  using Values = llvm::SmallVector<mlir::Value>;
  /// Values of the inputs at a point; one read for points that share it.
  struct ReadCache {
    llvm::DenseMap<std::pair<mlir::OpOperand *, mlir::Attribute>, mlir::Value> values;
    llvm::DenseMap<std::pair<mlir::OpOperand *, mlir::Attribute>, Values> squares;
  };
  /// Where a sum is cut: `steps` iterations of `loop` (with all loops inside it) are added up on
  /// their own.
  struct SumBlock {
    unsigned loop;
    int64_t steps;
  };
  using LoopBody = llvm::function_ref<Values(const Point &, mlir::ValueRange)>;

  mlir::LogicalResult refuse(const llvm::Twine &why);
  bool checkResultMap(mlir::AffineMap map);
  mlir::LogicalResult fill();
  mlir::LogicalResult reduceLanes();

  /// Calls `visit` for every point of the tile, the last loop fastest, with reduction loops at 0.
  void forEachPoint(llvm::function_ref<void(Point)> visit);
  /// `point` with the reduction loops where `loops` has them.
  Point atLoops(const Point &point, const Point &loops);
  mlir::Value readInput(mlir::OpOperand *input, const Point &point, std::optional<unsigned> lane,
                        int64_t lanes, ReadCache &cache);
  /// What the value of an access through `map` at `point` depends on, but for one loop.
  mlir::Attribute getKey(mlir::AffineMap map, const Point &point,
                         std::optional<unsigned> except = std::nullopt);
  Values emit(const Point &point, mlir::ValueRange accumulators, std::optional<unsigned> lane,
              int64_t lanes, ReadCache &cache);
  /// Writes the vectors of all points (lanes along the result's last dimension), which come in the
  /// order of their columns.
  mlir::Value store(mlir::OpOperand *init, llvm::ArrayRef<std::pair<Point, mlir::Value>> values);
  mlir::Value scalar(mlir::Value value);

  // Lanes along columns of the result: ColumnLanes.cpp.

  mlir::LogicalResult computeColumns();
  /// The pieces in which `columns` are summed up, and lets inputs be read with as many columns: a
  /// last vector that is not full is one all the same where the inputs have elements behind it.
  llvm::SmallVector<ColumnPiece, 2> chooseSumPieces(llvm::ArrayRef<ColumnPiece> columns);

  // Lanes along another loop than the one of consecutive elements: TransposedReads.cpp.

  /// The loop along which `input` is contiguous, if it is not `lane` and the tile has several
  /// points along it: then rows are read and transposed, where each lane would else be a load of
  /// its own.
  std::optional<unsigned> getTransposedLoop(mlir::OpOperand *input, std::optional<unsigned> lane,
                                            int64_t lanes);
  mlir::Value readTransposed(mlir::OpOperand *input, const Point &point, unsigned lane,
                             unsigned along, int64_t lanes, ReadCache &cache);
  /// The columns that are read and transposed together; they may overlap.
  llvm::SmallVector<ColumnPiece> getTransposedBlocks(mlir::OpOperand *input, unsigned along,
                                                     int64_t lanes);

  // Loops over what is reduced: ReductionLoops.cpp.

  mlir::Value loopSize(unsigned loop);
  /// Nested loops over `loops`; `body` gets the point with the loop variables set.
  Values emitLoops(llvm::ArrayRef<unsigned> loops, Point base, Values values, LoopBody body,
                   std::optional<SumBlock> block);
  /// Sums of blocks of `steps` iterations of a loop from 0 to `size`, each started at nothing and
  /// then added to `values`; `even` if `steps` divides `size`.
  Values emitBlocks(mlir::Value size, int64_t steps, bool even, Values values,
                    llvm::function_ref<Values(mlir::Value, mlir::Value, Values)> emitRange);
  /// True if every result is a sum of floating-point numbers.
  bool isFloatSum();
  /// The block in which the sum over `loops` is cut so that no chain of additions has more than
  /// `longest` links; none if it is short, or no sum of floating-point numbers.
  std::optional<SumBlock> chooseSumBlock(llvm::ArrayRef<unsigned> loops, int64_t longest);

  // Lanes along a reduction loop: LaneReduction.cpp.

  Values reduceAlong(unsigned loop, const Point &loops, llvm::ArrayRef<Point> points,
                     Values partial, Values &scalars);

  mlir::IRRewriter &rewriter;
  mlir::linalg::LinalgOp op;
  TileReader &reader;
  int64_t nativeLanes;
  std::string reason;

  mlir::Location loc = op.getLoc();
  llvm::SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  llvm::SmallVector<mlir::utils::IteratorType> kinds = op.getIteratorTypesArray();
  llvm::SmallVector<mlir::Range> domain; // sizes of dynamic reduction loops
  std::optional<VectorDimension> vector;
  llvm::SmallVector<unsigned> pointLoops, reductionLoops;
  llvm::DenseMap<mlir::OpOperand *, mlir::Value> widened; // what inputs are read from instead
};

} // namespace tw

#endif // TILEWRIGHT_PASSES_VECTORIZE_TILEVECTORIZER_H
