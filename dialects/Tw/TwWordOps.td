// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Narrow numbers in 32-bit words, which is how processors multiply them: several products and
// their sum in one lane of 32 bits.
#ifndef TILEWRIGHT_DIALECTS_TW_TWWORDOPS_TD
#define TILEWRIGHT_DIALECTS_TW_TWWORDOPS_TD

include "dialects/Tw/TwDialect.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"

def Tw_WordsOp : Op<TwDialect, "words", [
    Pure, ViewLikeOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
      ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues", "getBufferType",
       "bufferize"]>]> {
  let summary = "A tensor of bf16 seen as one of words of two";
  let description = [{
    Element 2i of the last dimension is the lower half of word i, element 2i + 1 the upper one, as
    they lie in memory of a little-endian machine. The last dimension must have an even static
    size: only then does every row begin with a word. It moves no data, but for a source whose rows
    do not follow one another, which is copied.

    Example:
    ```mlir
    %w = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[RankedTensorOf<[BF16]>, MemRefOf<[BF16]>]>:$source);
  let results = (outs AnyTypeOf<[RankedTensorOf<[I32]>, MemRefOf<[I32]>]>:$result);
  let builders = [OpBuilder<(ins "::mlir::Value":$source)>];
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// The shape of the words of a tensor of that shape.
    static ::llvm::SmallVector<int64_t> getWordShape(::llvm::ArrayRef<int64_t> shape);
    ::mlir::Value getViewSource() { return getSource(); }
  }];
}

def Tw_Bf16DotOp : Op<TwDialect, "bf16_dot", [Pure, AllTypesMatch<["accumulator", "result"]>,
                                              AllTypesMatch<["lhs", "rhs"]>]
                                             # ElementwiseMappable.traits> {
  let summary = "Adds the products of the bf16 of two words to an f32";
  let description = [{
    `accumulator + lhs[0] * rhs[0] + lhs[1] * rhs[1]` in f32, where `[0]` and `[1]` are the lower
    and the upper half of a word. In which order the three are added, how often the sum is rounded,
    and whether numbers below the normal range of f32 count as zero is the processor's choice.

    Example:
    ```mlir
    %c1 = tw.bf16_dot %a, %b, %c0 : i32, f32
    %v1 = tw.bf16_dot %x, %y, %v0 : vector<16xi32>, vector<16xf32>
    ```
  }];
  let arguments = (ins SignlessIntegerLike:$lhs, SignlessIntegerLike:$rhs,
                       FloatLike:$accumulator);
  let results = (outs FloatLike:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $accumulator attr-dict `:` type($lhs) `,` type($result)
  }];
  let hasVerifier = 1;
}

def Tw_TileDotOp : Op<TwDialect, "tile_dot", [Pure, AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "Adds the product of two tiles of words of two bf16 to a tile of f32";
  let description = [{
    `accumulator[i][j] + sum over k of lhs[i][k] . rhs[k][j]` in f32, where `.` is the sum of the
    products of the bf16 of two words, as in tw.bf16_dot: what a matrix unit does in one
    instruction. None of the sizes is above 16, which is what a tile register of AMX holds. In which
    order the products are added, and how often the sum is rounded, is the processor's choice.

    Example:
    ```mlir
    %c1 = tw.tile_dot %a, %b, %c0 : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
    ```
  }];
  let arguments = (ins VectorOfRankAndType<[2], [I32]>:$lhs, VectorOfRankAndType<[2], [I32]>:$rhs,
                       VectorOfRankAndType<[2], [F32]>:$accumulator);
  let results = (outs VectorOfRankAndType<[2], [F32]>:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $accumulator attr-dict `:` type($lhs) `,` type($rhs) `,` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Rows, columns and words of a row of a whole tile.
    static constexpr int64_t kSize = 16;
  }];
}

#endif // TILEWRIGHT_DIALECTS_TW_TWWORDOPS_TD
