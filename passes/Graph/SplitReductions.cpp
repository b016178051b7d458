// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/Graph/PartialReduction.h"
#include "passes/Graph/ReadingOrder.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "passes/Graph/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-split-reductions"

using namespace mlir;

namespace {

/// With fewer elements one thread is done before another has begun, or reading them with a stride
/// is cheaper than another operation.
constexpr int64_t kMinElements = 32768, kMinStridedElements = 4096;
/// Fewer contiguous elements are not worth reducing a vector to one value.
constexpr int64_t kMinRun = 64;
constexpr int64_t kWantedTasks = 16, kMaxTasks = 64;
/// More partial results than this are work themselves.
constexpr int64_t kMaxPartials = 4096;
/// What stands for a dynamic size.
constexpr int64_t kTypicalSize = 64;

int64_t count(int64_t size) { return ShapedType::isDynamic(size) ? kTypicalSize : size; }

/// How many partial results a loop is to have: as many as it has iterations, or a divisor of that.
int64_t chooseTasks(int64_t size) {
  if (!ShapedType::isDynamic(size) && size > kMaxTasks)
    for (int64_t tasks = kMaxTasks; tasks >= kWantedTasks / 2; --tasks)
      if (size % tasks == 0)
        return tasks;
  return count(size);
}

/// Decides which loops of a reduction become parallel. Loops are counted as memory has them.
struct SplitDecision {
  SplitDecision(linalg::GenericOp op, AffineMap main) : order(tw::getMemoryOrder(op, main)) {
    SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
    SmallVector<int64_t> ranges = op.getStaticLoopRanges();
    for (unsigned loop : order) {
      sizes.push_back(ranges[loop]);
      isReduced.push_back(kinds[loop] == utils::IteratorType::reduction);
    }
  }

  /// The reason to leave the operation as it is.
  std::optional<StringRef> decide() {
    int64_t reduced = 1, results = 1;
    for (auto [size, isReducedLoop] : llvm::zip(sizes, isReduced))
      (isReducedLoop ? reduced : results) *= count(size);
    if (reduced * results < kMinStridedElements)
      return "it is small";
    int64_t lanes = findLanes(reduced);
    if (reduced * results >= kMinElements)
      findTasks(reduced / lanes, results * lanes);
    if (kept.lanes == 0 && !kept.tasks)
      return "it has results enough, and reads runs of elements or along its results";
    return std::nullopt;
  }

  SmallVector<unsigned> order;
  SmallVector<int64_t> sizes;
  SmallVector<bool> isReduced;
  tw::KeptLoops kept;
  /// Iterations of the loop for tasks; where it has more, it is divided.
  int64_t tasks = 1;

private:
  /// Keeps the innermost loops if they are reduced, and short, and others are reduced too. Returns
  /// how many elements they have.
  int64_t findLanes(int64_t reduced) {
    int64_t run = 1;
    unsigned loops = 0;
    for (size_t loop = sizes.size(); loop-- > 0 && (isReduced[loop] || sizes[loop] == 1); ++loops) {
      if (ShapedType::isDynamic(sizes[loop]))
        return 1;
      run *= sizes[loop];
    }
    if (run == 1 || run >= kMinRun || run == reduced)
      return 1;
    kept.lanes = loops;
    return run;
  }

  /// Keeps the outermost reduced loop if there are few results to compute side by side.
  void findTasks(int64_t reduced, int64_t results) {
    bool areRows = kept.lanes == 0 && isReduced.back();
    // Where vectors lie along the results, one is the least that a task can do.
    if ((areRows ? results : results / kMinRun) >= kWantedTasks)
      return;
    for (size_t loop = 0; loop < sizes.size() - kept.lanes; ++loop) {
      if (!isReduced[loop] || sizes[loop] == 1)
        continue;
      tasks = chooseTasks(sizes[loop]);
      if (tasks <= kMaxPartials && (!areRows || reduced / tasks >= kMinRun))
        kept.tasks = loop;
      return;
    }
  }
};

struct SplitReductions : tw::impl::SplitReductionsBase<SplitReductions> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> operations;
    getOperation().walk([&](linalg::GenericOp op) { operations.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : operations)
      if (std::optional<StringRef> reason = split(rewriter, op))
        LDBG() << "left: " << *reason << "\n  " << op;
  }

  static std::optional<StringRef> split(RewriterBase &rewriter, linalg::GenericOp op) {
    FailureOr<tw::AssociativeReduction> reduction = tw::matchAssociativeReduction(op);
    if (failed(reduction))
      return "it does not reduce elements by one associative operation";
    SplitDecision decision(op, op.getMatchingIndexingMap(reduction->main));
    if (std::optional<StringRef> reason = decision.decide())
      return reason;
    rewriter.setInsertionPoint(op);
    FailureOr<linalg::GenericOp> ordered =
        linalg::interchangeGenericOp(rewriter, op, decision.order);
    if (failed(ordered))
      return "its loops cannot be interchanged";
    tw::KeptLoops kept = decision.kept;
    if (kept.tasks && decision.tasks != count(decision.sizes[*kept.tasks]))
      ordered = tw::divideLoop(rewriter, *ordered, *kept.tasks, decision.tasks);
    tw::splitReduction(rewriter, *ordered, kept);
    return std::nullopt;
  }
};

} // namespace
