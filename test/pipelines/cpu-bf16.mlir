// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=vdpbf16ps stop-after=graph" | FileCheck %s --check-prefix=GRAPH
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=vdpbf16ps stop-after=vectorize" | FileCheck %s --check-prefix=VECTOR
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=vdpbf16ps" | FileCheck %s --check-prefix=DOT
// RUN: tw-opt %s -tw-compile="precision=bf16 bf16-dot=fma" | FileCheck %s --check-prefix=FMA
// RUN: tw-opt %s -tw-compile="precision=f32 bf16-dot=vdpbf16ps" | FileCheck %s --check-prefix=F32

// A linear layer that multiplies bf16.

// Weights are rounded and packed as words at load; @main rounds the activation, sees it as words,
// and adds the bias in f32.
// GRAPH-LABEL: func.func @main(
// GRAPH-SAME:    %[[W:[^:]+]]: tensor<6x128x32xi32> {tw.prepared
// GRAPH-NOT:   arith.shli
// GRAPH:       arith.truncf %{{.*}} : f32 to bf16
// GRAPH-NOT:   arith.truncf
// GRAPH-NOT:   arith.shli
// GRAPH:       %[[X:.+]] = tw.words %{{.*}} : tensor<64x256xbf16> -> tensor<64x128xi32>
// GRAPH:       %[[U:.+]] = linalg.unpack %[[W]]
// GRAPH:       linalg.generic {{.*}} ins(%[[X]], %[[U]] : tensor<64x128xi32>, tensor<128x192xi32>)
// GRAPH:         tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : i32, f32
// GRAPH:         arith.addf %{{.*}}, %{{.*}} : f32
// GRAPH-LABEL: func.func @init(
// GRAPH-SAME:    tensor<192x256xf32> {tw.weight = "w"}) -> tensor<6x128x32xi32>
// GRAPH:       arith.truncf %{{.*}} : f32 to bf16
// GRAPH:       arith.shli

// One loop over words, its accumulators in registers. The activation is viewed, not copied.
// VECTOR-LABEL: func.func @main(
// VECTOR:      %[[X:.+]] = tw.words
// VECTOR:      scf.forall
// VECTOR:        scf.for %{{.*}} = %c0 to %c128 step %c1 iter_args({{.*}}) -> (vector<32xf32>, {{.*}}vector<32xf32>)
// VECTOR-NOT:    linalg.
// VECTOR-NOT:    vector.transfer_write
// VECTOR:        tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<32xi32>, vector<32xf32>
// VECTOR-NOT:    vector.transfer_write
// VECTOR:        scf.yield
// VECTOR:        arith.addf %{{.*}} : vector<32xf32>
// VECTOR:        vector.transfer_write
// VECTOR:      scf.forall.in_parallel
// VECTOR-LABEL: func.func @init(

// One instruction for 32 products; none of what multiplies f32.
// DOT-NOT:     llvm.intr.fma
// DOT:         llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%{{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// DOT-NOT:     llvm.intr.fma

// Without it, the halves of the words are multiplied in f32.
// FMA-NOT:     dpbf16ps
// FMA:         llvm.shl %{{.*}} : vector<{{[0-9]+}}xi32>
// FMA:         llvm.intr.fma
// FMA:         llvm.and %{{.*}} : vector<{{[0-9]+}}xi32>
// FMA:         llvm.intr.fma
// FMA-NOT:     dpbf16ps

// Nothing is rounded unless it is asked for.
// F32:         bf16_dot = "vdpbf16ps"
// F32-NOT:     bf16
// F32:         llvm.intr.fma
// F32-NOT:     bf16

#rows = affine_map<(d0, d1) -> (d0, d1)>
#bias = affine_map<(d0, d1) -> (d1)>
func.func @main(%w: tensor<192x256xf32> {tw.weight = "w"}, %b: tensor<192xf32> {tw.weight = "b"},
    %x: tensor<64x256xf32> {tw.input = "x"}) -> tensor<64x192xf32> {
  %zero = arith.constant 0.0 : f32
  %te = tensor.empty() : tensor<256x192xf32>
  %t = linalg.transpose ins(%w : tensor<192x256xf32>) outs(%te : tensor<256x192xf32>) permutation = [1, 0]
  %o = tensor.empty() : tensor<64x192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x192xf32>) -> tensor<64x192xf32>
  %m = linalg.matmul ins(%x, %t : tensor<64x256xf32>, tensor<256x192xf32>) outs(%f : tensor<64x192xf32>) -> tensor<64x192xf32>
  %r = linalg.generic {indexing_maps = [#rows, #bias, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%m, %b : tensor<64x192xf32>, tensor<192xf32>) outs(%o : tensor<64x192xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %s = arith.addf %in, %c : f32
    linalg.yield %s : f32
  } -> tensor<64x192xf32>
  return %r : tensor<64x192xf32>
}
