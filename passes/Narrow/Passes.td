// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def NarrowContractions : Pass<"tw-narrow-contractions", "::mlir::func::FuncOp"> {
  let summary = "Multiply in bf16 what contractions of f32 multiply";
  let description = [{
    Both operands of every contraction, convolution and attention of f32 are rounded to bf16; the
    products are added up in f32, and the result stays f32. Norms, softmax and everything else are
    computed in f32 as before. It runs when a user asked for `precision = bf16`, never by itself.

    An operand is rounded before it is padded, reshaped or transposed, so that the rounding can
    become the epilogue of what computes it and only the narrow tensor is stored; before it is cut
    out as well, if all parts that are read are multiplied. To that end the
    other elementwise users and windows of a value that a contraction, a window or an elementwise
    operation has computed read the rounded one too, as they do under PyTorch's autocast; the
    result of a norm stays f32 for them.

    Rejected: rounding results as well, which is what autocast does and costs accuracy twice.

    Example:
    ```mlir
    %r = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x128xf32>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
    ```
    becomes
    ```mlir
    %x16 = linalg.generic ins(%x : tensor<?x64xf32>) outs(%e0 : tensor<?x64xbf16>) { arith.truncf }
    %w16 = linalg.generic ins(%w : tensor<64x128xf32>) outs(%e1 : tensor<64x128xbf16>) { arith.truncf }
    %r = linalg.generic ins(%x16, %w16 : tensor<?x64xbf16>, tensor<64x128xbf16>) outs(%i : tensor<?x128xf32>) { arith.extf, arith.extf, arith.mulf, arith.addf }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::tw::TwDialect"];
}

def ContractWords : Pass<"tw-contract-words", "::mlir::func::FuncOp"> {
  let summary = "Let contractions of bf16 sum over words of two numbers";
  let description = [{
    Processors multiply bf16 in pairs: one lane of 32 bits holds two factors that follow one
    another in the sum. A contraction or convolution of bf16 becomes one of words: half as many
    steps along one loop that is summed over, `tw.bf16_dot` in each. The operand that runs along
    the columns of the result gets its rows interleaved, two rows to a row of words, which for
    weights is work of @init; the other one is only seen differently (`tw.words`) where the loop is
    its last dimension. From here on words are elements like any other: packing, tiles and vectors
    know nothing of the pairs inside. An odd number of products, such as those of an image's three
    channels, gets one of zeros; zeros that surround the image anyway grow by them.

    Where fewer than 8 columns leave a vector mostly empty, both operands keep their words as the
    last dimension. Sums are f32; a contraction whose own result is bf16 is rounded once, at the
    end. It stays as it is where no loop of static size is summed over, and where no operand alone
    runs along the columns, as in a depthwise convolution; then the numbers are widened to f32 one
    by one.

    Example:
    ```mlir
    %r = linalg.matmul ins(%x, %w : tensor<?x64xbf16>, tensor<64x128xbf16>) outs(%i : tensor<?x128xf32>) -> tensor<?x128xf32>
    ```
    becomes
    ```mlir
    %a = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
    %b = linalg.generic ins(%even, %odd : tensor<32x128xbf16>, tensor<32x128xbf16>) outs(%e : tensor<32x128xi32>) { ... }
    %r = linalg.generic ins(%a, %b : tensor<?x32xi32>, tensor<32x128xi32>) outs(%i : tensor<?x128xf32>) { tw.bf16_dot }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect", "::tw::TwDialect"];
}

def MergeWindowWords : Pass<"tw-merge-window-words", "::mlir::func::FuncOp"> {
  let summary = "Let convolutions of few channels sum over all words of a line of their window";
  let description = [{
    With channels last, what a window reads of one line of the image lies in memory in one piece:
    the words of its pixels one behind the other. A product of tiles takes as long for 2 words as
    for 16, so where the words of one pixel do not fill a tile the loop over the pixels of that line
    and the one over their words become one. `tw.unfold` shows the image as the windows of each
    line, which overlap and are not copied; the filter only changes its shape. A stem of 7x7 pixels
    with 3 channels takes 7 products of 14 words instead of 49 of 2.

    It is for targets that multiply tiles. It refuses windows that are dilated, whose pixels do not
    follow one another, and lines of dynamic size.

    Rejected: copying windows into rows (im2col), which writes an image of 224 pixels twelve times
    over.

    Example, with `w * 2 + k` in the map of the image:
    ```mlir
    %r = linalg.generic ins(%x, %f : tensor<?x11x2xi32>, tensor<3x2x64xi32>) outs(%i : tensor<?x5x64xf32>) { tw.bf16_dot }
    ```
    becomes
    ```mlir
    %l = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x11x2xi32> into tensor<?x22xi32>
    %u = tw.unfold %l step(4) : tensor<?x22xi32> -> tensor<?x5x6xi32>
    %g = tensor.collapse_shape %f [[0, 1], [2]] : tensor<3x2x64xi32> into tensor<6x64xi32>
    %r = linalg.generic ins(%u, %g : tensor<?x5x6xi32>, tensor<6x64xi32>) outs(%i : tensor<?x5x64xf32>) { tw.bf16_dot }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::tw::TwDialect"];
}
