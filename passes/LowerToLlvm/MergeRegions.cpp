// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToLlvm/Passes.h"

#include "dialects/Tw/Tw.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/Support/DebugLog.h"

namespace tw {
#define GEN_PASS_DEF_MERGEREGIONS
#include "passes/LowerToLlvm/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-merge-regions"

using namespace mlir;

namespace {

constexpr auto kIgnoreLocations = OperationEquivalence::Flags::IgnoreLocations;

/// Equal for functions that compute the same; operands are left to the comparison.
llvm::hash_code hashBody(func::FuncOp function) {
  llvm::hash_code hash = hash_value(function.getFunctionType());
  function.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(hash, OperationEquivalence::computeHash(
                                        op, OperationEquivalence::ignoreHashValue,
                                        OperationEquivalence::ignoreHashValue, kIgnoreLocations));
  });
  return hash;
}

bool computeTheSame(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(), kIgnoreLocations);
}

struct MergeRegions : tw::impl::MergeRegionsBase<MergeRegions> {
  void runOnOperation() override {
    SmallVector<tw::LaunchOp> launches;
    getOperation().walk([&](tw::LaunchOp launch) { launches.push_back(launch); });
    SymbolTable symbols(getOperation());
    DenseMap<StringAttr, StringAttr> mergedInto;
    DenseMap<uint64_t, SmallVector<func::FuncOp>> kept;
    for (tw::LaunchOp launch : launches) {
      StringAttr name = launch.getCalleeAttr().getAttr();
      StringAttr &target = mergedInto[name];
      if (!target)
        target = findOrKeep(symbols, kept, name);
      if (target != name)
        launch.setCalleeAttr(FlatSymbolRefAttr::get(target));
    }
    for (auto [name, target] : mergedInto)
      if (name != target) {
        LDBG() << name << " is the same as " << target;
        symbols.erase(symbols.lookup(name));
      }
  }

  /// The name of the first function that computes what the function called `name` does.
  static StringAttr findOrKeep(SymbolTable &symbols,
                               DenseMap<uint64_t, SmallVector<func::FuncOp>> &kept,
                               StringAttr name) {
    auto function = symbols.lookup<func::FuncOp>(name);
    if (!function || function.isExternal() || !function.isPrivate())
      return name;
    SmallVector<func::FuncOp> &candidates = kept[static_cast<uint64_t>(hashBody(function))];
    for (func::FuncOp candidate : candidates)
      if (computeTheSame(candidate, function))
        return candidate.getSymNameAttr();
    candidates.push_back(function);
    return name;
  }
};

} // namespace
