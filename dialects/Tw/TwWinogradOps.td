// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The transforms of Winograd's minimal filtering F(2x2, 3x3).
#ifndef TILEWRIGHT_DIALECTS_TW_TWWINOGRADOPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWWINOGRADOPS_TD

include "dialects/Tw/TwNamedOps.td"

def Tw_WinogradInputOp : Tw_NamedOp<"winograd_input"> {
  let summary = "B^T d B for each 4x4 tile d of an image: the factors of a 3x3 convolution";
  let description = [{
    Tiles of 4x4 pixels begin at every second row and column of the input `[n, h, w, c]`; the
    result is `[4, 4, n, rows, columns, c]` with a matrix for each element of the transformed
    tiles, and h = 2 rows + 2, w = 2 columns + 2. The matrix is that of F(2x2, 3x3) in Lavin and
    Gray, "Fast Algorithms for Convolutional Neural Networks" (2015):

    ```
    B^T = [ 1  0 -1  0 ]
          [ 0  1  1  0 ]
          [ 0 -1  1  0 ]
          [ 0  1  0 -1 ]
    ```

    All dimensions but the first two can be tiled.

    Example:
    ```mlir
    %r = tw.winograd_input ins(%x : tensor<?x58x58x64xf32>)
           outs(%e : tensor<4x4x?x28x28x64xf32>) -> tensor<4x4x?x28x28x64xf32>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$input, RankedTensorOf<[AnyFloat]>:$init);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $init `:` type($init) `)`
    attr-dict `->` type($result)
  }];
}

def Tw_WinogradOutputOp : Tw_NamedOp<"winograd_output"> {
  let summary = "A^T m A for each 4x4 tile m of products: the pixels of a 3x3 convolution";
  let description = [{
    The inverse of what `tw.winograd_input` did, once its factors have been multiplied with those
    of the filter and summed over the input channels: the input is
    `[4, 4, n, rows, columns, f]`, the result `[n, h, w, f]` with 2x2 pixels for each tile, less
    the last row or column where h or w is odd.

    ```
    A^T = [ 1  1  1  0 ]
          [ 0  1 -1 -1 ]
    ```

    All dimensions can be tiled; tiles of h and w must begin at even pixels.

    Example:
    ```mlir
    %r = tw.winograd_output ins(%m : tensor<4x4x?x28x28x64xf32>)
           outs(%e : tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32>
    ```
  }];
  let arguments = Tw_WinogradInputOp.arguments;
  let assemblyFormat = Tw_WinogradInputOp.assemblyFormat;
}

#endif // TILEWRIGHT_DIALECTS_TW_TWWINOGRADOPS_TD
