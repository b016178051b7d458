// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/TileBuffers.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/AMX/AMXDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

/// Operands of one step: at most this many are put together before the first is loaded.
static constexpr unsigned kScratchBuffers = 4;

/// Tiles of one block, and of those around it, have buffers of their own: they may be read back in
/// any order. Blocks of which neither is inside the other share.
tw::TileBuffers::TileBuffers(func::FuncOp function, bool emulate)
    : function(function), emulated(emulate) {
  llvm::MapVector<Block *, llvm::SetVector<Value>> tiles;
  function.walk(
      [&](vector::ExtractOp op) { tiles[op.getSource().getParentBlock()].insert(op.getSource()); });
  for (auto &[block, values] : tiles) {
    unsigned number = 0;
    for (Operation *parent = block->getParentOp(); parent && parent != function;
         parent = parent->getParentOp())
      if (auto it = tiles.find(parent->getBlock()); it != tiles.end())
        number += it->second.size();
    for (Value value : values)
      numbers[value] = number++;
  }
}

Value tw::TileBuffers::allocate(OpBuilder &builder, VectorType tile) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  return memref::AllocaOp::create(builder, function.getLoc(),
                                  MemRefType::get(tile.getShape(), tile.getElementType()),
                                  builder.getI64IntegerAttr(64));
}

Value tw::TileBuffers::create(OpBuilder &builder, VectorType tile) {
  if (emulated)
    return allocate(builder, tile);
  Ring &ring = scratch[tile];
  if (ring.buffers.size() < kScratchBuffers)
    ring.buffers.push_back(allocate(builder, tile));
  return ring.buffers[ring.next++ % ring.buffers.size()];
}

Value tw::TileBuffers::getStored(OpBuilder &builder, Value original, Value tile) {
  Value &buffer = stored[original];
  if (buffer)
    return buffer;
  unsigned number = numbers.lookup(original);
  SmallVector<Value> &buffers = results[original.getType()];
  while (buffers.size() <= number)
    buffers.push_back(allocate(builder, cast<VectorType>(original.getType())));
  buffer = buffers[number];
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(tile);
  Value zero = arith::ConstantIndexOp::create(builder, tile.getLoc(), 0);
  amx::TileStoreOp::create(builder, tile.getLoc(), buffer, ValueRange{zero, zero}, tile);
  return buffer;
}

Value tw::getStride(ImplicitLocOpBuilder &b, Value memory, unsigned dim) {
  auto type = cast<MemRefType>(memory.getType());
  auto [strides, offset] = type.getStridesAndOffset();
  if (!ShapedType::isDynamic(strides[dim]))
    return arith::ConstantIndexOp::create(b, strides[dim]);
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memory);
  return metadata.getStrides()[dim];
}

Value tw::readRow(ImplicitLocOpBuilder &b, vector::TransferReadOp read, int64_t row) {
  unsigned dim = read.getPermutationMap().getDimPosition(0);
  unsigned rank = read.getPermutationMap().getNumDims();
  SmallVector<Value> indices(read.getIndices());
  Value offset = arith::ConstantIndexOp::create(b, row);
  indices[dim] = arith::AddIOp::create(b, indices[dim], offset);
  auto type = VectorType::get(read.getVectorType().getShape().drop_front(),
                              read.getVectorType().getElementType());
  auto lanes = AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1));
  auto emitRead = [&]() -> Value {
    return vector::TransferReadOp::create(b, type, read.getBase(), indices, read.getPadding(),
                                          lanes, ArrayRef<bool>{read.isDimInBounds(1)});
  };
  if (read.isDimInBounds(0))
    return emitRead();
  auto emitPadding = [&]() -> Value {
    return vector::BroadcastOp::create(b, type, read.getPadding());
  };
  std::optional<int64_t> first = getConstantIntValue(read.getIndices()[dim]);
  int64_t size = cast<MemRefType>(read.getBase().getType()).getDimSize(dim);
  if (first && !ShapedType::isDynamic(size))
    return *first + row < size ? emitRead() : emitPadding();
  Value bound = memref::DimOp::create(b, read.getBase(), dim);
  Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, indices[dim], bound);
  auto branch = scf::IfOp::create(b, TypeRange{type}, inside, /*addThenBlock=*/true,
                                  /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(b, emitRead());
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, emitPadding());
  return branch.getResult(0);
}

void tw::storeRows(ImplicitLocOpBuilder &b, Value buffer, function_ref<Value(int64_t)> getRow) {
  Value zero = arith::ConstantIndexOp::create(b, 0);
  for (int64_t row = 0, rows = cast<MemRefType>(buffer.getType()).getDimSize(0); row < rows;
       ++row) {
    Value value = getRow(row);
    Value index = arith::ConstantIndexOp::create(b, row);
    vector::StoreOp::create(b, value, buffer, ValueRange{index, zero});
  }
}

void tw::copyRows(ImplicitLocOpBuilder &b, Value buffer, Value memory, ValueRange indices,
                  unsigned rowDim) {
  auto type = cast<MemRefType>(buffer.getType());
  auto row = VectorType::get(type.getShape().drop_front(), type.getElementType());
  Value zero = arith::ConstantIndexOp::create(b, 0);
  for (int64_t number = 0; number < type.getDimSize(0); ++number) {
    Value offset = arith::ConstantIndexOp::create(b, number);
    SmallVector<Value> place(indices);
    place[rowDim] = arith::AddIOp::create(b, place[rowDim], offset);
    Value value = vector::LoadOp::create(b, row, buffer, ValueRange{offset, zero});
    vector::StoreOp::create(b, value, memory, place);
  }
}

void tw::emulateDot(ImplicitLocOpBuilder &b, Value lhs, Value rhs, Value accumulator) {
  Value zero = arith::ConstantIndexOp::create(b, 0), one = arith::ConstantIndexOp::create(b, 1);
  ArrayRef<int64_t> shape = cast<MemRefType>(lhs.getType()).getShape();
  auto columns = cast<MemRefType>(accumulator.getType()).getShape().drop_front();
  Value numRows = arith::ConstantIndexOp::create(b, shape[0]);
  Value numWords = arith::ConstantIndexOp::create(b, shape[1]);
  auto words = VectorType::get(columns, b.getI32Type());
  auto sums = VectorType::get(columns, b.getF32Type());
  auto rows = scf::ForOp::create(b, zero, numRows, one);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  Value row = rows.getInductionVar();
  Value start = vector::LoadOp::create(b, sums, accumulator, ValueRange{row, zero});
  auto steps =
      scf::ForOp::create(b, zero, numWords, one, ValueRange{start},
                         [&](OpBuilder &, Location, Value word, ValueRange sum) {
                           Value factor = memref::LoadOp::create(b, lhs, ValueRange{row, word});
                           Value left = vector::BroadcastOp::create(b, words, factor);
                           Value right =
                               vector::LoadOp::create(b, words, rhs, ValueRange{word, zero});
                           Value next = tw::Bf16DotOp::create(b, sums, left, right, sum.front());
                           scf::YieldOp::create(b, next);
                         });
  vector::StoreOp::create(b, steps.getResult(0), accumulator, ValueRange{row, zero});
}
