// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Products with powers of two: by the instruction of AVX-512, or by the bits of the exponent. Both
// round once, so they give the same bits.
#include "passes/LowerToCpu/VectorMath/Functions.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/Schedule/Heuristics.h"

using namespace mlir;

namespace tw::vector_math {

/// f32 lanes of a register of AVX-512.
static constexpr int64_t kLanes = 16;

/// Whether `vector` is one, two, four, ... registers of a processor that has the instruction.
static bool hasInstruction(Float vector) {
  auto type = dyn_cast<VectorType>(vector.value.getType());
  if (!type || type.getRank() != 1 || type.isScalable() || type.getNumElements() < kLanes ||
      !llvm::isPowerOf2_64(type.getNumElements()))
    return false;
  TargetAttr target = tw::getTarget(vector.builder->getInsertionBlock()->getParentOp());
  return target && target.getScalef();
}

static Value scaleRegister(ImplicitLocOpBuilder &b, Value p, Value n) {
  Value all =
      arith::ConstantOp::create(b, b.getIntegerAttr(b.getI16Type(), APInt::getAllOnes(kLanes)));
  Value rounding = arith::ConstantOp::create(b, b.getI32IntegerAttr(4)); // as the machine is set
  return LLVM::CallIntrinsicOp::create(
             b, TypeRange{p.getType()}, b.getStringAttr("llvm.x86.avx512.mask.scalef.ps.512"),
             ValueRange{p, n, p, all, rounding}, LLVM::FastmathFlagsAttr{})
      .getResult(0);
}

/// Halves a vector until it is one register. Shuffles, since slices of vectors are lowered before.
static Value scaleAll(ImplicitLocOpBuilder &b, Value p, Value n) {
  int64_t lanes = cast<VectorType>(p.getType()).getNumElements();
  if (lanes == kLanes)
    return scaleRegister(b, p, n);
  auto low = llvm::to_vector(llvm::seq<int64_t>(0, lanes / 2));
  auto high = llvm::to_vector(llvm::seq<int64_t>(lanes / 2, lanes));
  auto half = [&](Value value, ArrayRef<int64_t> which) -> Value {
    return vector::ShuffleOp::create(b, value, value, which);
  };
  Value first = scaleAll(b, half(p, low), half(n, low));
  Value second = scaleAll(b, half(p, high), half(n, high));
  return vector::ShuffleOp::create(b, first, second, llvm::to_vector(llvm::seq<int64_t>(0, lanes)));
}

Float scaleByPowerOfTwo(Float p, Float power, int lowest) {
  // Where nothing is left of p, it is 0 beforehand. A result that underflows takes Intel's
  // processors some 150 cycles, and masked scores all do: attention with a causal mask took twice
  // as long.
  p = select(power < kPowerOffset + lowest, 0.0, p);
  if (hasInstruction(p))
    return {{p.builder, scaleAll(*p.builder, p.value, (power - kPowerOffset).value)}};
  // No float holds 2^n for all n, so scale twice: the first product is exact, and the second
  // rounds, underflows and overflows as it should. Adding to the bits of p instead would save the
  // first product, but turn some NaNs into numbers.
  Int shiftedExponent = bits(power) << 23;
  Int half = (shiftedExponent >> 1) & 0xff800000;
  Int rest = shiftedExponent - half;
  return p * fromBits(half + 0x3f800000) * fromBits(rest + 0x3f800000);
}

} // namespace tw::vector_math
