// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Schedule/ScatterSchedule.h"

#include "passes/Schedule/Heuristics.h"
#include "passes/Schedule/TileSizes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

/// Tasks of a scatter: more would balance better, and look at the indices more often.
static constexpr int64_t kTasks = 8;
/// Elements of a row that are worth looking at its index eight times.
static constexpr int64_t kRowWorthLooking = 8;

namespace {

/// A scatter by the dimensions of its result.
struct ScatterShape {
  ArrayRef<int64_t> result, indices;
  int64_t scattered, lanes;

  /// Elements that are written; where their number is known only in the call, one to each place.
  int64_t countWrites() const {
    SmallVector<int64_t> sizes(result);
    if (!ShapedType::isDynamic(indices[scattered]))
      sizes[scattered] = indices[scattered];
    return tw::countElements(sizes);
  }

  /// Whole positions of a dimension before that of the places, each with writes of its own.
  int64_t tileBatch(int64_t dim) const {
    int64_t enough = llvm::divideCeil(tw::kElementsPerTask * tw::countElements(result[dim]),
                                      std::max<int64_t>(1, countWrites()));
    if (ShapedType::isDynamic(result[dim]))
      return enough;
    return tw::chooseBlock(result[dim], 1,
                           std::max<int64_t>(enough, llvm::divideCeil(result[dim], kTasks)));
  }

  /// Whole vectors of the last dimension.
  int64_t tileColumns() const {
    int64_t columns = result.back();
    if (ShapedType::isDynamic(columns) || columns < 2 * lanes)
      return 0;
    return tw::chooseBlock(columns, lanes,
                           std::max<int64_t>(lanes, llvm::divideCeil(columns, kTasks)));
  }

  /// Rows of places, where rows are long.
  int64_t tilePlaces() const {
    int64_t places = result[scattered];
    if (ShapedType::isDynamic(places) || places < kTasks ||
        tw::countElements(result.drop_front(scattered + 1)) < kRowWorthLooking)
      return 0;
    return tw::chooseBlock(places, 1, llvm::divideCeil(places, kTasks));
  }

  /// The dimension of the result that tasks divide, and by how much; none if it is 0.
  std::pair<int64_t, int64_t> getTile() const {
    int64_t rank = result.size();
    for (int64_t dim = 0; dim < scattered; ++dim)
      if (result[dim] != 1)
        return {dim, tileBatch(dim)};
    bool sharesIndices =
        llvm::all_of(indices.drop_front(scattered + 1), [](int64_t size) { return size == 1; });
    if (int64_t places = sharesIndices ? tilePlaces() : 0)
      return {scattered, places};
    return {rank - 1, rank - 1 > scattered ? tileColumns() : 0};
  }
};

} // namespace

tw::ScheduleAttr tw::chooseScatterSchedule(const GroupShape &group) {
  auto op = cast<ScatterOp>(group.root);
  ScatterShape shape{op.getResultType().getShape(), op.getIndices().getType().getShape(),
                     static_cast<int64_t>(op.getDimension()), getLanes(group.target)};
  SmallVector<int64_t> distribute(group.shape.size(), 0);
  auto [divided, tile] = shape.getTile();
  if (shape.countWrites() >= kMinParallelWork)
    for (auto [dim, size] : llvm::enumerate(distribute))
      if (group.getRootDim(dim) == divided)
        size = tile;
  return group.getSchedule(distribute, {}, {});
}
