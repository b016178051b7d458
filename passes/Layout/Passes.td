// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def SplitBias : Pass<"tw-split-bias", "::mlir::func::FuncOp"> {
  let summary = "Sum contractions and convolutions from zero, adding their init afterwards";
  let description = [{
    A convolution with a bias arrives with the bias, broadcast over the image, as its init. The
    accumulators of a register tile start at zero, and a bias that is added in the epilogue is
    read as the vector that it is. So the init becomes a zero fill and an elementwise addition
    follows. Sums from a constant stay as they are.

    Example:
    ```mlir
    %r = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%bias : tensor<4x16xf32>) -> tensor<4x16xf32>
    ```
    becomes
    ```mlir
    %zero = linalg.fill ins(%c0 : f32) outs(%empty : tensor<4x16xf32>) -> tensor<4x16xf32>
    %sum = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%zero : tensor<4x16xf32>) -> tensor<4x16xf32>
    %r = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]} ins(%sum, %bias : tensor<4x16xf32>, tensor<4x16xf32>) outs(%empty : tensor<4x16xf32>) {
    ^bb0(%in: f32, %b: f32, %out: f32):
      %s = arith.addf %in, %b : f32
      linalg.yield %s : f32
    } -> tensor<4x16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldBroadcasts : Pass<"tw-fold-broadcasts", "::mlir::func::FuncOp"> {
  let summary = "Let linalg.generic read the source of a broadcast through its indexing map";
  let description = [{
    An operand that a linalg.broadcast made, or an expand_shape that only adds dimensions of size
    1, is replaced by its source, read through a map without them. A broadcast that alone gives a
    loop its size stays. A contraction of a batch with one broadcast matrix is made generic first,
    also if dimensions of the batch have been merged since.

    Example:
    ```mlir
    %b = linalg.broadcast ins(%bias : tensor<16xf32>) outs(%e : tensor<4x16xf32>) dimensions = [0]
    %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, ...]} ins(%b : tensor<4x16xf32>) ...
    ```
    becomes
    ```mlir
    %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, ...]} ins(%bias : tensor<16xf32>) ...
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ContractPointwise : Pass<"tw-contract-pointwise", "::mlir::func::FuncOp"> {
  let summary = "Multiply matrices where convolutions of single pixels are among themselves";
  let description = [{
    A convolution with a window of one pixel and no stride is the product of its filter and its
    input, whose columns are the pixels, whichever layout these have. It is computed as that, with
    channels first as it arrives, if nothing that it is connected with wants channels last: no
    convolution or pooling with a larger window, no transpose and no reshape, directly or through
    operations that can be computed in any layout. Then no transpose is needed at all. A batch of
    one image goes.

    Strided and grouped convolutions stay, and so do those with channels last already. So few pixels
    that they would leave more than a fifth of the lanes of their vectors empty stay too: with
    channels last they are rows.

    Example:
    ```mlir
    %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x16x8x8xf32>, tensor<32x16x1x1xf32>) outs(%o : tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
    ```
    becomes
    ```mlir
    %xc = tensor.collapse_shape %x [[0, 1], [2, 3]] : tensor<1x16x8x8xf32> into tensor<16x64xf32>
    %wc = tensor.collapse_shape %w [[0], [1, 2, 3]] : tensor<32x16x1x1xf32> into tensor<32x16xf32>
    %oc = tensor.collapse_shape %o [[0, 1], [2, 3]] : tensor<1x32x8x8xf32> into tensor<32x64xf32>
    %rc = linalg.generic {indexing_maps = [affine_map<(f, p, c) -> (c, p)>,
                                           affine_map<(f, p, c) -> (f, c)>,
                                           affine_map<(f, p, c) -> (f, p)>], ...}
            ins(%xc, %wc : tensor<16x64xf32>, tensor<32x16xf32>) outs(%oc : tensor<32x64xf32>) ...
    %r = tensor.expand_shape %rc [[0, 1], [2, 3]] output_shape [1, 32, 8, 8] : tensor<32x64xf32> into tensor<1x32x8x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertToChannelsLast : Pass<"tw-convert-to-channels-last", "::mlir::func::FuncOp"> {
  let summary = "Compute convolutions and poolings with channels last";
  let description = [{
    Every convolution and pooling, named or generic, of any number of spatial dimensions, becomes
    a linalg.generic over (batch, pixels, groups, output channels, window, input channels):

    | operand | dimensions |
    |---|---|
    | input | batch, pixels, groups, input channels |
    | filter | window, input channels, output channels |
    | filter, grouped | groups, window, input channels, output channels |
    | filter, depthwise | window, channels, (multiplier) |
    | filter, fewer output channels than 8 | window, output channels, input channels |
    | output | batch, pixels, groups, output channels |

    A few output channels would leave most lanes of a vector empty; the lanes are then along the
    input channels, if there are at least 16, and are added up at the end.

    Transposes bring operands into that form and the result back. Those of filters are work on
    constants, which is done at load; those of activations are for tw-propagate-transposes.

    Example:
    ```mlir
    %r = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x3x8x8xf32>, tensor<16x3x3x3xf32>) outs(%fill : tensor<1x16x6x6xf32>) -> tensor<1x16x6x6xf32>
    ```
    becomes
    ```mlir
    %xt = linalg.transpose ins(%x : tensor<1x3x8x8xf32>) outs(%e0 : tensor<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
    %wt = linalg.transpose ins(%w : tensor<16x3x3x3xf32>) outs(%e1 : tensor<3x3x3x16xf32>) permutation = [2, 3, 1, 0]
    %rt = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h + kh, w + kw, ic)>,
                                           affine_map<(n, h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                           affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h, w, oc)>], ...}
            ins(%xt, %wt : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>) outs(%fillt : tensor<1x6x6x16xf32>) ...
    %r = linalg.transpose ins(%rt : tensor<1x6x6x16xf32>) outs(%e2 : tensor<1x16x6x6xf32>) permutation = [0, 3, 1, 2]
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DropUnitPixels : Pass<"tw-drop-unit-pixels", "::mlir::func::FuncOp"> {
  let summary = "Drop dimensions of one pixel from convolutions and poolings";
  let description = [{
    A convolution of a signal arrives, when it is grouped, as one of an image that is one pixel
    wide, with a window of the same width, and a pooling of a signal as one of an image of one row.
    Without that dimension the pixels that are left are next to each other, where register tiles
    look for them. A 1 by 1 convolution of a single pixel, as in squeeze and excitation, becomes a
    contraction. Operands and result are reshaped, which is free.

    Example:
    ```mlir
    %r = linalg.generic {indexing_maps = [affine_map<(h, w, oc, kh, kw, ic) -> (h + kh, w + kw, ic)>,
                                          affine_map<(h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                          affine_map<(h, w, oc, kh, kw, ic) -> (h, w, oc)>], ...}
           ins(%x, %f : tensor<9x1x3xf32>, tensor<3x1x3x16xf32>) outs(%o : tensor<7x1x16xf32>) ...
    ```
    becomes
    ```mlir
    %xc = tensor.collapse_shape %x [[0], [1, 2]] : tensor<9x1x3xf32> into tensor<9x3xf32>
    %fc = tensor.collapse_shape %f [[0], [1, 2], [3]] : tensor<3x1x3x16xf32> into tensor<3x3x16xf32>
    %oc = tensor.collapse_shape %o [[0], [1, 2]] : tensor<7x1x16xf32> into tensor<7x16xf32>
    %rc = linalg.generic {indexing_maps = [affine_map<(h, oc, kh, ic) -> (h + kh, ic)>, ...], ...}
            ins(%xc, %fc : tensor<9x3xf32>, tensor<3x3x16xf32>) outs(%oc : tensor<7x16xf32>) ...
    %r = tensor.expand_shape %rc [[0], [1, 2]] output_shape [7, 1, 16] : tensor<7x16xf32> into tensor<7x1x16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}

def PropagateTransposes : Pass<"tw-propagate-transposes", "::mlir::func::FuncOp"> {
  let summary = "Move transposes through other operations until they cancel";
  let description = [{
    An operation between transposes can often be computed in the other layout: elementwise
    operations, reductions and gathers (linalg.generic) by permuting their loops, pad, concat,
    slices, casts and reshapes of the tensor dialect, softmax and normalizations. Transposes move down from operands to
    results, where they meet their inverse in front of the next convolution and both vanish. An
    operation takes the layout of its largest transposed operand; if that makes other operands
    need a transpose, it must remove as many bytes of transposes as it adds and lead to an
    operation that wants the layout.

    Transposes also move up, where that makes them smaller (past a pad, an upsampling) or joins
    them with another. Contractions and convolutions keep their layout.

    Example:
    ```mlir
    %t = linalg.transpose ins(%x : tensor<1x6x6x16xf32>) outs(%e0 : tensor<1x16x6x6xf32>) permutation = [0, 3, 1, 2]
    %p = tensor.pad %t low[0, 0, 1, 1] high[0, 0, 1, 1] { ... } : tensor<1x16x6x6xf32> to tensor<1x16x8x8xf32>
    %u = linalg.transpose ins(%p : tensor<1x16x8x8xf32>) outs(%e1 : tensor<1x8x8x16xf32>) permutation = [0, 2, 3, 1]
    ```
    becomes
    ```mlir
    %u = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] { ... } : tensor<1x6x6x16xf32> to tensor<1x8x8x16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FoldUnitTransposes : Pass<"tw-fold-unit-transposes", "::mlir::func::FuncOp"> {
  let summary = "Turn transposes that only move dimensions of size 1 into reshapes";
  let description = [{
    Such a transpose moves no data; as a reshape it is free. It is left behind, for one, where a
    global pooling ends the part of a model that has its channels last, and in the tasks of an
    attention, of one head each. Reshapes fold into one another, and into slices and insertions.

    Example:
    ```mlir
    %t = linalg.transpose ins(%x : tensor<?x1x1x16xf32>) outs(%e : tensor<?x16x1x1xf32>) permutation = [0, 3, 1, 2]
    ```
    becomes
    ```mlir
    %f = tensor.collapse_shape %x [[0, 1, 2], [3]] : tensor<?x1x1x16xf32> into tensor<?x16xf32>
    %t = tensor.expand_shape %f [[0], [1, 2, 3]] output_shape [%n, 16, 1, 1] : tensor<?x16xf32> into tensor<?x16x1x1xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}

def SplitReshapes : Pass<"tw-split-reshapes", "::mlir::func::FuncOp"> {
  let summary = "Keep dimensions apart that a collapse_shape merges and an expand_shape cuts again";
  let description = [{
    A `tensor.collapse_shape` of a part of a larger tensor is a copy wherever the rows that it merges
    do not follow one another, as in the queries, keys and values of one product. Mostly it need not
    merge them: after `tensor.expand_shape`, the dimensions have the same boundaries again. The
    tensor between the two keeps all boundaries that both sides share, from the first dimension of a
    group on and from the last one back, up to a dynamic size.

    Example:
    ```mlir
    %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x256x32xf32> into tensor<?x8192xf32>
    %e = tensor.expand_shape %c [[0], [1, 2, 3]] output_shape [%n, 256, 8, 4] : tensor<?x8192xf32> into tensor<?x256x8x4xf32>
    ```
    becomes
    ```mlir
    %e = tensor.expand_shape %x [[0], [1], [2, 3]] output_shape [%n, 256, 8, 4] : tensor<?x256x32xf32> into tensor<?x256x8x4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def DropUnitResults : Pass<"tw-drop-unit-results", "::mlir::func::FuncOp"> {
  let summary = "Reductions that keep their dimension produce a smaller tensor that is expanded";
  let description = [{
    A reduction with `keepdim` arrives as a generic whose result has dimensions of size 1, reached
    by the constant index 0. Such a generic cannot be tiled. It is rebuilt on a result without those
    dimensions, which `tensor.expand_shape` puts back.

    Example:
    ```mlir
    %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x8xf32>) outs(%i : tensor<4x1xf32>)
    ```
    becomes
    ```mlir
    %0 = tensor.collapse_shape %i [[0, 1]] : tensor<4x1xf32> into tensor<4xf32>
    %1 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<4x8xf32>) outs(%0 : tensor<4xf32>)
    %2 = tensor.expand_shape %1 [[0, 1]] output_shape [4, 1] : tensor<4xf32> into tensor<4x1xf32>
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}
