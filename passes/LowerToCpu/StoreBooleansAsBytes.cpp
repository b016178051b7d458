// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToCpu/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tw {
#define GEN_PASS_DEF_STOREBOOLEANSASBYTES
#include "passes/LowerToCpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-store-booleans-as-bytes"

using namespace mlir;

namespace {

/// `type` with i8 in the place of i1; null if it is not memory of i1.
BaseMemRefType getBytes(Type type) {
  auto memory = dyn_cast<BaseMemRefType>(type);
  if (!memory || !memory.getElementType().isInteger(1))
    return {};
  return memory.cloneWith(std::nullopt, IntegerType::get(type.getContext(), 8));
}

bool isBooleanMemory(Type type) { return static_cast<bool>(getBytes(type)); }

/// How i1 is in a type: not in memory; as its elements; in a form that this pass does not change.
enum class Booleans { None, Elements, Hidden };

Booleans findBooleans(Type type) {
  if (isBooleanMemory(type))
    return Booleans::Elements;
  WalkResult result = type.walk([](BaseMemRefType memory) {
    return getElementTypeOrSelf(memory.getElementType()).isInteger(1) ? WalkResult::interrupt()
                                                                      : WalkResult::advance();
  });
  return result.wasInterrupted() ? Booleans::Hidden : Booleans::None;
}

/// i1 or vectors of it that an operation takes from memory or puts there.
struct Access {
  SmallVector<OpOperand *> written;
  Value read;
};

/// What `op` exchanges with memory; nothing if it is no access that this pass knows.
std::optional<Access> getAccess(Operation *op) {
  return TypeSwitch<Operation *, std::optional<Access>>(op)
      .Case<memref::LoadOp, vector::LoadOp>([](auto load) { return Access{{}, load.getResult()}; })
      .Case<memref::StoreOp>([](auto store) { return Access{{&store.getValueMutable()}, {}}; })
      .Case<vector::StoreOp, vector::MaskedStoreOp, vector::ScatterOp>(
          [](auto store) { return Access{{&store.getValueToStoreMutable()}, {}}; })
      .Case<vector::TransferReadOp>(
          [](auto read) { return Access{{&read.getPaddingMutable()}, read.getVector()}; })
      .Case<vector::TransferWriteOp>(
          [](auto write) { return Access{{&write.getValueToStoreMutable()}, {}}; })
      .Case<vector::MaskedLoadOp, vector::GatherOp>(
          [](auto load) { return Access{{&load.getPassThruMutable()}, load.getResult()}; })
      .Default([](Operation *) { return std::nullopt; });
}

/// Operations that hand memory on, or ask for its shape, and never look at an element.
bool isOblivious(Operation *op) {
  return isa<memref::AllocOp, memref::AllocaOp, memref::AssumeAlignmentOp, memref::CastOp,
             memref::CollapseShapeOp, memref::CopyOp, memref::DeallocOp, memref::DimOp,
             memref::ExpandShapeOp, memref::ExtractAlignedPointerAsIndexOp,
             memref::ExtractStridedMetadataOp, memref::GetGlobalOp, memref::MemorySpaceCastOp,
             memref::PrefetchOp, memref::RankOp, memref::ReinterpretCastOp, memref::ReshapeOp,
             memref::SubViewOp, memref::TransposeOp, memref::ViewOp>(op) ||
         isa<tw::AllocOp, tw::OutputOp, tw::LaunchOp>(op) ||
         isa<scf::SCFDialect, func::FuncDialect, cf::ControlFlowDialect>(op->getDialect()) ||
         isa<arith::SelectOp>(op);
}

struct StoreBooleansAsBytes : tw::impl::StoreBooleansAsBytesBase<StoreBooleansAsBytes> {
  void runOnOperation() override {
    FailureOr<bool> hasAny = checkAll();
    if (failed(hasAny))
      return signalPassFailure();
    if (!*hasAny)
      return;
    generalizeNamedOps();
    // Accesses before types: afterwards memory of i8 could be either.
    SmallVector<std::pair<Operation *, Access>> accesses;
    SmallVector<linalg::LinalgOp> structured;
    getOperation().walk([&](Operation *op) {
      if (!llvm::any_of(op->getOperandTypes(), isBooleanMemory))
        return;
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
        structured.push_back(linalgOp);
      else if (std::optional<Access> access = getAccess(op))
        accesses.emplace_back(op, std::move(*access));
    });
    for (linalg::LinalgOp op : structured)
      convertBody(op);
    convertTypes();
    for (auto &[op, access] : accesses)
      convertAccess(op, access);
  }

  /// Whether there is anything to convert. Complains about every operation that cannot be
  /// converted, so that nothing is half done.
  FailureOr<bool> checkAll() {
    bool bad = false, hasAny = false;
    // Looking into a type costs more than all the rest, and a model has few types.
    DenseMap<Type, Booleans> cache;
    auto check = [&](Operation *op, Type type, bool known) {
      auto [found, isNew] = cache.try_emplace(type);
      if (isNew)
        found->second = findBooleans(type);
      hasAny |= found->second == Booleans::Elements;
      if (found->second == Booleans::None || (known && found->second == Booleans::Elements))
        return true;
      op->emitOpError("on memory of booleans (")
          << type << ") cannot be lowered: it has no form on bytes; keep the values in i8";
      bad = true;
      return false;
    };
    getOperation().walk([&](Operation *op) {
      bool known = isOblivious(op) || isa<linalg::LinalgOp>(op) || getAccess(op);
      SmallVector<Type> declared;
      if (auto function = dyn_cast<func::FuncOp>(op)) {
        llvm::append_range(declared, function.getArgumentTypes());
        llvm::append_range(declared, function.getResultTypes());
      }
      if (auto global = dyn_cast<memref::GlobalOp>(op)) {
        declared.push_back(global.getType());
        known = !isa_and_nonnull<DenseResourceElementsAttr>(global.getInitialValueAttr());
      }
      llvm::append_range(declared, op->getOperandTypes());
      llvm::append_range(declared, op->getResultTypes());
      for (Type type : declared)
        if (!check(op, type, known))
          return;
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (Type type : block.getArgumentTypes())
            if (!check(op, type, true))
              return;
    });
    return bad ? FailureOr<bool>(failure()) : hasAny;
  }

