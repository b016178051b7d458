// RUN: tw-opt %s -tw-compile="stop-after=vectorize" | FileCheck %s

// What the vectorize phase promises: accumulators are values of the innermost loop, which neither
// writes a tensor nor has a linalg operation, and the epilogue reads them from registers.

// CHECK-LABEL: func.func @main(
// CHECK: scf.forall
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<32xf32>
// CHECK-NOT: linalg.
// CHECK-NOT: vector.transfer_write
// CHECK: math.fma
// CHECK-NOT: vector.transfer_write
// CHECK: scf.yield
// CHECK: math.exp {{.*}} : vector<32xf32>
// CHECK: vector.transfer_write

#rows = affine_map<(d0, d1) -> (d0, d1)>
#bias = affine_map<(d0, d1) -> (d1)>

func.func @main(%w: tensor<256x192xf32> {tw.weight = "w"}, %b: tensor<192xf32> {tw.weight = "b"},
    %x: tensor<64x256xf32> {tw.input = "x"}) -> tensor<64x192xf32> {
  %zero = arith.constant 0.0 : f32
  %o = tensor.empty() : tensor<64x192xf32>
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<64x192xf32>) -> tensor<64x192xf32>
  %m = linalg.matmul ins(%x, %w : tensor<64x256xf32>, tensor<256x192xf32>) outs(%f : tensor<64x192xf32>) -> tensor<64x192xf32>
  %r = linalg.generic {indexing_maps = [#rows, #bias, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%m, %b : tensor<64x192xf32>, tensor<192xf32>) outs(%o : tensor<64x192xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %s = arith.addf %in, %c : f32
    %e = math.exp %s : f32
    linalg.yield %e : f32
  } -> tensor<64x192xf32>
  return %r : tensor<64x192xf32>
}
