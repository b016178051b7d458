// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def DistributeGroups : Pass<"tw-distribute-groups", "::mlir::func::FuncOp"> {
  let summary = "Dissolve each group into a parallel loop over the tiles of its schedule";
  let description = [{
    The last operation of the group is tiled by `distribute` with `scf.forall`, and the rest of
    the group is computed in that loop. A dimension that the tile does not divide is split in
    two first, so that every tile of a static shape is static. The last operation keeps the
    schedule as the attribute `tw.schedule` for the register level, and the loop the whole of it
    for those who map its tasks to hardware. Its `tw.group_number` tells it from loops that are
    alike in all but their bodies.

    Example:
    ```mlir
    %r = tw.group schedule(<distribute = [0, 32], registers = [8, 32]>) -> tensor<64x64xf32> {
      %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
      %m = linalg.matmul ins(%a, %b : tensor<64x16xf32>, tensor<16x64xf32>) outs(%f : tensor<64x64xf32>) -> tensor<64x64xf32>
      tw.yield %m : tensor<64x64xf32>
    }
    ```
    becomes
    ```mlir
    %r = scf.forall (%j) = (0) to (64) step (32) shared_outs(%o = %e) -> (tensor<64x64xf32>) {
      %bj = tensor.extract_slice %b[0, %j] [16, 32] [1, 1] : tensor<16x64xf32> to tensor<16x32xf32>
      %f = linalg.fill ins(%zero : f32) outs(%oj : tensor<64x32xf32>) -> tensor<64x32xf32>
      %m = linalg.matmul {tw.schedule = #tw.schedule<registers = [8, 32]>} ins(%a, %bj : tensor<64x16xf32>, tensor<16x32xf32>) outs(%f : tensor<64x32xf32>) -> tensor<64x32xf32>
      scf.forall.in_parallel { }
    } {tw.group_number = 0 : i64, tw.schedule = #tw.schedule<distribute = [0, 32], registers = [8, 32]>}
    ```
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::affine::AffineDialect",
                           "::mlir::tensor::TensorDialect", "::tw::TwDialect"];
}

def TileRegisters : Pass<"tw-tile-registers", "::mlir::func::FuncOp"> {
  let summary = "Tile scheduled operations to tiles whose results fit vector registers";
  let description = [{
    Each operation with a `tw.schedule` is tiled by `registers` with `scf.for`, and its producers
    without a schedule of their own are computed in the innermost loop. Static dimensions are
    split at the last whole tile; dynamic ones are peeled, and what is left is done one by one, or
    by halves for the rows of a contraction, so that every tile has a static size.

    Example:
    ```mlir
    %m = linalg.matmul {tw.schedule = #tw.schedule<registers = [8, 32]>} ins(%a, %b : tensor<64x16xf32>, tensor<16x32xf32>) outs(%c : tensor<64x32xf32>) -> tensor<64x32xf32>
    ```
    becomes
    ```mlir
    %m = scf.for %i = %c0 to %c64 step %c8 iter_args(%o = %c) -> (tensor<64x32xf32>) {
      %ai = tensor.extract_slice %a[%i, 0] [8, 16] [1, 1] : tensor<64x16xf32> to tensor<8x16xf32>
      %t = linalg.matmul ins(%ai, %b : tensor<8x16xf32>, tensor<16x32xf32>) outs(%oi : tensor<8x32xf32>) -> tensor<8x32xf32>
      scf.yield %n : tensor<64x32xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::affine::AffineDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DecomposeNamedOps : Pass<"tw-decompose-named-ops", "::mlir::func::FuncOp"> {
  let summary = "Rewrite softmax, norms, attention, scatters and sorts on tiles to linalg and loops";
  let description = [{
    Once a tile of rows is cut, the named operation on it becomes a few linalg operations, for
    register tiling and vectorization:
    - `tw.softmax`: maximum, exponentials of the differences, sum, one reciprocal a row, product;
    - `tw.layer_norm`, `tw.rms_norm`: mean, then the mean square of what is left, then one
      product and sum an element;
    - `tw.attention`: the scores of the tile's rows with all keys, mask, exponentials as in
      softmax, the product with the values, and only its rows divided by the sums. More than 256
      keys, or a number that is known only in the call, come in blocks of 128, for each of which
      maxima, sums and products are brought up to date; blocks that a causal mask hides are left
      out. Where tiles of AMX multiply a known number of keys, blocks are twice as large. For
      eight queries and more the keys are transposed first. Keys of bf16 whose number is known
      come in whole vectors: behind them are zeros, whose scores are -inf;
    - `tw.scatter`: a loop over the indices, which combines a row of the source with one of the
      result, or an element where each has an index of its own;
    - `tw.argsort`: elements become unsigned keys of the same order, which are sorted with their
      positions, there and back between two tensors: by digits of 8 bits, the lowest first, or,
      where a row has fewer than 64 elements, by merging runs of 1, 2, 4, ... of them.

    Intermediate results are in f32 or wider.

    Example:
    ```mlir
    %r = tw.rms_norm axis(1) epsilon(1.000000e-06) ins(%x : tensor<4x768xf32>) outs(%e : tensor<4x768xf32>) -> tensor<4x768xf32>
    ```
    becomes
    ```mlir
    %squares = linalg.generic ... ins(%x : tensor<4x768xf32>) outs(%zeros : tensor<4xf32>)
    %factors = linalg.generic ... ins(%squares : tensor<4xf32>) ... // rsqrt(squares / 768 + epsilon)
    %r = linalg.generic ... ins(%x, %factors : tensor<4x768xf32>, tensor<4xf32>) outs(%e : tensor<4x768xf32>)
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def FoldUnitWindows : Pass<"tw-fold-unit-windows", "::mlir::func::FuncOp"> {
  let summary = "Make a window of one pixel a slice of the input";
  let description = [{
    A convolution or pooling whose window is one pixel, because it is 1 by 1 or tiled to that, reads
    its input at `pixel * stride`. On the slice of just those elements it is a contraction, or an
    elementwise operation, without loops over the window. The slices of input and filter move no
    data. Windows of any other size, and of one that is not known, stay.

    Example:
    ```mlir
    %r = linalg.generic {indexing_maps = [affine_map<(h, oc, kh, ic) -> (h * 2 + kh, ic)>,
                                          affine_map<(h, oc, kh, ic) -> (kh, ic, oc)>,
                                          affine_map<(h, oc, kh, ic) -> (h, oc)>], ...}
           ins(%x, %w : tensor<9x3xf32>, tensor<1x3x16xf32>) outs(%o : tensor<5x16xf32>) ...
    ```
    becomes
    ```mlir
    %xs = tensor.extract_slice %x[0, 0] [5, 3] [2, 1] : tensor<9x3xf32> to tensor<5x3xf32>
    %ws = tensor.extract_slice %w[0, 0, 0] [1, 3, 16] [1, 1, 1] : tensor<1x3x16xf32> to tensor<3x16xf32>
    %r = linalg.generic {indexing_maps = [affine_map<(h, oc, ic) -> (h, ic)>,
                                          affine_map<(h, oc, ic) -> (ic, oc)>,
                                          affine_map<(h, oc, ic) -> (h, oc)>], ...}
           ins(%xs, %ws : tensor<5x3xf32>, tensor<3x16xf32>) outs(%o : tensor<5x16xf32>) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}
