// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/OptimizeModule.h"

#include "codegen/ExpandBFloat16.h"
#include "codegen/SplitEntryPoints.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Operator.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/TimeProfiler.h"

using namespace llvm;

static bool isModuleSymbol(StringRef name) {
  return name == "tw_main" || name == "tw_init" || name == "tw_arena_bytes" ||
         name == "tw_init_arena_bytes" || name == "tw_scratch_bytes";
}

/// Makes multiply and add of all fused ones, for a processor that has none: LLVM would call libm's
/// fma for each lane. What is lost is the exactness of the product, as in any code for it.
static void splitFusedMultiplyAdds(Module &module) {
  for (Function &function : llvm::make_early_inc_range(module)) {
    if (function.getIntrinsicID() != Intrinsic::fma)
      continue;
    function.replaceAllUsesWith(
        Intrinsic::getOrInsertDeclaration(&module, Intrinsic::fmuladd, {function.getReturnType()}));
    function.eraseFromParent();
  }
}

void tw::codegen::prepareModule(Module &module, TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  const Function *main = module.getFunction("tw_main");
  bool isModel = main && !main->isDeclaration();
  for (GlobalObject &global : module.global_objects())
    if (isModel && !global.isDeclaration() && !isModuleSymbol(global.getName()))
      global.setLinkage(GlobalValue::InternalLinkage);
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    // In the text too, so that `llc` on a dump gives the same code as we do.
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty())
      function.addFnAttr("target-features", machine.getTargetFeatureString());
    for (BasicBlock &block : function)
      for (Instruction &instruction : block)
        if (isa<FPMathOperator>(instruction))
          instruction.setHasAllowContract(true);
  }
  if (!machine.getTargetTriple().isX86())
    return;
  const MCSubtargetInfo &info = *machine.getMCSubtargetInfo();
  if (!info.checkFeatures("+fma"))
    splitFusedMultiplyAdds(module);
  if (!info.checkFeatures("+avx512bf16") && !info.checkFeatures("+avxneconvert"))
    expandBFloat16(module);
}

/// What code needs whose loops are already as they should be: memory that is no memory becomes
/// values, addresses are computed once, what is common or dead goes. Rejected: LLVM's own sequence
/// for O3. It is made for code as people write it, simplifies induction variables and unrolls loops
/// that are long and straight (ten times the time for ResNet-50 and ViT), and finds nothing to
/// gain.
static void addPasses(PassBuilder &builder, ModulePassManager &passes, int optLevel) {
  cantFail(builder.parsePassPipeline(passes, "cgscc(inline),function(sroa,early-cse<memssa>)"));
  passes.addPass(tw::codegen::SplitEntryPointsPass());
  // As a pass by its name it would end the process where one round is not enough.
  const std::string combine = "instcombine<no-verify-fixpoint>,";
  std::string function = "simplifycfg," + combine +
                         "loop-simplify,lcssa,loop-mssa(loop-rotate,licm),"
                         "simplifycfg,gvn,dse,";
  // What our own vectorizer has left: scalar tails, and loops that it had no form for.
  if (optLevel >= 2)
    function += "loop-vectorize,";
  function += combine + "simplifycfg";
  cantFail(builder.parsePassPipeline(passes, "function(" + function + "),globaldce"));
}

void tw::codegen::optimizeModule(Module &module, TargetMachine &machine, int optLevel) {
  PassInstrumentationCallbacks callbacks;
  TimeProfilingPassesHandler profiling;
  if (timeTraceProfilerEnabled())
    profiling.registerCallbacks(callbacks);
  PassBuilder builder(&machine, PipelineTuningOptions(), std::nullopt, &callbacks);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager passes;
  if (optLevel == 0)
    passes = builder.buildO0DefaultPipeline(OptimizationLevel::O0);
  else
    addPasses(builder, passes, optLevel);
  passes.run(module, modules);
}
