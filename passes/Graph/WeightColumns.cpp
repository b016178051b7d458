// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Graph/WeightColumns.h"

#include "dialects/Tw/DotBody.h"
#include "dialects/Tw/Tw.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/Graph/ElementwiseOps.h"

using namespace mlir;
using tw::ColumnContraction;

namespace {

std::optional<int64_t> findDim(AffineMap map, unsigned loop) {
  std::optional<unsigned> dim = map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
  return dim ? std::optional<int64_t>(*dim) : std::nullopt;
}

/// Whether all users read `value` element by element, so that a part of a wider tensor does as
/// well. Others would copy it first: a collapse_shape (but not of a part of one row, which is
/// contiguous), an insertion elsewhere, the function's end.
bool isReadByElements(Value value, bool isOneRow) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isa<tensor::ExpandShapeOp, tensor::CastOp>(user) ||
        (isOneRow && isa<tensor::CollapseShapeOp>(user)))
      return isReadByElements(user->getResult(0), isOneRow);
    if (isa<tensor::ExtractSliceOp, tensor::DimOp>(user))
      return true;
    auto computation = dyn_cast<DestinationStyleOpInterface>(user);
    return computation && !isa<tensor::InsertSliceOp>(user) && !computation.isDpsInit(&use);
  });
}

/// The elementwise user that is computed with the tiles of `value`; null if there is none.
linalg::LinalgOp findEpilogue(Value value) {
  if (!value.hasOneUse())
    return {};
  auto user = dyn_cast<linalg::LinalgOp>(*value.getUsers().begin());
  if (!user || !tw::isElementwise(user) || isa<linalg::TransposeOp>(user))
    return {};
  if (auto generic = dyn_cast<linalg::GenericOp>(*user); generic && tw::isTranspose(generic))
    return {};
  return user.getMatchingIndexingMap(&*value.use_begin()).isPermutation() ? user
                                                                          : linalg::LinalgOp();
}

int64_t countRows(ColumnContraction &member) {
  int64_t rows = 1;
  for (auto [dim, size] : llvm::enumerate(member.getResultType().getShape()))
    if (static_cast<int64_t>(dim) != member.getResultDim())
      rows = ShapedType::isDynamic(size) ? size : rows * size;
  return rows;
}

/// What the epilogue reads besides the contraction must be constant: then its columns can be
/// concatenated at load.
bool readsConstants(linalg::GenericOp epilogue, Value contraction,
                    const tw::ConstantValues &constants) {
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(epilogue->getRegions(), captured);
  return !epilogue.hasIndexSemantics() &&
         llvm::all_of(captured, [&](Value value) { return constants.contains(value); }) &&
         llvm::all_of(epilogue.getDpsInputOperands(), [&](OpOperand *input) {
           return input->get() == contraction ||
                  (constants.contains(input->get()) &&
                   epilogue.getMatchingIndexingMap(input).isProjectedPermutation());
         });
}

} // namespace

Value ColumnContraction::getSharedInput() {
  Value activation = getActivation()->get();
  auto words = activation.getDefiningOp<tw::WordsOp>();
  return words ? words.getSource() : activation;
}

int64_t ColumnContraction::getResultDim() { return *findDim(getResultMap(), columnLoop); }

int64_t ColumnContraction::getWeightsDim() {
  return *findDim(op.getMatchingIndexingMap(weights), columnLoop);
}

std::optional<unsigned> ColumnContraction::getEpilogueDim(OpOperand &operand) {
  OpOperand *columns = nullptr;
  for (OpOperand *input : epilogue.getDpsInputOperands())
    if (input->get() == op->getResult(0))
      columns = input;
  unsigned loop = epilogue.getMatchingIndexingMap(columns).getDimPosition(getResultDim());
  std::optional<int64_t> dim = findDim(epilogue.getMatchingIndexingMap(&operand), loop);
  return dim ? std::optional<unsigned>(*dim) : std::nullopt;
}

SmallVector<Value> ColumnContraction::getEpilogueOperands() {
  SmallVector<Value> values;
  for (Value input : epilogue.getDpsInputs())
    if (input != op->getResult(0))
      values.push_back(input);
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(epilogue->getRegions(), captured);
  llvm::append_range(values, captured);
  return values;
}

