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

    Columns are cut into vectors of a power of two: 31 are 16, 8, 4, 2 and 1. Where they come from
    the last panel of packed weights, which has elements behind them, sums are of whole vectors, and
    only the result is cut.

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

def HoistInvariants : Pass<"tw-hoist-invariants", "::mlir::func::FuncOp"> {
  let summary = "Move what is the same in all iterations out of loops that run at least once";
  let description = [{
    Reads of tensors move like arithmetic: the mean of a row is read before the loop over its
    columns. Once tensors are memory, LLVM may not do that, since what the loop writes might be
    what it reads.

    Upstream's `loop-invariant-code-motion` does the same to all loops. A loop over a dynamic size
    may run no iteration, because a tensor is empty, and then a read before it would be one beyond
    the tensor's memory.

    Example:
    ```mlir
    %r = scf.for %j = %c0 to %c1024 step %c16 iter_args(%t = %out) -> (tensor<4x1024xf32>) {
      %mean = tensor.extract %means[%i] : tensor<4xf32>
    ```
    becomes
    ```mlir
    %mean = tensor.extract %means[%i] : tensor<4xf32>
    %r = scf.for %j = %c0 to %c1024 step %c16 iter_args(%t = %out) -> (tensor<4x1024xf32>) {
    ```
  }];
}

def FoldAddends : Pass<"tw-fold-addends", "::mlir::func::FuncOp"> {
  let summary = "Begin sums with what is added to them";
  let description = [{
    A contraction begins its sums with zero, and its epilogue adds the bias, or what skipped a
    layer. Where the addend is read from memory and at most 32 steps follow, the sums begin with it
    instead: an addition less for each vector of the result, which shows in depthwise convolutions
    and in those of one pixel and few channels. In a longer or dynamic sum each step would round to
    the places of an addend that may be large.

    Partial sums that are kept apart for the sake of their rounding errors stay so: what the loop
    around carries is no such addend. Neither is what has to be computed first, or is added to
    something else than a mere sum.

    Example:
    ```mlir
    %sum = scf.for %k = %c0 to %c9 step %c1 iter_args(%s = %zero) -> (vector<16xf32>) {
      %next = math.fma %x, %w, %s : vector<16xf32>
      scf.yield %next : vector<16xf32>
    }
    %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
    %r = arith.addf %sum, %bias : vector<16xf32>
    ```
    becomes
    ```mlir
    %bias = vector.transfer_read %b[%c0], %pad {in_bounds = [true]} : tensor<16xf32>, vector<16xf32>
    %r = scf.for %k = %c0 to %c9 step %c1 iter_args(%s = %bias) -> (vector<16xf32>) {
      %next = math.fma %x, %w, %s : vector<16xf32>
      scf.yield %next : vector<16xf32>
    }
    ```
  }];
}

