// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operations on whole tensors that have to be known as such to be computed well.
#ifndef TILEWRIGHT_DIALECTS_TW_TWNAMEDOPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWNAMEDOPS_TD

include "dialects/Tw/TwDialect.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

/// Destination style on tensors only: these operations are decomposed on tiles before
/// bufferization. Their iteration space is that of the result.
class Tw_NamedOp<string mnemonic, list<Trait> traits = []>
    : Op<TwDialect, mnemonic, traits # [
        Pure, DestinationStyleOpInterface,
        TypesMatchWith<"result and init have the same type", "result", "init", "$_self">,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
        DeclareOpInterfaceMethods<TilingInterface, [
          "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
          "getResultTilePosition", "generateResultTileValue",
          "getIterationDomainTileFromResultTile"]>]> {
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let hasVerifier = 1;
  code namedOpDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }
    ::mlir::RankedTensorType getResultType() { return getResult().getType(); }
  }];
  let extraClassDeclaration = namedOpDeclaration;
}

def Tw_SoftmaxOp : Tw_NamedOp<"softmax", [AllTypesMatch<["input", "result"]>]> {
  let summary = "exp(x - max(x)) / sum(exp(x - max(x))) along one dimension";
  let description = [{
    A row that is -inf throughout gives NaN, as in `torch.softmax`, or 0 with
    `zero_masked_rows`, as in `torch.nn.functional.scaled_dot_product_attention`. With `logarithm`
    it is x - max(x) - log(sum(exp(x - max(x)))), as in `torch.log_softmax`.

    All dimensions but the softmax dimension can be tiled.

    Example:
    ```mlir
    %r = tw.softmax dimension(1) ins(%x : tensor<?x128xf32>)
           outs(%e : tensor<?x128xf32>) -> tensor<?x128xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input,
                       RankedTensorOf<[AnyFloat]>:$init,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$dimension,
                       UnitAttr:$zero_masked_rows,
                       UnitAttr:$logarithm);
  let assemblyFormat = [{
    `dimension` `(` $dimension `)` (`zero_masked_rows` $zero_masked_rows^)?
    (`logarithm` $logarithm^)?
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict `->` type($result)
  }];
}

def Tw_LayerNormOp : Tw_NamedOp<"layer_norm", [AttrSizedOperandSegments,
                                               AllTypesMatch<["input", "result"]>]> {
  let summary = "(x - mean(x)) / sqrt(var(x) + epsilon) * gamma + beta over trailing dimensions";
  let description = [{
    Mean and (biased) variance are taken over the dimensions from `axis` to the last. `gamma` and
    `beta` have the shape of those dimensions; a missing one is 1 and 0.

    The dimensions before `axis` can be tiled.

    Example:
    ```mlir
    %r = tw.layer_norm axis(1) epsilon(1.000000e-05) ins(%x : tensor<?x768xf32>)
           gamma(%g : tensor<768xf32>) beta(%b : tensor<768xf32>)
           outs(%e : tensor<?x768xf32>) -> tensor<?x768xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input,
                       Optional<RankedTensorOf<[AnyFloat]>>:$gamma,
                       Optional<RankedTensorOf<[AnyFloat]>>:$beta,
                       RankedTensorOf<[AnyFloat]>:$init,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
                       F64Attr:$epsilon);
  let assemblyFormat = [{
    `axis` `(` $axis `)` `epsilon` `(` $epsilon `)`
    `ins` `(` $input `:` type($input) `)`
    (`gamma` `(` $gamma^ `:` type($gamma) `)`)? (`beta` `(` $beta^ `:` type($beta) `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict `->` type($result)
  }];
}

def Tw_RmsNormOp : Tw_NamedOp<"rms_norm", [AttrSizedOperandSegments,
                                           AllTypesMatch<["input", "result"]>]> {
  let summary = "x / sqrt(mean(x * x) + epsilon) * gamma + beta over trailing dimensions";
  let description = [{
    As `tw.layer_norm`, without subtracting the mean.

    Example:
    ```mlir
    %r = tw.rms_norm axis(1) epsilon(1.000000e-06) ins(%x : tensor<?x768xf32>)
           gamma(%g : tensor<768xf32>) outs(%e : tensor<?x768xf32>) -> tensor<?x768xf32>
    ```
  }];
  let arguments = Tw_LayerNormOp.arguments;
  let assemblyFormat = Tw_LayerNormOp.assemblyFormat;
}

def Tw_AttentionOp : Tw_NamedOp<"attention", [AttrSizedOperandSegments]> {
  let summary = "softmax(scale * Q K^T + mask) V";
  let description = [{
    Q is `[batch..., m, d]`, K `[batch..., n, d]`, V `[batch..., n, dv]`, the result
    `[batch..., m, dv]`, with any number of batch dimensions. The result may be of a wider type
    than the operands. A batch dimension of K, of V or of
    the mask that is statically 1 is broadcast; so grouped-query attention is Q
    `[b, h_kv, group, m, d]` with K `[b, h_kv, 1, n, d]`.

    The mask is `[batch..., m, n]`, where each dimension may be statically 1 (broadcast). A float
    mask is added to the scaled scores. A boolean mask keeps the score where it is true and
    replaces it by `fill` (-inf if absent) elsewhere.

    With `causal(%offset)`, key j is seen by query i only if j <= i + offset; tiles of the m
    dimension carry their position in the offset.

    A row that is -inf throughout gives NaN, or 0 with `zero_masked_rows`.

    The batch dimensions, m and dv can be tiled (each tile of dv computes the scores anew); n and
    d are internal.

    Example:
    ```mlir
    %r = tw.attention scale(1.250000e-01)
           ins(%q, %k, %v : tensor<?x12x128x64xf32>, tensor<?x12x128x64xf32>, tensor<?x12x128x64xf32>)
           mask(%m : tensor<?x1x1x128xf32>)
           outs(%e : tensor<?x12x128x64xf32>) -> tensor<?x12x128x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$query, RankedTensorOf<[AnyFloat]>:$key,
                       RankedTensorOf<[AnyFloat]>:$value,
                       Optional<RankedTensorOf<[AnyFloat, I1]>>:$mask,
                       Optional<Index>:$causal_offset,
                       RankedTensorOf<[AnyFloat]>:$init,
                       F64Attr:$scale,
                       OptionalAttr<F64Attr>:$fill,
                       UnitAttr:$zero_masked_rows);
  let assemblyFormat = [{
    `scale` `(` $scale `)` (`zero_masked_rows` $zero_masked_rows^)?
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`mask` `(` $mask^ `:` type($mask) `)`)? (`fill` `(` $fill^ `)`)?
    (`causal` `(` $causal_offset^ `)`)?
    `outs` `(` $init `:` type($init) `)` attr-dict `->` type($result)
  }];
  let extraClassDeclaration = namedOpDeclaration # [{
    /// Number of leading batch dimensions.
    int64_t getNumBatchDims() { return getResultType().getRank() - 2; }
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWNAMEDOPS_TD
