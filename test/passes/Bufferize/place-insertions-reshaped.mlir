// RUN: tw-opt %s -tw-place-insertions -split-input-file | FileCheck %s
// What is inserted without dimensions of size 1 that it has where it is computed.

// CHECK-LABEL: func.func @one_head_dynamic
// CHECK: scf.forall (%[[H:.*]]) in (4) shared_outs(%[[O:.*]] = %{{.*}})
// CHECK: %[[S:.*]] = tensor.extract_slice %[[O]][%{{.*}}, %[[H]], 0] [%[[N:.*]], 1, 16] [1, 1, 1] : tensor<?x4x16xf32> to tensor<?x16xf32>
// CHECK: %[[T:.*]] = tensor.expand_shape %[[S]] {{\[\[}}0, 1], [2]] output_shape [1, %[[N]], 16]
// CHECK: linalg.exp {{.*}} outs(%[[T]] : tensor<1x?x16xf32>)
// CHECK-NOT: tensor.empty
func.func @one_head_dynamic(%x: tensor<1x?x16xf32>, %y: tensor<?x4x16xf32>, %i: index, %n: index) -> tensor<?x4x16xf32> {
  %r = scf.forall (%h) in (4) shared_outs(%o = %y) -> (tensor<?x4x16xf32>) {
    %e = tensor.empty(%n) : tensor<1x?x16xf32>
    %a = linalg.exp ins(%x : tensor<1x?x16xf32>) outs(%e : tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
    %c = tensor.collapse_shape %a [[0, 1], [2]] : tensor<1x?x16xf32> into tensor<?x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %c into %o[%i, %h, 0] [%n, 1, 16] [1, 1, 1] : tensor<?x16xf32> into tensor<?x4x16xf32>
    }
  }
  return %r : tensor<?x4x16xf32>
}

// -----

// Two dimensions become one: rows of a part of a larger tensor do not follow one another.
// CHECK-LABEL: func.func @no_flattened_rows
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x8xf32>
// CHECK: linalg.exp {{.*}} outs(%[[E]]
func.func @no_flattened_rows(%x: tensor<2x8xf32>, %y: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<2x8xf32>
  %a = linalg.exp ins(%x : tensor<2x8xf32>) outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %c = tensor.collapse_shape %a [[0, 1]] : tensor<2x8xf32> into tensor<16xf32>
  %r = tensor.insert_slice %c into %y[1, 0] [1, 16] [1, 1] : tensor<16xf32> into tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}
