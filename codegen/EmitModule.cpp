// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/EmitModule.h"

#include "codegen/CreateTargetMachine.h"
#include "codegen/OptimizeModule.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TimeProfiler.h"

using namespace llvm;

namespace {

/// Collects the errors of LLVM, which by default go to stderr and then end the process.
struct ErrorCollector : DiagnosticHandler {
  explicit ErrorCollector(std::string &errors) : errors(errors) {}

  bool handleDiagnostics(const DiagnosticInfo &info) override {
    if (info.getSeverity() == DS_Error) {
      raw_string_ostream stream(errors);
      DiagnosticPrinterRawOStream printer(stream);
      info.print(printer);
      stream << "\n";
    }
    return true; // also remarks and warnings: handled, print nothing
  }

  std::string &errors;
};

Error failure(StringRef what, StringRef errors) {
  return createStringError(what + (errors.empty() ? "" : ":\n" + errors));
}

} // namespace

Expected<std::string> tw::codegen::emitModule(mlir::Operation *module, const MachineTarget &target,
                                              int optLevel, Output output) {
  auto machine = createTargetMachine(target, optLevel);
  if (!machine)
    return machine.takeError();

  std::string errors;
  LLVMContext context;
  context.setDiagnosticHandler(std::make_unique<ErrorCollector>(errors));
  std::unique_ptr<Module> translated;
  {
    TimeTraceScope timing("TranslateToLLVMIR");
    mlir::ScopedDiagnosticHandler handler(module->getContext(), [&](mlir::Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error) {
        raw_string_ostream stream(errors);
        stream << diagnostic.getLocation() << ": " << diagnostic << "\n";
      }
      return mlir::success();
    });
    translated = mlir::translateModuleToLLVMIR(module, context, "tilewright");
  }
  if (!translated)
    return failure("the module is not in a form that LLVM IR can be made of", errors);

  prepareModule(*translated, **machine);
  if (output != Output::UnoptimizedLLVM)
    optimizeModule(*translated, **machine, optLevel);
  if (output == Output::UnoptimizedLLVM || output == Output::LLVM) {
    std::string text;
    raw_string_ostream(text) << *translated;
    return text;
  }

  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  CodeGenFileType type =
      output == Output::Object ? CodeGenFileType::ObjectFile : CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr, type))
    return failure("LLVM cannot emit this kind of file for " + target.triple, errors);
  passes.run(*translated);
  if (!errors.empty())
    return failure("LLVM could not generate code", errors);
  return std::string(bytes.begin(), bytes.end());
}
