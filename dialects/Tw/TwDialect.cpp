// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/Tw/Tw.h"

#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;

#include "dialects/Tw/TwDialect.cpp.inc"
#include "dialects/Tw/TwEnums.cpp.inc"

void tw::TwDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tw/TwOps.cpp.inc"
      >();
}