def DeinterleaveSums : Pass<"tw-deinterleave-sums", "::mlir::func::FuncOp"> {
  let summary = "Carry the even and the odd lanes of sums of widened bf16 apart";
  let description = [{
    A vector of bf16 is widened by spreading its numbers over two registers, which takes a shuffle
    and a shift for each. Seen as words of two numbers it needs no shuffle: the odd ones are where
    those of an f32 are, and the even ones a shift away from there. So a loop that carries vectors
    of f32 computed lane by lane from widened bf16, such as the sums of a depthwise convolution or
    the maxima of a pooling, carries their even and their odd lanes instead. They are interleaved
    where the outermost loop ends.

    Vectors whose halves do not fill registers of the target stay whole, and so does what is not
    computed lane by lane. It is the same arithmetic on each lane.

    Example:
    ```mlir
    %r = scf.for %i = %c0 to %c9 step %c1 iter_args(%sum = %zero) -> (vector<32xf32>) {
      %v = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x32xbf16>, vector<32xbf16>
      %wide = arith.extf %v : vector<32xbf16> to vector<32xf32>
      %next = arith.addf %sum, %wide : vector<32xf32>
      scf.yield %next : vector<32xf32>
    }
    ```
    becomes
    ```mlir
    %evens, %odds = scf.for %i = %c0 to %c9 step %c1 iter_args(%even = %zeros, %odd = %zeros) -> (vector<16xf32>, vector<16xf32>) {
      %v = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x32xbf16>, vector<32xbf16>
      %words = vector.bitcast %v : vector<32xbf16> to vector<16xi32>
      %low = arith.shli %words, %sixteen : vector<16xi32>
      %high = arith.andi %words, %upper : vector<16xi32>
      %low_wide = arith.bitcast %low : vector<16xi32> to vector<16xf32>
      %high_wide = arith.bitcast %high : vector<16xi32> to vector<16xf32>
      %next_even = arith.addf %even, %low_wide : vector<16xf32>
      %next_odd = arith.addf %odd, %high_wide : vector<16xf32>
      scf.yield %next_even, %next_odd : vector<16xf32>, vector<16xf32>
    }
    %r = vector.interleave %evens, %odds : vector<16xf32> -> vector<32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def SinkToWrites : Pass<"tw-sink-to-writes", "::mlir::func::FuncOp"> {
  let summary = "Compute each vector of a register tile right before it is written";
  let description = [{
    `tw-vectorize-tiles` computes operation by operation: all rows of a tile are there before the
    first is written, and a tile of AMX, whose rows come back through memory, has twice as many
    rows as there are vector registers. LLVM leaves loads and stores in that order, since it
    cannot tell that they concern different memory. Here, on tensors, it is known: what only one
    write needs moves down to it.

    What earlier operations need stays, and so do reads of the tensor that is written to: after
    the first write they would ask for a copy of it.

    Example:
    ```mlir
    %row0 = vector.extract %tile[0] : vector<16xf32> from vector<16x16xf32>
    %row1 = vector.extract %tile[1] : vector<16xf32> from vector<16x16xf32>
    %sum0 = arith.addf %row0, %bias : vector<16xf32>
    %sum1 = arith.addf %row1, %bias : vector<16xf32>
    %w0 = vector.transfer_write %sum0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<16x16xf32>
    %w1 = vector.transfer_write %sum1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<16x16xf32>
    ```
    becomes
    ```mlir
    %row0 = vector.extract %tile[0] : vector<16xf32> from vector<16x16xf32>
    %sum0 = arith.addf %row0, %bias : vector<16xf32>
    %w0 = vector.transfer_write %sum0, %out[%c0, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<16x16xf32>
    %row1 = vector.extract %tile[1] : vector<16xf32> from vector<16x16xf32>
    %sum1 = arith.addf %row1, %bias : vector<16xf32>
    %w1 = vector.transfer_write %sum1, %w0[%c1, %c0] {in_bounds = [true]} : vector<16xf32>, tensor<16x16xf32>
    ```
  }];
}

def UnrollWindows : Pass<"tw-unroll-windows", "::mlir::func::FuncOp"> {
  let summary = "Load and widen the pixels that neighbouring windows share once";
  let description = [{
    In a depthwise convolution each pixel is read by as many results of a register tile as windows
    are wide. Of f32 a multiply-add reads it from memory as it is; bf16 and f16 are widened first,
    which takes as long as the multiply-add. So the loop over the pixels of a line of the window
    goes, its iterations stand one behind the other, and what several read is read and widened once.

    Only loops of up to 8 iterations go, of which one reads 16-bit floats that a later one reads
    again; a convolution whose windows do not overlap keeps its loop.

    Example, two results with windows of three pixels, of which this is the middle one:
    ```mlir
    %r:2 = scf.for %k = %c0 to %c3 step %c1 iter_args(%a0 = %z, %a1 = %z) -> (vector<16xf32>, vector<16xf32>) {
      %w = vector.transfer_read %f[%k, %c0], %p : tensor<3x16xf32>, vector<16xf32>
      %x0 = vector.transfer_read %x[%k, %c0], %q : tensor<4x16xbf16>, vector<16xbf16>
      %k1 = affine.apply affine_map<(d0) -> (d0 + 1)>(%k)
      %x1 = vector.transfer_read %x[%k1, %c0], %q : tensor<4x16xbf16>, vector<16xbf16>
      %y0 = arith.extf %x0 : vector<16xbf16> to vector<16xf32>
      %y1 = arith.extf %x1 : vector<16xbf16> to vector<16xf32>
      %b0 = math.fma %y0, %w, %a0 : vector<16xf32>
      %b1 = math.fma %y1, %w, %a1 : vector<16xf32>
      scf.yield %b0, %b1 : vector<16xf32>, vector<16xf32>
    }
    ```
    becomes three times this, where `%y1` is that of the one before:
    ```mlir
    %w1 = vector.transfer_read %f[%c1, %c0], %p : tensor<3x16xf32>, vector<16xf32>
    %x2 = vector.transfer_read %x[%c2, %c0], %q : tensor<4x16xbf16>, vector<16xbf16>
    %y2 = arith.extf %x2 : vector<16xbf16> to vector<16xf32>
    %c0 = math.fma %y1, %w1, %b0 : vector<16xf32>
    %c1 = math.fma %y2, %w1, %b1 : vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect"];
}

def BlockSums : Pass<"tw-block-sums", "::mlir::func::FuncOp"> {
  let summary = "Cut long sums in tiles into blocks whose panel stays in the first-level cache";
  let description = [{
    The row tiles of a task read the same panel of the right operand. Where it is longer than the
    first-level cache, each of them reads it from the second-level cache again, and tiles of AMX
    multiply faster than that delivers both operands. So the sum is cut into blocks, whose part of
    the panel takes a third of the first-level cache: all row tiles do one block before the next,
    and their sums wait in memory, where a tile is written and read as a whole. The order of the
    products is the same, and so is the result.

    The loop over rows becomes three: over the first block; over those between, in a loop over
    them; and the one that was there, with the last block and what becomes of the sums.
    tw-prefetch-panels then fetches the next block instead of the next panel.

    Sums stay as they are where the panel fits, where there is one row tile, and where rows of the
    left operand are a page or more apart: then a block of 32 rows is on as many pages, and looking
    up their addresses takes as long as what is saved. So do sums in vectors, whose arithmetic
    takes longer than the reading.

    Example, with a panel of 640 words; the two reads and the product are a loop of 16 words a step:
    ```mlir
    %r = scf.for %i = %c0 to %c64 step %c32 iter_args(%t = %out) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 640] [1, 1] : tensor<64x640xi32> to tensor<16x640xi32>
      %sum = scf.for %k = %c0 to %c640 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
    ```
    becomes, here without the loop over the blocks between
    ```mlir
    %sums = tensor.empty() : tensor<2x1x16x16xf32>
    %first = scf.for %i = %c0 to %c64 step %c32 iter_args(%t = %sums) -> (tensor<2x1x16x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 640] [1, 1] : tensor<64x640xi32> to tensor<16x640xi32>
      %sum = scf.for %k = %c0 to %c224 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
      ...
      %w = vector.transfer_write %sum, %t[%tile, %c0, %c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<2x1x16x16xf32>
    }
    %r = scf.for %i = %c0 to %c64 step %c32 iter_args(%t = %out) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 640] [1, 1] : tensor<64x640xi32> to tensor<16x640xi32>
      %begin = vector.transfer_read %between[%tile, %c0, %c0, %c0], %p {in_bounds = [true, true]} : tensor<2x1x16x16xf32>, vector<16x16xf32>
      %sum = scf.for %k = %c448 to %c640 step %c16 iter_args(%s = %begin) -> (vector<16x16xf32>) {
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::vector::VectorDialect"];
}
