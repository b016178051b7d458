// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elementwise functions for the bodies of linalg operations, beside those of `math`.
#ifndef TILEWRIGHT_DIALECTS_TW_TWSCALAROPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWSCALAROPS_TD

include "dialects/Tw/TwDialect.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/VectorInterfaces.td"

def Tw_GeluApproximation : I32EnumAttr<"GeluApproximation", "formula of GELU", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"tanh", 1>]> {
  let cppNamespace = "::tw";
}

def Tw_GeluOp : Op<TwDialect, "gelu", [Pure, SameOperandsAndResultType,
                                       DeclareOpInterfaceMethods<VectorUnrollOpInterface>]
                                      # ElementwiseMappable.traits> {
  let summary = "Gaussian error linear unit";
  let description = [{
    `x * 0.5 * (1 + erf(x / sqrt(2)))`, or with `approximate = tanh`
    `x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`: the names and formulas of
    `torch.nn.functional.gelu`. It is a scalar operation, so that it fuses and vectorizes as part
    of any `linalg.generic`; as one operation it gets one polynomial instead of an erf and the
    cancellation in `1 + erf`.

    Example:
    ```mlir
    %y = tw.gelu %x : f32
    %z = tw.gelu %v approximate = tanh : vector<16xf32>
    ```
  }];
  let arguments = (ins FloatLike:$operand,
      DefaultValuedAttr<Tw_GeluApproximation, "::tw::GeluApproximation::none">:$approximate);
  let results = (outs FloatLike:$result);
  let assemblyFormat = [{
    $operand (`approximate` `=` $approximate^)? attr-dict `:` type($result)
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWSCALAROPS_TD
