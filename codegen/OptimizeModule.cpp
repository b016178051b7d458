// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/OptimizeModule.h"

#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/Operator.h"
#include "llvm/Passes/PassBuilder.h"

using namespace llvm;

static bool isModuleSymbol(StringRef name) {
  return name == "tw_main" || name == "tw_init" || name == "tw_arena_bytes" ||
         name == "tw_init_arena_bytes" || name == "tw_scratch_bytes";
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
}

void tw::codegen::optimizeModule(Module &module, TargetMachine &machine, int optLevel) {
  const OptimizationLevel levels[] = {OptimizationLevel::O0, OptimizationLevel::O1,
                                      OptimizationLevel::O2, OptimizationLevel::O3};
  OptimizationLevel level = levels[optLevel];
  PipelineTuningOptions tuning;
  // Off by default when LLVM is used as a library. They pick up what our own vectorizer left:
  // scalar tails and index arithmetic.
  tuning.LoopVectorization = tuning.LoopInterleaving = tuning.SLPVectorization = optLevel >= 2;
  PassBuilder builder(&machine, tuning);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager callGraph;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  ModulePassManager passes = optLevel == 0 ? builder.buildO0DefaultPipeline(level)
                                           : builder.buildPerModuleDefaultPipeline(level);
  passes.run(module, modules);
}
