// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Windows of a row that lie in memory as they are, for which tensor and linalg have no form.
#ifndef TILEWRIGHT_DIALECTS_TW_TWUNFOLDOP_TD
#define TILEWRIGHT_DIALECTS_TW_TWUNFOLDOP_TD

include "dialects/Tw/TwDialect.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Tw_UnfoldOp : Op<TwDialect, "unfold", [
    Pure,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
      ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "getBufferType",
       "isWritable", "bufferize"]>]> {
  let summary = "The windows of each row of a tensor, which may overlap";
  let description = [{
    `result[..., i, j] = source[..., i * step + j]`: all slices of the last dimension, `step` apart,
    that have the size of the last dimension of the result, as `torch.Tensor.unfold` has them. The
    last dimension of the source is static. It moves no data, but for a source with a layout, which
    is copied; as windows share elements, nothing is written to the result.

    Example, three neighbours of every second one:
    ```mlir
    %w = tw.unfold %x step(2) : tensor<?x9xf32> -> tensor<?x4x3xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$source, ConfinedAttr<I64Attr, [IntPositive]>:$step);
  let results = (outs AnyRankedTensor:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$source, "int64_t":$size, "int64_t":$step)>];
  let assemblyFormat = [{
    $source `step` `(` $step `)` attr-dict `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // TILEWRIGHT_DIALECTS_TW_TWUNFOLDOP_TD
