// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes at computed places, for which linalg has no form.
#ifndef TILEWRIGHT_DIALECTS_TW_TWSCATTEROP_TD
#define TILEWRIGHT_DIALECTS_TW_TWSCATTEROP_TD

include "dialects/Tw/TwNamedOps.td"
include "mlir/IR/EnumAttr.td"

/// Of integers with a sign; an extreme is NaN if either float is.
def Tw_Combiner : I32EnumAttr<"Combiner", "combination of two elements, in any order", [
    I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"mul", 1>, I32EnumAttrCase<"max", 2>,
    I32EnumAttrCase<"min", 3>]> {
  let cppNamespace = "::tw";
}

def Tw_ScatterOp : Tw_NamedOp<"scatter"> {
  let summary = "Combines elements of the source into the places that indices name";
  let description = [{
    For each position n along `dimension` of the indices, in order, and each position of the other
    dimensions,

    ```
    result[.., indices[.., n, ..] - first, ..] = combine(that, source[.., n, ..])
    ```

    beginning with `init`; an index outside of the result writes nothing. `first` is 0 if absent;
    tiles of `dimension` carry their position in it, and look at all indices. So it is the forward
    pass of `torch.scatter_add`, `torch.index_add` and `torch.scatter_reduce`, without an error for
    indices that are out of range.

    Source and indices have the rank of the result. Along `dimension` the indices have as many
    elements as there are writes; along the others they have the size of the result or 1, which is
    broadcast. The source may be broadcast along every dimension.

    All dimensions can be tiled.

    Example:
    ```mlir
    %r = tw.scatter dimension(0) combine(add)
           ins(%edges, %targets : tensor<?x64xf32>, tensor<?x1xi64>)
           outs(%zeros : tensor<1000x64xf32>) -> tensor<1000x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat, AnySignlessInteger]>:$source,
                       RankedTensorOf<[AnySignlessInteger]>:$indices,
                       Optional<Index>:$first,
                       RankedTensorOf<[AnyFloat, AnySignlessInteger]>:$init,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$dimension,
                       Tw_Combiner:$combiner);
  let results = (outs RankedTensorOf<[AnyFloat, AnySignlessInteger]>:$result);
  let assemblyFormat = [{
    `dimension` `(` $dimension `)` `combine` `(` $combiner `)`
    `ins` `(` $source `,` $indices `:` type($source) `,` type($indices) `)`
    (`first` `(` $first^ `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict `->` type($result)
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWSCATTEROP_TD
