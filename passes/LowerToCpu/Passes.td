// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def LowerVectorMath : Pass<"tw-lower-vector-math"> {
  let summary = "Compute math functions by polynomials instead of calls of libm";
  let description = [{
    LLVM has no vector form of the functions of `math`: it calls libm once for each lane. This pass
    computes them in `arith` and `math.fma` instead, on scalars and vectors of any rank and size:
    the same bits on every target that has fused multiply-add. (On one that has not, such as x86
    before Haswell, LLVM calls `fmaf`.) It is the same IR too, but where the target has `scalef`: its
    instruction takes the place of the arithmetic on exponents that multiplies by a power of two.

    Largest error in units of the last place of f32, over 860 million numbers of all exponents
    (functions of two: over millions of pairs). Zeros keep their signs; infinities, NaNs and
    subnormal numbers give what C asks for.

    | function | ulp | function | ulp | function | ulp |
    |---|---|---|---|---|---|
    | exp | 0.89 | erf | 3.2 | sinh | 2.3 |
    | exp2 | 0.87 | erfc | 5.4 | cosh | 1.4 |
    | expm1 | 1.6 (subnormal 2) | tanh | 2.5 | asinh | 1.9 |
    | log | 0.93 | sin, cos | 1.7 | acosh | 2.0 |
    | log2 | 1.5 | tan | 3.6 | atanh | 2.2 |
    | log10 | 1.4 | atan | 2.0 | asin | 2.4 |
    | log1p | 1.6 | atan2 | 2.0 | acos | 1.2 |
    | powf, fpowi, cbrt | 0.95 | rsqrt | 1.5 | tw.gelu | 5.1 |

    - `math.exp` with `afn` is 0 below 2^-100: what comes to nothing beside a 1, as in attention, is
      then not subnormal, nor are its products, for which Intel's processors take 150 cycles each.
    - `arith.remf` is exact, as C's fmod. Quotients up to 2^28 take one division of f64; where a lane's
      is larger, a branch takes nine more.
    - `tw.gelu` is as exact in the left tail, where `1 + erf` would cancel. Its tanh form is within
      3 ulp for |x| < 1; by rounding the argument of tanh it loses more in the left tail: 30 ulp at
      -5 and 175 at -10, where it is 1e-37.
    - sin, cos and tan reduce arguments up to 2^20 in registers; where a lane is larger, a branch
      computes the reduction of Payne and Hanek, so every argument gets its angle. Hence this pass
      belongs before `convert-scf-to-cf`.
    - Narrower types (f16, bf16) are computed in f32.
    - f64 is left to libm, which is exact to the last digit; vectors get a remark. Only what needs no
      function (rsqrt, the formula of GELU) is expanded.
    - Constant powers from -2 to 4 become products (within 3 ulp) and `x^0.5` a square root, which
      differs from powf for -0 and -inf only.
    - `arith.maximumf` and `arith.minimumf` keep NaN, and of zeros give either.
    - `sqrt`, `floor`, `ceil`, `round`, `roundeven`, `trunc`, `absf` and `copysign` stay: LLVM has
      instructions for them.

    Example:
    ```mlir
    %y = tw.gelu %x : vector<16xf32>
    ```
    becomes about thirty operations of the forms
    ```mlir
    %a = math.absf %x : vector<16xf32>
    %p = math.fma %c4, %a, %c3 : vector<16xf32>
    %r = arith.divf %p, %q : vector<16xf32>
    %s = arith.shli %n, %c23 : vector<16xi32>
    %e = arith.bitcast %s : vector<16xi32> to vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def StoreBooleansAsBytes : Pass<"tw-store-booleans-as-bytes", "::mlir::ModuleOp"> {
  let summary = "Give every boolean in memory a byte of i8";
  let description = [{
    Hosts keep a boolean in a byte, and MLIR can lower neither `memref.load` nor `memref.store` of
    i1; a vector of i1 would even lie in memory as packed bits. This pass makes i8 of the element
    type of all memory of i1: arguments, allocations, views, constants and what control flow hands
    on, strides and offsets kept. Stored booleans are extended to 0 or 1. Loaded bytes are compared
    with 0, so any byte but 0 is true: NumPy and PyTorch write only 0 and 1, but a C++ host may
    well have masks of 255, and on vectors the comparison costs less than to cut off the low bit.
    Named linalg operations but fills and copies become `linalg.generic`.

    Runs after bufferization. Nothing is changed if some operation on memory of i1 has no form on
    bytes; each such operation is an error.

    Example:
    ```mlir
    %m = memref.load %mask[%i] : memref<?xi1>
    vector.store %v, %out[%i] : memref<?xi1>, vector<16xi1>
    ```
    becomes
    ```mlir
    %b = memref.load %mask[%i] : memref<?xi8>
    %m = arith.cmpi ne, %b, %zero : i8
    %w = arith.extui %v : vector<16xi1> to vector<16xi8>
    vector.store %w, %out[%i] : memref<?xi8>, vector<16xi8>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::ub::UBDialect"];
}

def LowerCopiesAndFills : Pass<"tw-lower-copies-and-fills", "::mlir::func::FuncOp"> {
  let summary = "Move and set memory by vectors, on all threads where it is large";
  let description = [{
    `memref.copy`, `linalg.copy` and `linalg.fill` on buffers become loops; upstream would call a
    function of MLIR's runtime that moves one element at a time.

    - A copy of a view onto itself goes away.
    - Dimensions that are contiguous on both sides become one, and of the last dimension vectors of
      the target are moved. What is left of a row of static size is one more vector that overlaps
      the one before it (or a few short ones); of a dynamic size, single elements.
    - Where the last dimension has a stride, elements are moved one by one.
    - 256 KiB or more outside a parallel loop become a parallel loop over rows, or pieces of 16 KiB
      of long ones. With dynamic sizes a branch asks for their product.

    Copies and fills that convert elements stay for the lowering of linalg. Runs after
    bufferization, after tw-store-booleans-as-bytes and before tw-outline-parallel.

    Example:
    ```mlir
    linalg.fill ins(%zero : f32) outs(%a : memref<2x3x16xf32>)
    ```
    becomes, for vectors of 512 bits,
    ```mlir
    %flat = memref.collapse_shape %a [[0, 1, 2]] : memref<2x3x16xf32> into memref<96xf32>
    scf.for %i = %c0 to %c96 step %c16 {
      %v = vector.broadcast %zero : f32 to vector<16xf32>
      vector.store %v, %flat[%i] : memref<96xf32>, vector<16xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def LowerTiles : Pass<"tw-lower-tiles", "::mlir::func::FuncOp"> {
  let summary = "Keep tiles in the registers of AMX";
  let description = [{
    Vectors of 16x16 that tw.tile_dot multiplies become values of the amx dialect, loop-carried ones
    too. Every tile has 16 rows of 64 bytes: LLVM gives a tile register one shape in a function, and
    the function one configuration. A read that reaches beyond its memory is put together on the
    stack, with zeros; rows of a result are read back from the stack, where the tile is stored once.

    With `emulate`, tiles are memory, and products are made of `tw.bf16_dot`: slow, but any
    processor runs it, so that tests can check code for AMX without having it.

    Runs on memory, where loops over tasks are functions already, and before `tw-lower-dots` and
    `tw-lower-vectors`. A function without tw.tile_dot stays as it is. Other operations on tiles
    than transfer reads of words, constants of zeros, rows by constant index and loops are an error.

    Example:
    ```mlir
    %a = vector.transfer_read %m[%i, %k], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
    %c1 = tw.tile_dot %a, %b, %c0 : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
    ```
    becomes
    ```mlir
    %a = amx.tile_load %m[%i, %k], %c64 : memref<64x64xi32> into !amx.tile<16x32xbf16>
    %c1 = amx.tile_mulf %a, %b, %c0 : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
    ```
  }];
  let options = [Option<"emulate", "emulate", "bool", "false", "tiles in memory instead, for any processor">];
  let dependentDialects = ["::mlir::amx::AMXDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerDots : Pass<"tw-lower-dots"> {
  let summary = "Turn products of words into instructions of the target";
  let description = [{
    What `bf16_dot` of the target says: `vdpbf16ps`, the instruction of AVX512-BF16, for vectors,
    or else two multiply-adds in f32 of the halves of the words, which every processor has. `amx`
    means the latter too: what is left by tw-lower-tiles has too few rows, and on processors with
    AMX vdpbf16ps has half the rate of the multiply-adds. The instruction has at least 4 lanes;
    where there are fewer, nobody reads the others.

    Example, for `fma`:
    ```mlir
    %c1 = tw.bf16_dot %a, %b, %c0 : vector<16xi32>, vector<16xf32>
    ```
    becomes
    ```mlir
    %al = arith.shli %a, %sixteen : vector<16xi32>
    %bl = arith.shli %b, %sixteen : vector<16xi32>
    %c = math.fma %al_as_f32, %bl_as_f32, %c0 : vector<16xf32>
    %ah = arith.andi %a, %upper : vector<16xi32>
    %bh = arith.andi %b, %upper : vector<16xi32>
    %c1 = math.fma %ah_as_f32, %bh_as_f32, %c : vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::ub::UBDialect",
                           "::mlir::vector::VectorDialect"];
}

def PrefetchPanels : Pass<"tw-prefetch-panels", "::mlir::func::FuncOp"> {
  let summary = "Fetch the weights of the next task while a task computes";
  let description = [{
    A task of a contraction reads one panel of packed weights once for each of its row tiles: the
    first time from memory, then from the second-level cache. The weights of a model do not fit in
    the caches, so the first row tile waits for them. The panel of the next task follows in memory;
    with each vector that is read of a panel, a part of a line of the next one is fetched into the
    second-level cache, so that the transfer is spread over all row tiles.

    A panel that is read by one row tile, or that does not stay in the second-level cache (three
    quarters of it) from one row tile to the next, is fetched 8 KiB ahead of what is read of it,
    into the first-level cache, where each of its vectors is multiplied with 5 rows or more: with so
    much work between two loads the processor does not look far enough ahead by itself. A tensor of
    panels that fits in the second-level cache is not fetched.

    Where tw-block-sums has cut the panel into blocks, which all row tiles walk before the next, the
    block that follows in memory is fetched instead of the next panel.

    Panels of less than 8 KiB and those that are read by fewer row tiles than a vector has lines
    stay as they are. Where the number of row tiles is not known, as many of the first eight fetch
    as there can be.

    Example: 16 row tiles of 8 rows.
    ```mlir
    scf.forall (%n) = (0) to (96) step (1) {
      %p = memref.subview %w[%n, 0, 0] [1, 384, 32] [1, 1, 1] : ...
      scf.for %i = %c0 to %c128 step %c8 {
        %r = scf.for %k = %c0 to %c384 step %c1 iter_args(%acc = %zero) -> (vector<32xf32>) {
          memref.prefetch %flat[%next], read, locality<2>, data : memref<1179648xf32>
          %v = vector.transfer_read %p[%k, %c0], %pad : ...
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def PrefetchRows : Pass<"tw-prefetch-rows", "::mlir::func::FuncOp"> {
  let summary = "Fetch the rows of the next task while a task computes";
  let description = [{
    A task of a softmax or of a normalization walks its rows several times: the first time from
    memory, then from the first-level cache. While it computes on them nothing is fetched, since
    the processor looks ahead only as far as the next page. The rows of the next task follow in
    memory; with the vectors that each walk reads, its share of them is fetched into the second-level
    cache, so that the transfer is spread over all walks.

    Rows that are read in a single loop stay as they are, since the processor sees a stream, and so
    do those of tensors no larger than the second-level cache, and tasks whose rows take more than a
    quarter of it.

    Example:
    ```mlir
    scf.forall (%n) = (0) to (6144) step (4) {
      %rows = memref.subview %x[%n, 0] [4, 1024] [1, 1] : ...
      %max = scf.for %i = %c0 to %c1024 step %c16 iter_args(%acc = %lowest) -> (vector<16xf32>) {
        memref.prefetch %x[%next, %i], read, locality<2>, data : memref<6144x1024xf32>
        %v = vector.transfer_read %rows[%c0, %i], %pad : ...
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def LowerVectors : Pass<"tw-lower-vectors"> {
  let summary = "Turn vector transfers into loads and stores";
  let description = [{
    Transfers in bounds whose last dimension is contiguous become `vector.load` and
    `vector.store`; transfers of several dimensions and operations without an LLVM counterpart
    (`vector.step`, transposes, multi-dimensional broadcasts, reductions, slices and elements) are
    first unrolled to rows. A transfer that may reach beyond its buffer becomes a masked one. A read
    of every second, third or fourth element loads all of them, and shuffles.

    Example:
    ```mlir
    %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<64xf32>, vector<16xf32>
    ```
    becomes
    ```mlir
    %v = vector.load %m[%i] : memref<64xf32>, vector<16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect",
                           "::mlir::vector::VectorDialect"];
}
