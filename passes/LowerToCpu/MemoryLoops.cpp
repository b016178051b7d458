// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/MemoryLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace {

/// Below this a thread has moved the memory before another, which watches for work between the
/// operations of a model, has its part. One that is asleep does not hold up the rest.
constexpr int64_t kParallelBytes = 64 * 1024;
/// One task of a long row: half of a usual L1 cache, so that stores of two tasks seldom share a
/// page and a few dozen tasks remain to balance.
constexpr int64_t kTaskBytes = 16 * 1024;
/// So many tasks are enough; more would only cost divisions.
constexpr int64_t kEnoughTasks = 64;

/// Zero for elements that vectors cannot hold as memory does (i1 is a packed bit in a vector).
int64_t getVectorizableBits(Type element) {
  if (element.isIndex())
    return 64;
  if (!element.isIntOrFloat())
    return 0;
  int64_t bits = element.getIntOrFloatBitWidth();
  return bits >= 8 && llvm::isPowerOf2_64(bits) ? bits : 0;
}

bool hasContiguousRows(Value memory) {
  SmallVector<int64_t> strides;
  int64_t offset;
  return !memory ||
         (succeeded(cast<MemRefType>(memory.getType()).getStridesAndOffset(strides, offset)) &&
          strides.back() == 1);
}

class LoopBuilder {
public:
  LoopBuilder(OpBuilder &builder, Location loc, const tw::Transfer &transfer, int64_t vectorBits)
      : builder(builder), loc(loc), transfer(transfer),
        type(cast<MemRefType>(transfer.target.getType())) {
    int64_t bits = getVectorizableBits(type.getElementType());
    elementBytes = std::max<int64_t>(1, bits / 8);
    if (bits && type.getRank() > 0 && hasContiguousRows(transfer.target) &&
        hasContiguousRows(transfer.source))
      lanes = std::max<int64_t>(1, vectorBits / bits);
  }

  void build(bool parallel) {
    if (type.getRank() == 0)
      return move({}, 1);
    sizes = memref::getMixedSizes(builder, loc, transfer.target);
    if (!parallel)
      return buildSerial();
    if (type.hasStaticShape()) {
      bool large = type.getNumElements() * elementBytes >= kParallelBytes;
      return large ? buildParallel() : buildSerial();
    }
    Value bytes = constant(elementBytes);
    for (OpFoldResult size : sizes)
      bytes = arith::MulIOp::create(builder, loc, bytes, asValue(size));
    Value large = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::uge, bytes,
                                        constant(kParallelBytes));
    auto branch = scf::IfOp::create(builder, loc, large, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    buildParallel();
    builder.setInsertionPointToStart(branch.elseBlock());
    buildSerial();
  }

private:
  Value constant(int64_t value) { return arith::ConstantIndexOp::create(builder, loc, value); }
  Value asValue(OpFoldResult size) { return getValueOrCreateConstantIndexOp(builder, loc, size); }

  void buildSerial() {
    buildOuter({}, [&](ArrayRef<Value> outer) { buildWholeRow(outer); });
  }

