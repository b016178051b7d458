// RUN: tw-opt %s -transform-interpreter -canonicalize -cse -split-input-file | FileCheck %s

// A tile of places reads all that is written, and knows where it begins.
// CHECK-LABEL: @places
// CHECK: scf.for %[[P:.*]] = {{.*}} step %c10
// CHECK-DAG: %[[X:.*]] = tensor.extract_slice %{{.*}}[0, 0] [%{{.*}}, 64] [1, 1] : tensor<?x64xf32> to tensor<?x64xf32>
// CHECK-DAG: %[[I:.*]] = tensor.extract_slice %{{.*}}[0, 0] [%{{.*}}, 1] [1, 1] : tensor<?x1xi64> to tensor<?x1xi64>
// CHECK-DAG: %[[E:.*]] = tensor.extract_slice %{{.*}}[%[[P]], 0] [10, 64] [1, 1]
// CHECK:   tw.scatter dimension(0) combine(add) ins(%[[X]], %[[I]] : tensor<?x64xf32>, tensor<?x1xi64>) first(%[[P]]) outs(%[[E]] : tensor<10x64xf32>)
func.func @places(%x: tensor<?x64xf32>, %i: tensor<?x1xi64>, %e: tensor<1000x64xf32>) -> tensor<1000x64xf32> {
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<?x64xf32>, tensor<?x1xi64>) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
  return %0 : tensor<1000x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.scatter"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loop = transform.structured.tile_using_for %0 tile_sizes [10] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Of a tile the places are counted from where the whole began. What is broadcast is not cut.
// CHECK-LABEL: @columns_of_a_tile
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<20x1xf32>
// CHECK-SAME: %[[FIRST:[a-z0-9]+]]: index
// CHECK: scf.for %[[P:.*]] = {{.*}} step %c10
// CHECK: scf.for %[[C:.*]] = {{.*}} step %c16
// CHECK:   %[[I:.*]] = tensor.extract_slice %{{.*}}[0, %[[C]]] [20, 16] [1, 1] : tensor<20x64xi32> to tensor<20x16xi32>
// CHECK:   %[[BEGIN:.*]] = affine.apply #{{.*}}(%[[P]])[%[[FIRST]]]
// CHECK:   tw.scatter dimension(0) combine(mul) ins(%[[X]], %[[I]] : tensor<20x1xf32>, tensor<20x16xi32>) first(%[[BEGIN]]) outs({{.*}} : tensor<10x16xf32>)
func.func @columns_of_a_tile(%x: tensor<20x1xf32>, %i: tensor<20x64xi32>, %e: tensor<1000x64xf32>, %first: index) -> tensor<1000x64xf32> {
  %0 = tw.scatter dimension(0) combine(mul) ins(%x, %i : tensor<20x1xf32>, tensor<20x64xi32>) first(%first) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
  return %0 : tensor<1000x64xf32>
}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%m: !transform.any_op) {
    %0 = transform.structured.match ops{["tw.scatter"]} in %m : (!transform.any_op) -> !transform.any_op
    %1, %loops:2 = transform.structured.tile_using_for %0 tile_sizes [10, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op)
    transform.yield
  }
}
