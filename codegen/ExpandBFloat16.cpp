// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/ExpandBFloat16.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Intrinsics.h"

using namespace llvm;

namespace {

bool isBFloat16(Type *type) { return type->getScalarType()->isBFloatTy(); }

/// f32 in place of bf16, and every other type as it is.
Type *widen(Type *type) {
  return isBFloat16(type) ? type->getWithNewType(Type::getFloatTy(type->getContext())) : type;
}

struct Expander {
  IRBuilder<> builder;

  explicit Expander(LLVMContext &context) : builder(context) {}

  /// Expands `instruction` if it computes a bf16. Copies, selections and what only changes the
  /// sign need no arithmetic.
  void expand(Instruction &instruction) {
    if (!isBFloat16(instruction.getType()))
      return;
    builder.SetInsertPoint(&instruction);
    Value *wide = computeWide(instruction);
    if (!wide)
      return;
    instruction.replaceAllUsesWith(narrow(wide));
    instruction.eraseFromParent();
  }

private:
  Value *extend(Value *value) {
    return isBFloat16(value->getType()) ? builder.CreateFPExt(value, widen(value->getType()))
                                        : value;
  }

  /// The result of `instruction` in f32; null if it needs no arithmetic.
  Value *computeWide(Instruction &instruction) {
    Type *type = widen(instruction.getType());
    if (auto *binary = dyn_cast<BinaryOperator>(&instruction))
      return copyFlags(instruction,
                       builder.CreateBinOp(binary->getOpcode(), extend(binary->getOperand(0)),
                                           extend(binary->getOperand(1))));
    if (isa<FPTruncInst>(instruction))
      return builder.CreateFPCast(instruction.getOperand(0), type);
    if (isa<SIToFPInst, UIToFPInst>(instruction))
      return builder.CreateCast(cast<CastInst>(instruction).getOpcode(), instruction.getOperand(0),
                                type);
    if (auto *call = dyn_cast<IntrinsicInst>(&instruction))
      return computeWide(*call);
    return nullptr;
  }

  Value *computeWide(IntrinsicInst &call) {
    Intrinsic::ID id = call.getIntrinsicID();
    if (!isa<FPMathOperator>(call) || id == Intrinsic::fabs || id == Intrinsic::copysign)
      return nullptr;
    SmallVector<Type *> parameters, overloads;
    SmallVector<Value *> operands;
    for (Type *parameter : call.getFunctionType()->params())
      parameters.push_back(widen(parameter));
    auto *type = FunctionType::get(widen(call.getType()), parameters, /*isVarArg=*/false);
    if (!Intrinsic::getIntrinsicSignature(id, type, overloads))
      return nullptr; // an instruction of a processor, for bf16
    for (Value *operand : call.args())
      operands.push_back(extend(operand));
    Function *wide = Intrinsic::getOrInsertDeclaration(call.getModule(), id, overloads);
    return copyFlags(call, builder.CreateCall(wide, operands));
  }

  static Value *copyFlags(Instruction &from, Value *to) {
    if (auto *instruction = dyn_cast<Instruction>(to); instruction && isa<FPMathOperator>(from))
      instruction->copyFastMathFlags(&from);
    return to;
  }

  /// The upper half of the bits, rounded to the nearest, ties to even. A NaN keeps its upper bits
  /// and becomes quiet: adding to it might make it an infinity.
  Value *narrow(Value *wide) {
    Type *bits = wide->getType()->getWithNewType(builder.getInt32Ty());
    auto constant = [&](uint32_t value) { return ConstantInt::get(bits, value); };
    Value *all = builder.CreateBitCast(wide, bits);
    Value *isOdd = builder.CreateAnd(builder.CreateLShr(all, constant(16)), constant(1));
    Value *rounded = builder.CreateAdd(all, builder.CreateAdd(isOdd, constant(0x7fff)));
    Value *quiet = builder.CreateOr(all, constant(0x400000));
    Value *isNan = builder.CreateFCmpUNO(wide, wide);
    Value *upper = builder.CreateLShr(builder.CreateSelect(isNan, quiet, rounded), constant(16));
    Value *half = builder.CreateTrunc(upper, bits->getWithNewType(builder.getInt16Ty()));
    return builder.CreateBitCast(half, bits->getWithNewType(builder.getBFloatTy()));
  }
};

} // namespace

void tw::codegen::expandBFloat16(Module &module) {
  Expander expander(module.getContext());
  for (Function &function : module)
    for (Instruction &instruction : make_early_inc_range(instructions(function)))
      expander.expand(instruction);
}
