// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_DIALECTS_TW_TWDIALECT_TD
#define TILEWRIGHT_DIALECTS_TW_TWDIALECT_TD

include "mlir/IR/OpBase.td"

def TwDialect : Dialect {
  let name = "tw";
  let cppNamespace = "::tw";
  let summary = "Named operations, groups and schedules of Tilewright";
  let description = [{
    The dialect holds what linalg has no word for: operations that have to be recognised as a
    whole to be fast (softmax, normalization, attention), groups of operations that are computed
    together, and the schedule that says how.

    Attributes on functions and arguments:
    - `tw.input = "name"`: the argument is an input of the user's model;
    - `tw.weight = "name"`: the argument is a parameter, buffer or constant of the model. It is
      bound once, at load;
    - `tw.prepared = i : i64`: the argument of @main is result `i` of @init, which is computed from
      the weights once, at load.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = "void registerAttributes();";
}

#endif // TILEWRIGHT_DIALECTS_TW_TWDIALECT_TD
