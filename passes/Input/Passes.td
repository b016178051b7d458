// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"
include "passes/Input/SortAndScatterPasses.td"

def AttachTarget : Pass<"tw-attach-target", "::mlir::ModuleOp"> {
  let summary = "Attach the description of the target machine to the module";
  let description = [{
    Sets `tw.target` on the module from the options, unless the module has one: what a file says
    of its machine wins over the command line, so that a dump replays alike anywhere.

    Example:
    ```mlir
    module {}
    ```
    becomes
    ```mlir
    module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {}
    ```
  }];
  let options = [
    Option<"kind", "kind", "std::string", "\"cpu\"", "cpu or cuda">,
    Option<"vectorBits", "vector-bits", "int64_t", "512", "bits of a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "32", "number of vector registers">,
    Option<"l1Bytes", "l1-bytes", "int64_t", "49152", "bytes of the first-level data cache">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "1048576", "bytes of a core's second-level cache">,
    Option<"bf16Dot", "bf16-dot", "std::string", "\"fma\"", "how bf16 are multiplied: fma, vdpbf16ps or amx">,
    Option<"scalef", "scalef", "bool", "false", "an instruction multiplies by powers of two (AVX-512)">
  ];
  let dependentDialects = ["::tw::TwDialect"];
}

def GuardAsserts : Pass<"tw-guard-asserts", "::mlir::func::FuncOp"> {
  let summary = "Turn assertions into errors of the call, and make what follows them safe";
  let description = [{
    The front end states what it assumes with `cf.assert`, which would abort the process. Those
    whose condition provably holds are dropped: integers are bounded by following them through
    the bodies that computed them, sizes are not negative, and an assert that a float about to be
    divided by is not zero goes too, because PyTorch divides by zero. All others become
    `tw.assert`, an error of the call.

    In the body of a linalg operation the loop goes on after a failed assert. So every later
    `tensor.extract` of that body reads index 0 where an assert has failed, in place of an index
    that comes from data or that an assert speaks of. An index made of other loops' `linalg.index`
    is in bounds by those loops and stays.

    Example: the look-up of a token id,
    ```mlir
    %row = arith.index_cast %id : i64 to index
    %ok = arith.cmpi ult, %row, %c11 : index
    cf.assert %ok, "index must be smaller than dim size"
    %e = tensor.extract %table[%row, %column] : tensor<11x8xf32>
    ```
    becomes
    ```mlir
    tw.assert %ok, "index must be smaller than dim size"
    %safe = arith.select %ok, %row, %c0 : index
    %e = tensor.extract %table[%safe, %column] : tensor<11x8xf32>
    ```
  }];
  // Tensor too: its patterns are looked up by name, in modules that may have no tensor op.
  let dependentDialects = ["::tw::TwDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseSoftmax : Pass<"tw-raise-softmax", "::mlir::func::FuncOp"> {
  let summary = "Recognise softmax and replace it by tw.softmax";
  let description = [{
    Reads exp(x - max(x)) / sum(exp(x - max(x))) off the elements, so that it does not matter over
    how many operations it is spread, in which order a product is written, or which unit
    dimensions are reshaped away and back between. A row test `all(x == -inf)` that selects 0, as
    `scaled_dot_product_attention` decomposes, becomes `zero_masked_rows`; x - max(x) -
    log(sum(exp(x - max(x)))) becomes `logarithm`.

    A form without the maximum is left as it is: it overflows elsewhere.

    Example:
    ```mlir
    %max = linalg.reduce { arith.maximumf } ins(%x : tensor<4x8xf32>) outs(%lowest : tensor<4xf32>) dimensions = [1]
    %exp = linalg.generic ... // exp(x - max)
    %sum = linalg.reduce { arith.addf } ins(%exp : tensor<4x8xf32>) outs(%zero : tensor<4xf32>) dimensions = [1]
    %y = linalg.generic ... // exp / sum
    ```
    becomes
    ```mlir
    %y = tw.softmax dimension(1) ins(%x : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::tensor::TensorDialect"];
}

def RaiseLayerNorm : Pass<"tw-raise-layer-norm", "::mlir::func::FuncOp"> {
  let summary = "Recognise layer and RMS normalization: tw.layer_norm, tw.rms_norm";
  let description = [{
    Reads (x - mean(x)) * rsqrt(var(x) + epsilon) * gamma + beta off the elements, over the
    trailing dimensions, spread over any number of operations: gamma and beta are optional; the
    root may be `rsqrt`, `1 / sqrt`, a division or a power; the statistics may be computed in f64
    and rounded. Without the mean it is RMS normalization.

    Refused: a divisor that is not the row's length (an unbiased variance), an epsilon that is
    not constant, normalized dimensions that are not the trailing ones; the instance normalization
    of what a convolution computes or reads, but on a GPU. Its rows would keep the channels first,
    where convolutions want them last, and statistics of all channels at a time are as fast.

    Example:
    ```mlir
    %d = linalg.generic ... // x - sum(x) / 768
    %v = linalg.generic ... // sum(d * d) / 768 + 1.0e-5
    %n = linalg.generic ... // d * rsqrt(v)
    %g = linalg.generic ... // n * gamma
    %y = linalg.generic ... // g + beta
    ```
    becomes
    ```mlir
    %y = tw.layer_norm axis(1) epsilon(1.000000e-05) ins(%x : tensor<?x768xf32>)
           gamma(%gamma : tensor<768xf32>) beta(%beta : tensor<768xf32>)
           outs(%e : tensor<?x768xf32>) -> tensor<?x768xf32>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::tensor::TensorDialect"];
}

def RaiseGelu : Pass<"tw-raise-gelu", "::mlir::func::FuncOp"> {
  let summary = "Recognise GELU, by erf or tanh, and replace it by tw.gelu";
  let description = [{
    Reads 0.5 * x * (1 + erf(x / sqrt(2))) or 0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 *
    x^3))) as polynomials in x and in erf or tanh. So any order and factoring is accepted, in one
    body or over a chain of operations; constants must agree to a few units in the last place of
    the type.

    Example:
    ```mlir
    %0 = arith.divf %x, %sqrt_2 : f32
    %1 = math.erf %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.mulf %2, %half : f32
    %4 = arith.mulf %x, %3 : f32
    ```
    becomes
    ```mlir
    %4 = tw.gelu %x : f32
    ```
  }];
  let dependentDialects = ["::tw::TwDialect"];
}

