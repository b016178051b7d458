// RUN: tw-opt %s -tw-compile="target=cuda stop-after=graph" | FileCheck %s --check-prefix=GRAPH
// RUN: tw-opt %s -tw-compile="target=cuda stop-after=schedule" | FileCheck %s --check-prefix=SCHEDULE
// RUN: tw-opt %s -tw-compile="target=cuda stop-after=tile" | FileCheck %s --check-prefix=TILE
// RUN: tw-opt %s -tw-compile="target=cuda stop-after=bufferize" | FileCheck %s --check-prefix=BUFFERIZE
// RUN: tw-opt %s -tw-compile="target=cuda stop-after=lower-gpu" | FileCheck %s --check-prefix=GPU
// RUN: tw-opt %s -tw-compile="target=cuda chip=sm_90" | FileCheck %s --check-prefix=NVVM
// RUN: tw-opt %s -tw-compile="target=cuda stop-after=bufferize" | tw-opt -tw-phase-lower-gpu="target=cuda" -tw-phase-lower-nvvm="target=cuda chip=sm_90" | FileCheck %s --check-prefix=NVVM

// What each phase of the GPU target promises, on a linear layer with a softmax, for any number of
// rows.

// The transpose of the weight is constant work. The softmax takes no producer with it: a thread
// would have to keep a row of it.
// GRAPH: #tw.target<kind = "cuda", vector_bits = 32
// GRAPH-LABEL: func.func @main(
// GRAPH-NOT: linalg.transpose
// GRAPH: tw.group
// GRAPH: linalg.matmul
// GRAPH: math.tanh
// GRAPH: tw.yield
// GRAPH: tw.group
// GRAPH: tw.softmax
// GRAPH: tw.yield
// GRAPH-LABEL: func.func @init(
// GRAPH: linalg.transpose

// SCHEDULE-LABEL: func.func @main(
// SCHEDULE: tw.group schedule(<distribute = [1, 1], lanes = 256>)
// SCHEDULE: tw.group schedule(<distribute = [1, 0], lanes = 64>)

// One task an element, with fill, contraction and epilogue; one task a row.
// TILE-LABEL: func.func @main(
// TILE-NOT: tw.group
// TILE: scf.forall (%{{.*}}, %{{.*}}) in (%{{.*}}, 10)
// TILE:   linalg.fill {{.*}} -> tensor<1x1xf32>
// TILE:   linalg.matmul {{.*}} -> tensor<1x1xf32>
// TILE:   math.tanh
// TILE: } {tw.group_number = 0 : i64, tw.schedule = #tw.schedule<distribute = [1, 1], lanes = 256>}
// TILE: scf.forall (%{{.*}}) in (%{{.*}}) shared_outs
// TILE-NOT: tw.softmax
// TILE:   math.exp
// TILE: } {tw.group_number = 1 : i64, tw.schedule = #tw.schedule<distribute = [1, 0], lanes = 64>}

// BUFFERIZE-LABEL: func.func @main(
// BUFFERIZE-NOT: tensor
// BUFFERIZE-NOT: memref.copy
// BUFFERIZE: scf.forall
// BUFFERIZE: } {tw.group_number = 0 : i64, tw.schedule = #tw.schedule<distribute = [1, 1], lanes = 256>}
// BUFFERIZE: tw.output 0
// BUFFERIZE: scf.forall

// Two launches, whose kernels have no loop left but those over the sum and the row.
// GPU-LABEL: func.func @main(
// GPU: gpu.launch_func {{ *}}@kernels::@main_kernel0 blocks in (%{{.*}}, %c1, %c1) threads in (%c256, %c1, %c1)
// GPU: gpu.launch_func {{ *}}@kernels::@main_kernel1 blocks in (%{{.*}}, %c1, %c1) threads in (%c64, %c1, %c1)
// GPU-LABEL: func.func @init(
// GPU: gpu.launch_func {{ *}}@kernels::@init_kernel0
// GPU: gpu.module @kernels
// GPU: gpu.func @main_kernel0({{.*}}) kernel attributes {known_block_size = array<i32: 256, 1, 1>}
// GPU: scf.if
// GPU: scf.for %{{.*}} = %c0 to %c6
// GPU-NOT: scf.for
// GPU-NOT: math.tanh
// GPU: gpu.func @main_kernel1({{.*}}) kernel attributes {known_block_size = array<i32: 64, 1, 1>}
// GPU-NOT: math.exp
// GPU: gpu.func @init_kernel0(

// NVVM-LABEL: func.func @main(
// NVVM: gpu.launch_func
// NVVM: gpu.module @kernels [#nvvm.target<O = 3, chip = "sm_90">]
// NVVM: llvm.func @main_kernel0({{.*}}!llvm.ptr{{.*}}nvvm.kernel, nvvm.maxntid = array<i32: 256, 1, 1>
// NVVM: nvvm.read.ptx.sreg.ctaid.x
// NVVM: nvvm.read.ptx.sreg.tid.x
// NVVM-NOT: gpu.func
// NVVM-NOT: unrealized_conversion_cast
// NVVM-NOT: llvm.call

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>
func.func @main(%x: tensor<?x6xf32> {tw.input = "x"}, %w: tensor<10x6xf32> {tw.weight = "w"}, %bias: tensor<10xf32> {tw.weight = "bias"}) -> tensor<?x10xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c0 : tensor<?x6xf32>
  %te = tensor.empty() : tensor<6x10xf32>
  %wt = linalg.transpose ins(%w : tensor<10x6xf32>) outs(%te : tensor<6x10xf32>) permutation = [1, 0]
  %e = tensor.empty(%n) : tensor<?x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x10xf32>) -> tensor<?x10xf32>
  %m = linalg.matmul ins(%x, %wt : tensor<?x6xf32>, tensor<6x10xf32>) outs(%f : tensor<?x10xf32>) -> tensor<?x10xf32>
  %t = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%m, %bias : tensor<?x10xf32>, tensor<10xf32>) outs(%e : tensor<?x10xf32>) {
  ^bb0(%p: f32, %q: f32, %o: f32):
    %0 = arith.addf %p, %q : f32
    %1 = math.tanh %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x10xf32>
  %s = tw.softmax dimension(1) ins(%t : tensor<?x10xf32>) outs(%e : tensor<?x10xf32>) -> tensor<?x10xf32>
  return %s : tensor<?x10xf32>
}
