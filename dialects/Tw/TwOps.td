// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TILEWRIGHT_DIALECTS_TW_TWOPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWOPS_TD

include "dialects/Tw/TwArgsortOp.td"
include "dialects/Tw/TwAttrs.td"
include "dialects/Tw/TwDialect.td"
include "dialects/Tw/TwRuntimeOps.td"
include "dialects/Tw/TwNamedOps.td"
include "dialects/Tw/TwScalarOps.td"
include "dialects/Tw/TwScatterOp.td"
include "dialects/Tw/TwUnfoldOp.td"
include "dialects/Tw/TwWinogradOps.td"
include "dialects/Tw/TwWordOps.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tw_Op<string mnemonic, list<Trait> traits = []> : Op<TwDialect, mnemonic, traits>;

//===-- Checks ----------------------------------------------------------------------------===//

def Tw_FailureResource : Resource<"::tw::FailureResource">;

def Tw_AssertOp : Tw_Op<"assert", [MemoryEffects<[MemWrite<Tw_FailureResource>]>]> {
  let summary = "Fails the call with a message unless the condition holds";
  let description = [{
    The call that runs it returns an error with the message of the first assert that failed; the
    process goes on. In the body of a function nothing after a failed assert is computed. In the
    body of a linalg operation the computation goes on, so that a loop stays free of branches:
    whatever follows there has to be safe with the condition false (`tw-guard-asserts` sees to it).

    It writes to a resource of its own: an unused assert is not dead code, but it is in no way of
    loads and stores.

    Example:
    ```mlir
    tw.assert %in_range, "index must be smaller than dim size"
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict";
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

//===-- Groups ----------------------------------------------------------------------------===//

def Tw_GroupOp : Tw_Op<"group", [SingleBlockImplicitTerminator<"::tw::YieldOp">,
                                 RecursiveMemoryEffects]> {
  let summary = "Operations that are computed together under one schedule";
  let description = [{
    The body holds a root (a contraction, a reduction, a named operation or an elementwise
    operation) with the producers and the epilogue that are fused into it. It sees the values
    around it. The tile phase dissolves it into loops.

    Example:
    ```mlir
    %r = tw.group schedule(#tw.schedule<distribute = [0, 64], registers = [12, 32],
                                        reduction = [1], lanes = 16>) -> tensor<128x512xf32> {
      %fill = linalg.fill ins(%zero : f32) outs(%e : tensor<128x512xf32>) -> tensor<128x512xf32>
      %mm = linalg.matmul ins(%a, %b : tensor<128x256xf32>, tensor<256x512xf32>)
                          outs(%fill : tensor<128x512xf32>) -> tensor<128x512xf32>
      tw.yield %mm : tensor<128x512xf32>
    }
    ```
  }];
  let arguments = (ins OptionalAttr<Tw_ScheduleAttr>:$schedule);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`schedule` `(` $schedule^ `)`)? attr-dict-with-keyword
    (`->` type($results)^)? $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    YieldOp getYield();
  }];
}

def Tw_YieldOp : Tw_Op<"yield", [Pure, ReturnLike, Terminator, HasParent<"::tw::GroupOp">]> {
  let summary = "Ends the body of a group";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{}]>];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWOPS_TD