def VerifyInput : Pass<"tw-verify-input", "::mlir::ModuleOp"> {
  let summary = "Check that a module has the form that the compiler takes, and list all that is not";
  let description = [{
    A module may hold functions of one block with operations of linalg, tensor, arith, math and
    tw, and `cf.assert`, on ranked tensors and scalars of f16, bf16, f32, f64, i1, i8, i16, i32,
    i64 and index. Everything else is listed: one error for each kind of complaint, at the first
    place, with the number of places and where the next few are.

    Example: from
    ```mlir
    func.func @main(%x: tensor<4xcomplex<f32>>) -> tensor<4xcomplex<f32>> {
      return %x : tensor<4xcomplex<f32>>
    }
    ```
    the error
    ```
    error: element type 'complex<f32>' is not supported; supported are f16, bf16, f32, f64, i1, i8, i16, i32, i64 and index
    ```
  }];
}

def RaiseAttention : Pass<"tw-raise-attention", "::mlir::func::FuncOp"> {
  let summary = "Recognise attention around a softmax and replace it by tw.attention";
  let description = [{
    Takes the product of a `tw.softmax` with values, and on its other side the scores: a product
    of queries and keys, scaled on either or on the scores, with masks that are added, one that is
    selected by a boolean, and hidden future. Reshapes that merge batch dimensions, transposes
    and scales between are looked through, so that Q, K and V are the tensors before them.

    The operation has one mask: several become their sum, with the fill of a boolean one where it
    hides, which has the dimensions that some of them has. Windows of images that are one batch, but
    for a mask of each window of an image, stay two dimensions.

    Three more things are taken in: heads of keys and values that are repeated (grouped-query
    attention), keys and values that are broadcast, and rows without a visible key that are set
    to 0 afterwards.

    Runs after `tw-raise-softmax`. Refused: weights that are used elsewhere, two boolean masks,
    one with a fill of more than -1e20 beside a sum, a scale that is not constant or follows the
    mask.

    Example:
    ```mlir
    %kt = linalg.transpose ins(%k : tensor<12x128x64xf32>) outs(%e0 : tensor<12x64x128xf32>) permutation = [0, 2, 1]
    %s = linalg.batch_matmul ins(%q, %kt : tensor<12x128x64xf32>, tensor<12x64x128xf32>) outs(%zeros : tensor<12x128x128xf32>) -> tensor<12x128x128xf32>
    %t = linalg.generic ... // s * 0.125
    %p = tw.softmax dimension(2) ins(%t : tensor<12x128x128xf32>) outs(%e1 : tensor<12x128x128xf32>) -> tensor<12x128x128xf32>
    %r = linalg.batch_matmul ins(%p, %v : tensor<12x128x128xf32>, tensor<12x128x64xf32>) outs(%zeros1 : tensor<12x128x64xf32>) -> tensor<12x128x64xf32>
    ```
    becomes
    ```mlir
    %r = tw.attention scale(1.250000e-01) ins(%q, %k, %v : tensor<12x128x64xf32>, tensor<12x128x64xf32>, tensor<12x128x64xf32>) outs(%e : tensor<12x128x64xf32>) -> tensor<12x128x64xf32>
    ```
  }];
  let dependentDialects = ["::tw::TwDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def VerifyGpuInput : Pass<"tw-verify-gpu-input", "::mlir::ModuleOp"> {
  let summary = "Refuse what the GPU target cannot compute yet";
  let description = [{
    Runs when idioms have been raised, so that complaints are in the words of the model, and names
    everything at once:

    - `tw.attention`, whose scores would need a matrix of memory in every thread;
    - functions on f64, which the CPU leaves to libm, remainders of floats and integer powers;
    - assertions in the body of an operation, since a kernel cannot report them (those on sizes
      are checked by the host);
    - `tensor` operations that read or build single elements on the host, and packed layouts.

    Example:
    ```mlir
    %r = tw.attention scale(1.250000e-01) ins(%q, %k, %v : ...) outs(%e : ...) -> tensor<?x12x128x64xf32>
    ```
    is refused:
    ```
    error: 'tw.attention' is not supported by target cuda yet; compile with target cpu
    ```
  }];
}

def RaiseRowWrites : Pass<"tw-raise-row-writes", "::mlir::func::FuncOp"> {
  let summary = "Write one row in place of selecting it among all";
  let description = [{
    PyTorch's `index_copy` and `index_put` with one place arrive as a selection over the whole
    tensor: the new row where the position along a dimension equals the place, the old value
    elsewhere. Here the row is inserted, which touches nothing else: the cost of a step does not
    depend on the size of the cache that it writes to, and bufferization does it in place. A place
    outside the dimension writes nothing, as before.

    Example:
    ```mlir
    %r = linalg.generic ins(%row, %place, %cache : tensor<1x8xf32>, tensor<i64>, tensor<64x8xf32>) {
      %i = linalg.index 0 : index
      %p = arith.index_cast %in_place : i64 to index
      %c = arith.cmpi eq, %i, %p : index
      %s = arith.select %c, %in_row, %in_cache : f32
    ```
    becomes
    ```mlir
    %c = ... // the place, clamped to the dimension, and whether it was inside
    %old = tensor.extract_slice %cache[%c, 0] [1, 8] [1, 1] : tensor<64x8xf32> to tensor<1x8xf32>
    %new = linalg.generic ins(%row) outs(%old) { arith.select %inside, %in_row, %in_old }
    %r = tensor.insert_slice %new into %cache[%c, 0] [1, 8] [1, 1] : tensor<1x8xf32> into tensor<64x8xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}
