// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/LowerToGpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/LowerToGpu/KernelArguments.h"

namespace tw {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/LowerToGpu/Passes.h.inc"
} // namespace tw

#define DEBUG_TYPE "tw-outline-kernels"

using namespace mlir;

namespace {

/// Maps the region's arguments (numbers of block and thread, then sizes of grid and block) to
/// operations that read the hardware's registers.
void mapNumbers(OpBuilder &b, gpu::LaunchOp launch, IRMapping &mapping) {
  Location loc = launch.getLoc();
  Block &body = launch.getBody().front();
  for (unsigned index = 0; index < gpu::LaunchOp::kNumConfigRegionAttributes; ++index) {
    BlockArgument number = body.getArgument(index);
    if (number.use_empty())
      continue;
    auto dimension = static_cast<gpu::Dimension>(index % 3);
    Value value;
    if (index < 3)
      value = gpu::BlockIdOp::create(b, loc, dimension);
    else if (index < 6)
      value = gpu::ThreadIdOp::create(b, loc, dimension);
    else if (index < 9)
      value = gpu::GridDimOp::create(b, loc, dimension);
    else
      value = gpu::BlockDimOp::create(b, loc, dimension);
    mapping.map(number, value);
  }
}

struct OutlineKernels : tw::impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    gpu::GPUModuleOp kernels;
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      SmallVector<gpu::LaunchOp> launches;
      function.walk([&](gpu::LaunchOp launch) { launches.push_back(launch); });
      for (auto [number, launch] : llvm::enumerate(launches)) {
        if (failed(verify(launch)))
          return signalPassFailure();
        if (!kernels)
          kernels = createKernelModule();
        outline(kernels, launch, (function.getName() + "_kernel" + Twine(number)).str());
      }
    }
  }

  static LogicalResult verify(gpu::LaunchOp launch) {
    if (launch.getNumWorkgroupAttributions() > 0 || launch.getNumPrivateAttributions() > 0)
      return launch.emitError("memory attributions are not supported; allocate in the body");
    if (!llvm::hasSingleElement(launch.getBody()))
      return launch.emitError("must have one block; outline before control flow is lowered");
    return success();
  }

  gpu::GPUModuleOp createKernelModule() {
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto kernels = gpu::GPUModuleOp::create(builder, getOperation().getLoc(), "kernels");
    SymbolTable(getOperation()).insert(kernels); // renamed if the name is taken
    getOperation()->setAttr(gpu::GPUDialect::getContainerModuleAttrName(), builder.getUnitAttr());
    return kernels;
  }

  void outline(gpu::GPUModuleOp kernels, gpu::LaunchOp launch, StringRef name) {
    Location loc = launch.getLoc();
    IRRewriter rewriter(&getContext());
    tw::KernelArguments arguments(rewriter, launch);
    for (memref::GetGlobalOp data : arguments.getConstantData())
      copyConstantData(kernels, data);

    rewriter.setInsertionPointToEnd(kernels.getBody());
    auto type = rewriter.getFunctionType(arguments.getOperands().getTypes(), {});
    auto kernel = gpu::GPUFuncOp::create(rewriter, loc, name, type);
    kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), rewriter.getUnitAttr());
    gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
    gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
    std::optional<int64_t> x = getConstantIntValue(block.x), y = getConstantIntValue(block.y),
                           z = getConstantIntValue(block.z);
    if (x && y && z)
      kernel.setKnownBlockSizeAttr(rewriter.getDenseI32ArrayAttr(
          {static_cast<int32_t>(*x), static_cast<int32_t>(*y), static_cast<int32_t>(*z)}));

    Block &entry = kernel.getBody().front();
    rewriter.setInsertionPointToStart(&entry);
    IRMapping mapping;
    mapNumbers(rewriter, launch, mapping);
    arguments.rebuild(rewriter, entry.getArguments(), mapping);
    for (Operation &op : launch.getBody().front().without_terminator())
      rewriter.clone(op, mapping);
    gpu::ReturnOp::create(rewriter, loc);

    rewriter.setInsertionPoint(launch);
    auto symbol = SymbolRefAttr::get(kernels.getNameAttr(), {FlatSymbolRefAttr::get(kernel)});
    gpu::LaunchFuncOp::create(rewriter, loc, symbol, grid, block,
                              launch.getDynamicSharedMemorySize(), arguments.getOperands());
    rewriter.eraseOp(launch);
  }

  /// A kernel cannot read the host's copy.
  void copyConstantData(gpu::GPUModuleOp kernels, memref::GetGlobalOp data) {
    if (SymbolTable::lookupSymbolIn(kernels, data.getNameAttr().getAttr()))
      return;
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(data, data.getNameAttr());
    OpBuilder::atBlockBegin(kernels.getBody()).clone(*global);
  }
};

} // namespace
