// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def FoldBatchNorm : Pass<"tw-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "Fold scales and shifts per channel into the weights before them";
  let description = [{
    A chain of elementwise operations that only add, subtract, multiply by or divide by constants
    of one channel dimension computes `s * x + b`. That is what an inference batch norm is, in
    whatever pieces it arrives. If `x` is the result of a convolution or of a contraction with
    constant weights, used nowhere else, the weights are multiplied by `s`, and the chain becomes
    one addition of `b`, into which the convolution's own bias goes too. Otherwise a chain of
    several operations becomes one. `s`, `b` and the new weights are constant work, computed in
    f32 (f64 for models in f64); `tw-outline-constants` moves it to @init.

    A convolution that has to stay as it is (its result has other uses, its weights are not
    constant, it accumulates onto something) is reported as a missed remark.

    Example:
    ```mlir
    %1 = linalg.conv_2d_nchw_fchw ins(%x, %w : ...) outs(%zero : ...)
    %2 = linalg.generic ins(%1, %gamma : ...) { arith.mulf }
    %3 = linalg.generic ins(%2, %beta : ...) { arith.addf }
    ```
    becomes
    ```mlir
    %ws = linalg.generic ins(%w, %gamma : ...) { arith.mulf }
    %1 = linalg.conv_2d_nchw_fchw ins(%x, %ws : ...) outs(%zero : ...)
    %2 = linalg.generic ins(%1, %beta : ...) { arith.addf }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertToWinograd : Pass<"tw-convert-to-winograd", "::mlir::func::FuncOp"> {
  let summary = "Compute 3x3 convolutions by Winograd's minimal filtering F(2x2, 3x3)";
  let description = [{
    A convolution of f32 with channels last, a window of 3x3, no stride, no dilation, no groups and
    a constant filter takes 16 multiplications for four pixels instead of 36: tiles of 4x4 pixels
    and the filter are transformed, multiplied element by element (which, over all channels, are 16
    products of matrices), and transformed back. The filter is transformed at load.

    Only F(2x2, 3x3): its transforms add and subtract, and its results are as exact as those of the
    direct sum. Larger tiles multiply by numbers whose products cancel. As in every transform, a
    pixel that is infinite or NaN makes NaN of its whole tile.

    An image whose result has an odd size is padded by one more. What has few channels, or few
    pixels for its weights, stays: the transforms would cost more than the multiplications.

    Example:
    ```mlir
    %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>,
                                          affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>,
                                          affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>], ...}
           ins(%x, %g : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%zero : tensor<1x56x56x64xf32>) ...
    ```
    becomes
    ```mlir
    %u = linalg.generic ins(%G, %G, %g : tensor<4x3xf32>, tensor<4x3xf32>, tensor<3x3x64x64xf32>) outs(...) -> tensor<4x4x64x64xf32>
    %v = tw.winograd_input ins(%x : tensor<1x58x58x64xf32>) outs(...) -> tensor<4x4x1x28x28x64xf32>
    %m = linalg.generic {indexing_maps = [affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, c)>,
                                          affine_map<(i, j, n, h, w, f, c) -> (i, j, c, f)>,
                                          affine_map<(i, j, n, h, w, f, c) -> (i, j, n, h, w, f)>], ...}
           ins(%v, %u : ...) outs(...) -> tensor<4x4x1x28x28x64xf32>
    %r = tw.winograd_output ins(%m : tensor<4x4x1x28x28x64xf32>) outs(...) -> tensor<1x56x56x64xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::tw::TwDialect"];
}