  /// Tasks are steps of leading dimensions, and pieces of rows where there are few of those.
  void buildParallel() {
    int64_t numOuter = type.getRank() - 1, tasks = 1, taken = 0;
    while (taken < numOuter && tasks < kEnoughTasks) {
      int64_t size = type.getDimSize(taken++);
      tasks *= ShapedType::isDynamic(size) ? 1 : size;
    }
    int64_t row = type.getShape().back(), piece = kTaskBytes / elementBytes;
    bool split = taken == numOuter && tasks < kEnoughTasks &&
                 (ShapedType::isDynamic(row) || row >= 2 * piece);
    SmallVector<OpFoldResult> upper(sizes.begin(), sizes.begin() + taken);
    SmallVector<OpFoldResult> lower(taken, builder.getIndexAttr(0));
    SmallVector<OpFoldResult> steps(taken, builder.getIndexAttr(1));
    if (split) {
      upper.push_back(sizes.back());
      lower.push_back(builder.getIndexAttr(0));
      steps.push_back(builder.getIndexAttr(piece));
    }
    if (upper.empty())
      return buildSerial();
    auto loop =
        scf::ForallOp::create(builder, loc, lower, upper, steps, ValueRange{}, std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> variables = loop.getInductionVars();
    if (!split)
      return buildOuter(variables, [&](ArrayRef<Value> outer) { buildWholeRow(outer); });
    Value begin = variables.pop_back_val();
    OpFoldResult length = builder.getIndexAttr(piece);
    if (ShapedType::isDynamic(row) || row % piece != 0) {
      Value left = arith::SubIOp::create(builder, loc, asValue(sizes.back()), begin);
      length = arith::MinUIOp::create(builder, loc, left, constant(piece)).getResult();
    }
    buildRow(variables, begin, length);
  }

  /// Loops over the dimensions that `outer` does not index yet, but the last.
  void buildOuter(SmallVector<Value> outer, function_ref<void(ArrayRef<Value>)> body) {
    if (static_cast<int64_t>(outer.size()) == type.getRank() - 1)
      return body(outer);
    buildLoop(constant(0), asValue(sizes[outer.size()]), 1, [&](Value variable) {
      outer.push_back(variable);
      buildOuter(outer, body);
    });
  }

  void buildLoop(Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
    auto loop = scf::ForOp::create(builder, loc, begin, end, constant(step));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }

  void buildWholeRow(ArrayRef<Value> outer) { buildRow(outer, constant(0), sizes.back()); }

  void buildRow(ArrayRef<Value> outer, Value begin, OpFoldResult length) {
    SmallVector<Value> indices(outer);
    indices.push_back(begin);
    auto moveAt = [&](Value column, int64_t count) {
      indices.back() = column;
      move(indices, count);
    };
    auto columnAt = [&](int64_t offset) -> Value {
      return arith::AddIOp::create(builder, loc, begin, constant(offset));
    };
    std::optional<int64_t> known = getConstantIntValue(length);
    if (!known || lanes == 1) {
      Value end = arith::AddIOp::create(builder, loc, begin, asValue(length)), middle = begin;
      if (lanes > 1) {
        Value rest = arith::RemUIOp::create(builder, loc, asValue(length), constant(lanes));
        middle = arith::SubIOp::create(builder, loc, end, rest);
        buildLoop(begin, middle, lanes, [&](Value column) { moveAt(column, lanes); });
      }
      return buildLoop(middle, end, 1, [&](Value column) { moveAt(column, 1); });
    }
    int64_t whole = *known / lanes * lanes;
    if (whole > lanes)
      buildLoop(begin, columnAt(whole), lanes, [&](Value column) { moveAt(column, lanes); });
    else if (whole == lanes)
      moveAt(begin, lanes);
    if (whole == *known)
      return;
    // To move some elements twice changes nothing, and is one vector instead of many scalars.
    if (whole > 0)
      return moveAt(columnAt(*known - lanes), lanes);
    for (int64_t offset = 0; offset < *known;) {
      int64_t count = llvm::bit_floor(static_cast<uint64_t>(*known - offset));
      moveAt(columnAt(offset), count);
      offset += count;
    }
  }

  /// Moves or sets `count` neighbours from `indices` on.
  void move(ArrayRef<Value> indices, int64_t count) {
    auto vector = VectorType::get({count}, type.getElementType());
    Value moved = transfer.value;
    if (count == 1) {
      if (transfer.source)
        moved = memref::LoadOp::create(builder, loc, transfer.source, indices);
      memref::StoreOp::create(builder, loc, moved, transfer.target, indices);
      return;
    }
    if (transfer.source)
      moved = vector::LoadOp::create(builder, loc, vector, transfer.source, indices);
    else
      moved = vector::BroadcastOp::create(builder, loc, vector, moved);
    vector::StoreOp::create(builder, loc, moved, transfer.target, indices);
  }

  OpBuilder &builder;
  Location loc;
  tw::Transfer transfer;
  MemRefType type;
  SmallVector<OpFoldResult> sizes;
  int64_t lanes = 1, elementBytes;
};

} // namespace

void tw::buildLoops(OpBuilder &builder, Location loc, Transfer transfer, int64_t vectorBits,
                    bool parallel) {
  LoopBuilder(builder, loc, transfer, vectorBits).build(parallel);
}
