// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def PackPanels : Pass<"tw-pack-panels", "::mlir::func::FuncOp"> {
  let summary = "Store weights and other matrices as the panels of columns that register tiles read";
  let description = [{
    The columns of a contraction or convolution are cut into panels as wide as its register tile.
    Each step of the reduction reads one row of a panel, so a panel is stored with its rows one
    after the other: the inner loop walks memory forwards, in whole cache lines and few pages.
    Weights `[K, N]` become `[N/p, K, p]`, filters `[KH, KW, C, F]` become `[F/p, KH, KW, C, p]`;
    batches and groups stay outermost. The last panel is padded with zeros, which nobody reads.

    The operation reads its weights through `linalg.unpack`, which tw-fold-unpack folds away;
    the packing is constant work for tw-outline-constants. Operations that share weights share
    the packed ones too, once equal work is merged.

    A matrix that is not constant is packed in each call, if at least 64 rows of the result read
    it and it has to be transposed anyway, which the packing does, or its rows share sets of the
    second-level cache because they are a multiple of a large power of two apart.

    Matrices of one panel or of less than a page stay, and so do those of depthwise convolutions,
    where rows share nothing.

    Example, for AVX-512:
    ```mlir
    %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x128xf32>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
    ```
    becomes
    ```mlir
    %p = linalg.pack %w outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e0 : tensor<64x128xf32> -> tensor<4x64x32xf32>
    %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e1 : tensor<4x64x32xf32> -> tensor<64x128xf32>
    %r = linalg.matmul ins(%x, %u : tensor<?x64xf32>, tensor<64x128xf32>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def DecomposePacks : Pass<"tw-decompose-packs", "::mlir::func::FuncOp"> {
  let summary = "Rewrite linalg.pack to copies of whole rows of panels";
  let description = [{
    The packing of weights moves all the weights of a model at load, so its loops are those that
    vectorize and run in parallel best: over the packed elements in the order of memory, reading
    rows of a panel. A transpose in front is read through, so that a transposed weight is
    copied once.

    A last panel that is narrower is copied on its own and its padding written; no loop has a
    condition. Packs of other forms (of several dimensions, of dynamic sizes) become pad,
    expand_shape and transpose.

    Example:
    ```mlir
    %p = linalg.pack %w outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<64x128xf32> -> tensor<4x64x32xf32>
    ```
    becomes
    ```mlir
    %x = tensor.expand_shape %w [[0], [1, 2]] output_shape [64, 4, 32] : tensor<64x128xf32> into tensor<64x4x32xf32>
    %p = linalg.generic {indexing_maps = [affine_map<(n, k, c) -> (k, n, c)>,
                                          affine_map<(n, k, c) -> (n, k, c)>], ...}
           ins(%x : tensor<64x4x32xf32>) outs(%e : tensor<4x64x32xf32>) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldUnpack : Pass<"tw-fold-unpack", "::mlir::func::FuncOp"> {
  let summary = "Read tiles of packed weights from their panel";
  let description = [{
    A slice of the result of `linalg.unpack` whose columns lie in one panel, which follows from
    the steps of the loops around it, becomes a slice of that panel. That moves no data, and the
    rows of the tile are next to each other. Slices of more columns than a panel has stay until
    they are tiled further; the pass can run after each level.

    Example:
    ```mlir
    %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x128xf32>
    %r = scf.forall (%j) = (0) to (128) step (32) ... {
      %t = tensor.extract_slice %u[0, %j] [64, 32] [1, 1] : tensor<64x128xf32> to tensor<64x32xf32>
    ```
    becomes
    ```mlir
    %r = scf.forall (%j) = (0) to (128) step (32) ... {
      %n = affine.apply affine_map<(d0) -> (d0 floordiv 32)>(%j)
      %t = tensor.extract_slice %p[%n, 0, 0] [1, 64, 32] [1, 1, 1] : tensor<4x64x32xf32> to tensor<64x32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::tensor::TensorDialect"];
}

def DecomposeUnpacks : Pass<"tw-decompose-unpacks", "::mlir::func::FuncOp"> {
  let summary = "Lower what is left of linalg.unpack to transpose and slice";
  let description = [{
    Tiles normally read packed weights where they are (tw-fold-unpack). Where they do not, because
    a schedule cuts columns across panels, the weights are unpacked in each call, which is correct
    and slow: a missed remark tells.

    Example:
    ```mlir
    %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x128xf32>
    ```
    becomes
    ```mlir
    %t = linalg.transpose ins(%p : tensor<4x64x32xf32>) outs(%e0 : tensor<64x4x32xf32>) permutation = [1, 0, 2]
    %c = tensor.collapse_shape %t [[0], [1, 2]] : tensor<64x4x32xf32> into tensor<64x128xf32>
    %u = linalg.copy ins(%c : tensor<64x128xf32>) outs(%e : tensor<64x128xf32>) -> tensor<64x128xf32>
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}
