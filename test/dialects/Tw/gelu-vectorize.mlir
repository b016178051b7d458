// RUN: tw-opt %s -transform-interpreter -canonicalize | FileCheck %s

// CHECK-LABEL: @gelu
// CHECK: %[[X:.*]] = vector.transfer_read
// CHECK: tw.gelu %[[X]] approximate = tanh : vector<16xf32>
func.func @gelu(%x: tensor<16xf32>, %e: tensor<16xf32>) -> tensor<16xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = tw.gelu %in approximate = tanh : f32
    linalg.yield %1 : f32
  } -> tensor<16xf32>
  return %0 : tensor<16xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["linalg.generic"]} in %m : (!transform.any_op) -> !transform.any_op
    transform.structured.vectorize %0 : !transform.any_op
    transform.yield
  }
}