def OutlineConstants : Pass<"tw-outline-constants", "::mlir::ModuleOp"> {
  let summary = "Move work on weights out of @main into @init, which runs once at load";
  let description = [{
    A tensor is constant when it is computed from `tw.weight` arguments and constants alone. Every
    constant tensor that other operations of @main use becomes a result of @init, whose arguments
    are the weights that it needs, and an argument of @main marked `tw.prepared`. Weights that
    @main no longer uses are dropped from it; the other arguments keep their order.

    What costs nothing or is smaller than its result stays in @main: scalars, splats, fills,
    constants of up to 64 elements, reshapes of a weight, and broadcasts (only their operand is
    prepared). `linalg.unpack` stays too: it is the way to read packed weights, and is folded into
    its users; the packing above it goes. Without constant work there is no @init.

    Example:
    ```mlir
    func.func @main(%w: tensor<8x4xf32> {tw.weight = "w"}, %x: tensor<2x4xf32>) -> tensor<2x8xf32> {
      %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
      %r = linalg.matmul ins(%x, %t : tensor<2x4xf32>, tensor<4x8xf32>) outs(%i : tensor<2x8xf32>) -> tensor<2x8xf32>
    ```
    becomes
    ```mlir
    func.func @main(%x: tensor<2x4xf32>, %t: tensor<4x8xf32> {tw.prepared = 0 : i64}) -> tensor<2x8xf32> {
      %r = linalg.matmul ins(%x, %t : tensor<2x4xf32>, tensor<4x8xf32>) outs(%i : tensor<2x8xf32>) -> tensor<2x8xf32>
    func.func @init(%w: tensor<8x4xf32> {tw.weight = "w"}) -> tensor<4x8xf32> {
      %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def FormGroups : Pass<"tw-form-groups", "::mlir::func::FuncOp"> {
  let summary = "Gather roots with their producers and epilogue into tw.group operations";
  let description = [{
    Every structured operation on tensors ends in exactly one `tw.group`. A group is built around
    a root: a contraction, a windowed operation, a reduction, a named operation (softmax,
    normalization, attention), or, where none of those is near, an elementwise operation. It takes

    - the fills and empty tensors that initialise its members (cloned: they cost nothing),
    - the chain of elementwise operations that consume the root's result element by element, as
      long as each intermediate has one use (the epilogue),
    - on a CPU, single-use elementwise producers of a row operation (residual before a norm),
    - on a CPU, the transpose and the padding in front of a depthwise convolution or a pooling, if a
      vector of channels of the image stays in the second-level cache: tasks are blocks of channels,
    - the products and the first transform of a Winograd convolution, if what lies between the
      transforms is large: tasks are blocks of tiles.

    Example:
    ```mlir
    %0 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%i : tensor<4x16xf32>) -> tensor<4x16xf32>
    %1 = linalg.exp ins(%0 : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
    ```
    becomes
    ```mlir
    %1 = tw.group -> tensor<4x16xf32> {
      %2 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%i : tensor<4x16xf32>) -> tensor<4x16xf32>
      %3 = linalg.exp ins(%2 : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
      tw.yield %3 : tensor<4x16xf32>
    }
    ```
  }];
  let dependentDialects = ["::tw::TwDialect"];
}

def DecomposeDataMovement : Pass<"tw-decompose-data-movement", "::mlir::func::FuncOp"> {
  let summary = "Turn padding and concatenation into insertions into one tensor";
  let description = [{
    A pad becomes a fill, into which its source is inserted; a concatenation, a chain of insertions.
    The producer of a source can then be bufferized into the larger tensor. What is concatenated only
    to be padded is inserted at once. Where padding of static widths is at most a quarter of
    the whole (a dynamic size counts as 64), each of its sides is filled on its own, and nothing is
    written twice. Padding of several values is computed by a linalg.generic.

    Example:
    ```mlir
    %p = tensor.pad %x low[1, 0] high[1, 0] { ... tensor.yield %c0 : f32 } : tensor<4x8xf32> to tensor<6x8xf32>
    ```
    becomes
    ```mlir
    %e = tensor.empty() : tensor<6x8xf32>
    %f = linalg.fill ins(%c0 : f32) outs(%e : tensor<6x8xf32>) -> tensor<6x8xf32>
    %p = tensor.insert_slice %x into %f[1, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<6x8xf32>
    ```
  }];
  let options = [Option<"keepEdges", "keep-edges", "bool", "false",
                        "Leave padding that the group of a window computes block by block">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"tw-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Make one linalg.generic of each chain of elementwise operations";
  let description = [{
    An elementwise operation takes in its elementwise producers that have no other user, or compute
    nothing. A reshape between them, or between a contraction and its epilogue, moves below. What
    would be computed more often stays: work on weights, and what is broadcast. So do transposes. A
    reduction of one tensor takes producers in that are no epilogue of another operation.

    Example:
    ```mlir
    %m = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%i : tensor<4x6xf32>) -> tensor<4x6xf32>
    %x = tensor.expand_shape %m [[0, 1], [2]] output_shape [2, 2, 6] : tensor<4x6xf32> into tensor<2x2x6xf32>
    %s = linalg.generic ins(%x, %b : tensor<2x2x6xf32>, tensor<6xf32>) { arith.addf }
    %r = linalg.generic ins(%s : tensor<2x2x6xf32>) { math.exp }
    ```
    becomes
    ```mlir
    %m = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%i : tensor<4x6xf32>) -> tensor<4x6xf32>
    %g = linalg.generic ins(%m, %b : tensor<4x6xf32>, tensor<6xf32>) { arith.addf, math.exp }
    %r = tensor.expand_shape %g [[0, 1], [2]] output_shape [2, 2, 6] : tensor<4x6xf32> into tensor<2x2x6xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SplitReductions : Pass<"tw-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "Reduce large tensors to few values in parallel, and along contiguous vectors";
  let description = [{
    A sum, product, minimum or maximum with few results has no parallel loop to distribute: it
    keeps its outermost reduced loop, or a divisor of that, for partial results, which are then
    reduced. And where memory has short reduced loops innermost, as the channels of a group in
    PyTorch's `group_norm` with channels last, vectors would gather what one result is made of: such
    loops are kept as well, one with the parallel loop around them, and reduced last. What is small,
    contractions and windows stay as they are.

    How a reduction is divided depends on sizes alone, so results are the same on any number of
    threads.

    Example:
    ```mlir
    %s = linalg.generic {iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<64x1024xf32>) outs(%init : tensor<f32>) { arith.addf }
    ```
    becomes
    ```mlir
    %p = linalg.generic {iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x1024xf32>) outs(%zeros : tensor<64xf32>) { arith.addf }
    %s = linalg.generic {iterator_types = ["reduction"]}
      ins(%p : tensor<64xf32>) outs(%init : tensor<f32>) { arith.addf }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoldEmptyLoops : Pass<"tw-fold-empty-loops", "::mlir::func::FuncOp"> {
  let summary = "Drop operations that compute nothing";
  let description = [{
    Replaces an operation by its inits where it writes no element of them: all its results are
    empty, or it is a linalg operation with a loop of no iterations. No later pass then meets a
    static size of zero in a loop. Dynamic sizes, which may be zero too, stay: loops over them see
    that for themselves.

    Example:
    ```mlir
    %0 = linalg.matmul ins(%a, %b : tensor<4x0xf32>, tensor<0x3xf32>)
                       outs(%init : tensor<4x3xf32>) -> tensor<4x3xf32>
    "use"(%0) : (tensor<4x3xf32>) -> ()
    ```
    becomes
    ```mlir
    "use"(%init) : (tensor<4x3xf32>) -> ()
    ```
  }];
}

def ConcatenateContractions : Pass<"tw-concatenate-contractions", "::mlir::func::FuncOp"> {
  let summary = "Make one contraction of those that share their activation";
  let description = [{
    Contractions of one activation with constant weights, alike but for their columns, become one
    with the weights side by side: queries, keys and values of an attention. It is one parallel
    region instead of several, reads the activation once, and has fewer narrow panels. What used
    the results reads slices of the wide one. Epilogues that read constants besides the
    contraction, such as biases, are concatenated too. So are contractions of words (bf16).

    A contraction stays on its own where that would cost more than it gives: with an epilogue that
    reads another activation (the product of a SwiGLU), unless there is but one row, and where a
    user needs the result in memory of its own (a result of the function, a collapse_shape).

    Example:
    ```mlir
    %q = linalg.matmul ins(%x, %wq : tensor<?x64xf32>, tensor<64x64xf32>) outs(%i0 : tensor<?x64xf32>) -> tensor<?x64xf32>
    %k = linalg.matmul ins(%x, %wk : tensor<?x64xf32>, tensor<64x32xf32>) outs(%i1 : tensor<?x32xf32>) -> tensor<?x32xf32>
    ```
    becomes
    ```mlir
    %w = tensor.concat dim(1) %wq, %wk : (tensor<64x64xf32>, tensor<64x32xf32>) -> tensor<64x96xf32>
    %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x96xf32>) outs(%i : tensor<?x96xf32>) -> tensor<?x96xf32>
    %q = tensor.extract_slice %r[0, 0] [%m, 64] [1, 1] : tensor<?x96xf32> to tensor<?x64xf32>
    %k = tensor.extract_slice %r[0, 64] [%m, 32] [1, 1] : tensor<?x96xf32> to tensor<?x32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}
