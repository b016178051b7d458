// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Register.h"

#include "dialects/Tw/Tw.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"

void tw::registerAllDialects(mlir::DialectRegistry &registry) {
  // All of upstream, not a chosen subset: `tw-opt` has to read whatever IR a user brings, and
  // dialects are loaded on use, so unused ones cost nothing.
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
  registry.insert<tw::TwDialect>();
}
