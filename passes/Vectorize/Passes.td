// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def VectorizeTiles : Pass<"tw-vectorize-tiles", "::mlir::func::FuncOp"> {
  let summary = "Turn structured operations on register tiles into vector code";
  let description = [{
    Every linalg operation whose parallel loops are static (a register tile) becomes straight
    vector code over the points of the tile, with its reduction loops as `scf.for` whose
    iteration arguments are the accumulators. So accumulators live in registers over all
    reduction loops by construction, and a value that a later operation of the same tile reads
    is passed on as a vector and not through memory.

    Lanes run along the dimension that the inputs are contiguous in: the innermost one of the
    result, or a reduction loop, whose lanes are then partial results. A body operation without
    a vector form is computed lane by lane. Multiplication and addition of a contraction
    are fused (`math.fma`), as the libraries behind PyTorch do. Sums of more than 256 products (64
    vectors in a row reduction) are cut into blocks, because the rounding error of a sum grows with
    the length of its chain.

    On a target that multiplies words in tiles (AMX), a contraction whose body is `tw.bf16_dot` goes
    over 16 words at a time, and its accumulators are tiles of 16 rows and 16 columns that
    `tw.tile_dot` adds to. Where rows, columns or words do not fill a tile, it reads zeros.

    An operation with a dynamic parallel loop stays, with a remark: it is lowered to scalar
    loops later.

    Example:
    ```mlir
    %r = linalg.matmul ins(%a, %b : tensor<2x64xf32>, tensor<64x16xf32>) outs(%c : tensor<2x16xf32>) -> tensor<2x16xf32>
    ```
    becomes
    ```mlir
    %acc:2 = scf.for %k = %c0 to %c64 step %c1 iter_args(%x = %c_row0, %y = %c_row1) -> (vector<16xf32>, vector<16xf32>) {
      %b_row = vector.transfer_read %b[%k, %c0], %pad {in_bounds = [true]} : tensor<64x16xf32>, vector<16xf32>
      %a0 = tensor.extract %a[%c0, %k] : tensor<2x64xf32>
      %v0 = vector.broadcast %a0 : f32 to vector<16xf32>
      %f0 = math.fma %v0, %b_row, %x : vector<16xf32>
      %a1 = tensor.extract %a[%c1, %k] : tensor<2x64xf32>
      %v1 = vector.broadcast %a1 : f32 to vector<16xf32>
      %f1 = math.fma %v1, %b_row, %y : vector<16xf32>
      scf.yield %f0, %f1 : vector<16xf32>, vector<16xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"];
}
