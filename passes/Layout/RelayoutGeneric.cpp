// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// linalg.generic in another layout: its loops are permuted with its maps.
#include "passes/Layout/Relayout.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using tw::Permutation;
using tw::Relayout;

static int64_t loopOf(AffineExpr expr) {
  auto dim = dyn_cast<AffineDimExpr>(expr);
  return dim ? static_cast<int64_t>(dim.getPosition()) : -1;
}

static Permutation identity(int64_t rank) { return llvm::to_vector(llvm::seq<int64_t>(0, rank)); }

/// The loops in the order in which `map` names them.
static Permutation loopsOf(AffineMap map, ArrayRef<int64_t> perm) {
  Permutation loops;
  for (int64_t result : perm)
    if (int64_t loop = loopOf(map.getResult(result)); loop >= 0)
      loops.push_back(loop);
  return loops;
}

static bool hasAllLoops(AffineMap map) {
  return loopsOf(map, identity(map.getNumResults())).size() == map.getNumDims();
}

static bool isSortedBy(ArrayRef<int64_t> positions, ArrayRef<int64_t> loops) {
  return llvm::is_sorted(llvm::map_range(loops, [&](int64_t loop) { return positions[loop]; }));
}

/// Each element of each operand at most once per loop nest: loops and zeros only. A contraction
/// (two operands along one reduction) has kernels that want its loops as they are.
static LogicalResult checkMaps(linalg::GenericOp op) {
  if (!op.hasPureTensorSemantics())
    return failure();
  for (AffineMap map : op.getIndexingMapsArray())
    if (!map.isProjectedPermutation(/*allowZeroInResults=*/true))
      return failure();
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  auto along = [&](OpOperand *input) {
    AffineMap map = op.getMatchingIndexingMap(input);
    return llvm::any_of(reductions, [&](unsigned loop) { return map.isFunctionOfDim(loop); });
  };
  return success(llvm::count_if(op.getDpsInputOperands(), along) < 2);
}

/// The permutation of an operand in the new loop order: as `hint` if that sorts it, else its loops
/// sorted among their own positions.
static Permutation sortOperand(AffineMap map, ArrayRef<int64_t> positions, ArrayRef<int64_t> hint) {
  if (hint.size() == map.getNumResults() && isSortedBy(positions, loopsOf(map, hint)))
    return Permutation(hint);
  SmallVector<int64_t> slots, sorted;
  for (auto [index, expr] : llvm::enumerate(map.getResults()))
    if (loopOf(expr) >= 0)
      slots.push_back(index);
  sorted = slots;
  llvm::sort(sorted, [&](int64_t a, int64_t b) {
    return positions[loopOf(map.getResult(a))] < positions[loopOf(map.getResult(b))];
  });
  Permutation perm = identity(map.getNumResults());
  for (auto [slot, source] : llvm::zip_equal(slots, sorted))
    perm[slot] = source;
  return perm;
}

/// Undoes the transposes of operands that are small beside the iteration space because they lack
/// some of its loops; everything else stays as it is.
static Relayout readSmallOperandsDirectly(linalg::GenericOp op, ArrayRef<int64_t> loops) {
  Relayout relayout;
  relayout.loops.assign(loops.begin(), loops.end());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned numInputs = op.getNumDpsInputs();
  for (auto [index, source] : llvm::enumerate(tw::getSources(op))) {
    Permutation &perm = relayout.sources.emplace_back();
    auto type = dyn_cast<RankedTensorType>(source.getType());
    if (!type)
      continue;
    perm = identity(type.getRank());
    if (index >= numInputs && index < maps.size())
      relayout.results.push_back(perm);
    else if (index < maps.size() && hasAllLoops(maps[index]))
      continue;
    else if (auto transpose = source.getDefiningOp<linalg::TransposeOp>())
      perm = invertPermutationVector(transpose.getPermutation());
  }
  return relayout;
}

