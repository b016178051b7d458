// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Register.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Register.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  tw::registerAllDialects(registry);
  mlir::registerAllPasses();
  tw::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Tilewright's optimizer driver\n", registry));
}
