// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/Vectorize/TileVectorizer.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using tw::TileVectorizer;

Value TileVectorizer::loopSize(unsigned loop) {
  return getValueOrCreateConstantIndexOp(rewriter, loc, domain[loop].size);
}

bool TileVectorizer::isFloatSum() {
  for (unsigned result = 0; result < op->getNumResults(); ++result) {
    SmallVector<Operation *> combiners;
    if (!matchReduction(op.getRegionOutputArgs(), result, combiners) || combiners.size() != 1 ||
        !isa<arith::AddFOp>(combiners.front()))
      return false;
  }
  return true;
}

std::optional<TileVectorizer::SumBlock> TileVectorizer::chooseSumBlock(ArrayRef<unsigned> loops,
                                                                       int64_t longest) {
  if (!isFloatSum())
    return std::nullopt;
  int64_t inner = 1;
  for (unsigned loop : llvm::reverse(loops)) {
    int64_t size = ranges[loop];
    if (!ShapedType::isDynamic(size) && inner * size <= longest) {
      inner *= size;
      continue;
    }
    int64_t steps = std::max<int64_t>(1, longest / inner);
    // Blocks of one size need no minimum with what is left.
    for (int64_t even = steps; even > steps / 2 && !ShapedType::isDynamic(size); --even)
      if (size % even == 0)
        return SumBlock{loop, even};
    return SumBlock{loop, steps};
  }
  return std::nullopt;
}

TileVectorizer::Values
TileVectorizer::emitBlocks(Value size, int64_t steps, bool even, Values values,
                           function_ref<Values(Value, Value, Values)> emitRange) {
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  Value step = arith::ConstantIndexOp::create(rewriter, loc, steps);
  auto blocks = scf::ForOp::create(
      rewriter, loc, zero, size, step, values,
      [&](OpBuilder &, Location, Value begin, ValueRange totals) {
        Value end = arith::AddIOp::create(rewriter, loc, begin, step);
        if (!even)
          end = arith::MinUIOp::create(rewriter, loc, end, size);
        // -0: the only number that adds nothing, not even a sign.
        Values partial;
        for (Value total : totals)
          partial.push_back(arith::ConstantOp::create(
              rewriter, loc, cast<TypedAttr>(FloatAttr::get(getElementTypeOrSelf(total), -0.0))));
        for (auto [value, total] : llvm::zip(partial, totals))
          if (auto type = dyn_cast<VectorType>(total.getType()))
            value = tw::toVector(rewriter, loc, value, type.getNumElements());
        partial = emitRange(begin, end, partial);
        Values sums;
        for (auto [total, value] : llvm::zip(totals, partial))
          sums.push_back(arith::AddFOp::create(rewriter, loc, total, value));
        scf::YieldOp::create(rewriter, loc, sums);
      });
  return Values(blocks.getResults());
}

TileVectorizer::Values TileVectorizer::emitLoops(ArrayRef<unsigned> loops, Point base,
                                                 Values values, LoopBody body,
                                                 std::optional<SumBlock> block) {
  if (loops.empty())
    return body(base, values);
  unsigned loop = loops.front();
  if (ranges[loop] == 1)
    return emitLoops(loops.drop_front(), base, values, body, block);
  auto emitRange = [&](Value from, Value to, Values start) {
    Value one = arith::ConstantIndexOp::create(rewriter, loc, 1);
    auto forOp = scf::ForOp::create(
        rewriter, loc, from, to, one, start, [&](OpBuilder &, Location, Value iv, ValueRange args) {
          Point point = base;
          point[loop] = iv;
          Values results = emitLoops(loops.drop_front(), point, llvm::to_vector(args), body, block);
          scf::YieldOp::create(rewriter, loc, results);
        });
    return Values(forOp.getResults());
  };
  if (block && block->loop == loop)
    return emitBlocks(loopSize(loop), block->steps,
                      !ShapedType::isDynamic(ranges[loop]) && ranges[loop] % block->steps == 0,
                      values, emitRange);
  Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
  return emitRange(zero, loopSize(loop), values);
}
