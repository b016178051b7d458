// RUN: tw-opt %s -tw-compile="stop-after=schedule" | FileCheck %s

// What the schedule phase promises: every group has its tiles.

// CHECK-LABEL: func.func @main(
// CHECK-NOT: tw.group ->
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [{{.*}}], reduction = [1], lanes = 16>)
// CHECK-NOT: tw.group ->

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