  /// Fills and copies keep their names, for passes that know how to do them fast; the bodies of
  /// others are needed to convert at.
  void generalizeNamedOps() {
    SmallVector<linalg::LinalgOp> named;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (llvm::any_of(op->getOperandTypes(), isBooleanMemory) && !isa<linalg::GenericOp>(op) &&
          !isMove(op))
        named.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
  }

  /// A fill or copy of booleans: the bytes go over as they are.
  static bool isMove(linalg::LinalgOp op) {
    return isa<linalg::CopyOp, linalg::FillOp>(op) &&
           llvm::all_of(op->getOperandTypes(),
                        [](Type type) { return type.isInteger(1) || isBooleanMemory(type); });
  }

  Value toBytes(OpBuilder &builder, Location loc, Value bits) {
    Type type = getBytesOf(bits.getType());
    if (bits.getDefiningOp<ub::PoisonOp>())
      return ub::PoisonOp::create(builder, loc, type);
    return arith::ExtUIOp::create(builder, loc, type, bits);
  }

  static Type getBytesOf(Type bits) {
    Type byte = IntegerType::get(bits.getContext(), 8);
    if (auto vector = dyn_cast<VectorType>(bits))
      return vector.clone(byte);
    return byte;
  }

  /// Makes `value` bytes, and its users see the booleans that these are.
  void readBytes(OpBuilder &builder, Value value) {
    Type type = getBytesOf(value.getType());
    value.setType(type);
    if (value.use_empty())
      return;
    Value zero = arith::ConstantOp::create(builder, value.getLoc(), builder.getZeroAttr(type));
    auto bits =
        arith::CmpIOp::create(builder, value.getLoc(), arith::CmpIPredicate::ne, value, zero);
    value.replaceAllUsesExcept(bits, bits);
  }

  void convertAccess(Operation *op, Access &access) {
    OpBuilder builder(op);
    for (OpOperand *operand : access.written)
      operand->set(toBytes(builder, op->getLoc(), operand->get()));
    if (!access.read)
      return;
    builder.setInsertionPointAfter(op);
    readBytes(builder, access.read);
  }

  void convertBody(linalg::LinalgOp op) {
    Block *body = op.getBlock();
    if (isMove(op)) {
      OpBuilder builder(op);
      for (OpOperand &operand : op->getOpOperands())
        if (operand.get().getType().isInteger(1))
          operand.set(toBytes(builder, op.getLoc(), operand.get()));
      for (BlockArgument argument : body->getArguments())
        argument.setType(builder.getI8Type());
      return;
    }
    OpBuilder builder = OpBuilder::atBlockBegin(body);
    for (OpOperand &operand : op->getOpOperands())
      if (isBooleanMemory(operand.get().getType()))
        readBytes(builder, op.getMatchingBlockArgument(&operand));
    Operation *yield = body->getTerminator();
    builder.setInsertionPoint(yield);
    for (OpOperand &init : op.getDpsInitsMutable())
      if (isBooleanMemory(init.get().getType())) {
        OpOperand &yielded = *op.getMatchingYieldValue(&init);
        yielded.set(toBytes(builder, op.getLoc(), yielded.get()));
      }
  }

  void convertTypes() {
    auto convert = [](Value value) {
      if (BaseMemRefType bytes = getBytes(value.getType()))
        value.setType(bytes);
    };
    auto convertAll = [](ArrayRef<Type> types) {
      return llvm::map_to_vector(types, [](Type type) -> Type {
        BaseMemRefType bytes = getBytes(type);
        return bytes ? Type(bytes) : type;
      });
    };
    getOperation().walk([&](Operation *op) {
      llvm::for_each(op->getResults(), convert);
      for (Region &region : op->getRegions())
        for (Block &block : region)
          llvm::for_each(block.getArguments(), convert);
      if (auto function = dyn_cast<func::FuncOp>(op))
        function.setType(FunctionType::get(&getContext(), convertAll(function.getArgumentTypes()),
                                           convertAll(function.getResultTypes())));
      if (auto global = dyn_cast<memref::GlobalOp>(op))
        convertGlobal(global);
    });
  }

  void convertGlobal(memref::GlobalOp global) {
    BaseMemRefType bytes = getBytes(global.getType());
    if (!bytes)
      return;
    global.setType(cast<MemRefType>(bytes));
    if (auto values = dyn_cast_or_null<DenseElementsAttr>(global.getInitialValueAttr()))
      global.setInitialValueAttr(values.mapValues(IntegerType::get(&getContext(), 8),
                                                  [](const APInt &bit) { return bit.zext(8); }));
  }
};

} // namespace
