// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The order of elements, for which linalg has no form.
#ifndef TILEWRIGHT_DIALECTS_TW_TWARGSORTOP_TD
#define TILEWRIGHT_DIALECTS_TW_TWARGSORTOP_TD

include "dialects/Tw/TwNamedOps.td"

def Tw_ArgsortOp : Tw_NamedOp<"argsort"> {
  let summary = "The positions of elements in sorted order along one dimension";
  let description = [{
    As `torch.argsort(stable=True)`: equal elements keep their order, -0 and 0 are equal, NaN is
    greater than all numbers and equal to NaN. Integers are signed.

    The result may have fewer places along the dimension of the order than there are elements: those
    from place `first` on. What is at other places need not be sorted.

    All dimensions but that of the order can be tiled.

    Example, all places, and the one in the middle:
    ```mlir
    %r = tw.argsort dimension(1) descending ins(%x : tensor<?x50257xf32>)
           outs(%e : tensor<?x50257xi64>) -> tensor<?x50257xi64>
    %m = tw.argsort dimension(0) first(50) ins(%y : tensor<101xf32>)
           outs(%f : tensor<1xi64>) -> tensor<1xi64>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat, AnySignlessInteger]>:$input,
                       RankedTensorOf<[AnySignlessInteger]>:$init,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$dimension,
                       UnitAttr:$descending,
                       DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$first);
  let results = (outs RankedTensorOf<[AnySignlessInteger]>:$result);
  let assemblyFormat = [{
    `dimension` `(` $dimension `)` (`descending` $descending^)? (`first` `(` $first^ `)`)?
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict `->` type($result)
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWARGSORTOP_TD