std::optional<ColumnContraction>
ColumnContraction::match(linalg::LinalgOp op, const ConstantValues &constants, StringRef &reason) {
  auto refuse = [&](StringRef why) {
    reason = why;
    return std::nullopt;
  };
  if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 2 ||
      !(linalg::isaContractionOpInterface(op) || tw::getDotLeftFactor(op)) ||
      op.hasIndexSemantics())
    return refuse("not a contraction of two tensors");
  ColumnContraction member{op, {}, {}, nullptr, 0};
  for (OpOperand *input : op.getDpsInputOperands())
    if (constants.contains(input->get()))
      member.weights = input;
  if (!member.weights || constants.contains(member.getActivation()->get()))
    return refuse("not of an activation with constant weights");
  if (!cast<RankedTensorType>(member.getWeights().getType()).hasStaticShape())
    return refuse("the weights have a dynamic size");
  member.fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (!member.fill)
    return refuse("it accumulates onto something");
  AffineMap weights = op.getMatchingIndexingMap(member.weights), result = member.getResultMap();
  AffineMap activation = op.getMatchingIndexingMap(member.getActivation());
  if (!weights.isProjectedPermutation() || !result.isProjectedPermutation() ||
      !activation.isProjectedPermutation())
    return refuse("it does not read whole rows and columns");
  SmallVector<unsigned> columns;
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    if (result.isFunctionOfDim(loop) && !activation.isFunctionOfDim(loop))
      columns.push_back(loop);
  if (columns.size() != 1)
    return refuse("not one loop along columns of the weights");
  member.columnLoop = columns.front();

  if (linalg::LinalgOp user = findEpilogue(op->getResult(0))) {
    auto epilogue = dyn_cast<linalg::GenericOp>(*user);
    if (epilogue && readsConstants(epilogue, op->getResult(0), constants) &&
        epilogue.getResultTypes().size() == 1 &&
        cast<RankedTensorType>(epilogue.getResult(0).getType()).getShape() ==
            member.getResultType().getShape() &&
        epilogue.getMatchingIndexingMap(epilogue.getDpsInitOperand(0)) ==
            epilogue.getMatchingIndexingMap(&*op->getResult(0).use_begin()))
      member.epilogue = epilogue;
    else if (countRows(member) != 1)
      // Measured: one more pass over several rows takes more than one region fewer gives back.
      return refuse("its epilogue reads another activation and would become a pass of its own");
  }
  if (!isReadByElements(member.getLast()->getResult(0), countRows(member) == 1))
    return refuse("a user wants the result in memory of its own");
  return member;
}

bool ColumnContraction::fits(ColumnContraction &other) {
  auto equalBut = [](Value a, Value b, int64_t dim) {
    auto first = cast<RankedTensorType>(a.getType()), second = cast<RankedTensorType>(b.getType());
    SmallVector<int64_t> shape(second.getShape());
    shape[dim] = first.getDimSize(dim);
    return first == second.clone(shape);
  };
  auto alike = [](linalg::LinalgOp a, linalg::LinalgOp b) {
    return a->getName() == b->getName() && a.getIndexingMapsArray() == b.getIndexingMapsArray() &&
           a.getIteratorTypesArray() == b.getIteratorTypesArray() &&
           OperationEquivalence::isRegionEquivalentTo(&a->getRegion(0), &b->getRegion(0),
                                                      OperationEquivalence::IgnoreLocations);
  };
  Attribute start, otherStart;
  if (!matchPattern(Value(fill.getInputs().front()), m_Constant(&start)) ||
      !matchPattern(Value(other.fill.getInputs().front()), m_Constant(&otherStart)) ||
      start != otherStart || op->getBlock() != other.op->getBlock() || !alike(op, other.op) ||
      weights->getOperandNumber() != other.weights->getOperandNumber() ||
      !equalBut(getWeights(), other.getWeights(), getWeightsDim()) ||
      !equalBut(op->getResult(0), other.op->getResult(0), getResultDim()) ||
      !epilogue != !other.epilogue)
    return false;
  if (!epilogue)
    return true;
  if (epilogue.getNumDpsInputs() != other.epilogue.getNumDpsInputs() ||
      !alike(epilogue, other.epilogue))
    return false;
  for (auto [a, b] :
       llvm::zip_equal(epilogue.getDpsInputOperands(), other.epilogue.getDpsInputOperands())) {
    bool isResult = a->get() == op->getResult(0);
    if (isResult != (b->get() == other.op->getResult(0)))
      return false;
    if (isResult)
      continue;
    std::optional<unsigned> dim = getEpilogueDim(*a);
    if (dim ? !equalBut(a->get(), b->get(), *dim) : a->get() != b->get())
      return false;
  }
  return true;
}