/// Also runs the loops in the given order, and sorts the other operands and the results by it.
/// With `resample`, tensors of the rank of `hint` that the body reads are permuted by it too.
static Relayout permuteLoops(linalg::GenericOp op, ArrayRef<int64_t> loops, ArrayRef<int64_t> hint,
                             bool resample) {
  Relayout relayout = readSmallOperandsDirectly(op, loops);
  SmallVector<int64_t> positions = invertPermutationVector(loops);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned numInputs = op.getNumDpsInputs();
  relayout.results.clear();
  for (auto [index, perm] : llvm::enumerate(relayout.sources)) {
    if (index >= maps.size()) {
      if (resample && perm.size() == hint.size())
        perm.assign(hint.begin(), hint.end());
      continue;
    }
    bool isInit = index >= numInputs;
    if (!perm.empty() && (isInit || hasAllLoops(maps[index])))
      perm = sortOperand(maps[index], positions, hint);
    if (isInit)
      relayout.results.push_back(perm);
  }
  return relayout;
}

FailureOr<Relayout> tw::relayoutGenericFromSource(linalg::GenericOp op, unsigned source,
                                                  ArrayRef<int64_t> perm) {
  if (failed(checkMaps(op)))
    return failure();
  Permutation unchanged = identity(op.getNumLoops());
  if (source >= op->getNumOperands()) {
    // What a body reads by computed indices says nothing of the loops, but a result of the same
    // rank is most likely a resampling of it.
    FailureOr<Relayout> follow = relayoutGenericFromResult(op, perm);
    if (succeeded(follow) && follow->sources[source] == Permutation(perm))
      return follow;
    return readSmallOperandsDirectly(op, unchanged);
  }
  AffineMap map = op.getIndexingMapsArray()[source];
  Permutation loops = loopsOf(map, perm);
  if (loops.size() == op.getNumLoops())
    return permuteLoops(op, loops, perm, /*resample=*/false);
  if (source >= op.getNumDpsInputs())
    return failure();
  return readSmallOperandsDirectly(op, unchanged);
}

FailureOr<Relayout> tw::relayoutGenericFromResult(linalg::GenericOp op, ArrayRef<int64_t> perm) {
  if (failed(checkMaps(op)) || op.getNumReductionLoops() != 0)
    return failure();
  AffineMap map = op.getIndexingMapsArray()[op.getNumDpsInputs()];
  if (map.getNumResults() != perm.size())
    return failure();
  Permutation loops = loopsOf(map, perm);
  if (loops.size() != op.getNumLoops())
    return failure();
  return permuteLoops(op, loops, perm, /*resample=*/true);
}

Operation *tw::createRelayoutedGeneric(OpBuilder &builder, linalg::GenericOp op,
                                       const Relayout &relayout, ArrayRef<Value> sources) {
  SmallVector<int64_t> positions = invertPermutationVector(relayout.loops);
  SmallVector<AffineExpr> newLoop;
  for (int64_t position : positions)
    newLoop.push_back(builder.getAffineDimExpr(position));
  SmallVector<AffineMap> maps;
  for (auto [map, perm] : llvm::zip_first(op.getIndexingMapsArray(), relayout.sources)) {
    SmallVector<AffineExpr> exprs(map.getResults());
    if (!perm.empty())
      exprs = applyPermutation(exprs, perm);
    for (AffineExpr &expr : exprs)
      expr = expr.replaceDims(newLoop);
    maps.push_back(AffineMap::get(newLoop.size(), 0, exprs, builder.getContext()));
  }
  unsigned numInputs = op.getNumDpsInputs(), numOperands = op->getNumOperands();
  ArrayRef<Value> inits = sources.slice(numInputs, numOperands - numInputs);
  auto generic = linalg::GenericOp::create(
      builder, op.getLoc(), ValueRange(inits).getTypes(), sources.take_front(numInputs), inits,
      maps, applyPermutation(op.getIteratorTypesArray(), relayout.loops), nullptr,
      llvm::to_vector(op->getDiscardableAttrs()));
  IRMapping mapping;
  op.getRegion().cloneInto(&generic.getRegion(), mapping);
  SmallVector<Value> oldSources = getSources(op);
  generic.walk([&](Operation *inner) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      index.setDim(positions[index.getDim()]);
    auto extract = dyn_cast<tensor::ExtractOp>(inner);
    if (!extract)
      return;
    for (unsigned source = numOperands; source < sources.size(); ++source) {
      if (extract.getTensor() != oldSources[source])
        continue;
      extract.getTensorMutable().assign(sources[source]);
      extract.getIndicesMutable().assign(
          applyPermutation(SmallVector<Value>(extract.getIndices()), relayout.sources[source]));
      break;
    }
  });
  return generic;
}
