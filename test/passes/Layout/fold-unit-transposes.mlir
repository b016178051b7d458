// RUN: tw-opt %s -tw-fold-unit-transposes -split-input-file | FileCheck %s

// CHECK-LABEL: func @pooled(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x1x1x16xf32>, %[[N:[^:]+]]: index
// CHECK: %[[F:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1, 2], [3]] : tensor<?x1x1x16xf32> into tensor<?x16xf32>
// CHECK: %[[R:.+]] = tensor.expand_shape %[[F]] {{\[\[}}0], [1, 2, 3]] output_shape [%[[N]], 16, 1, 1]
// CHECK: return %[[R]]
func.func @pooled(%x: tensor<?x1x1x16xf32>, %n: index) -> tensor<?x16x1x1xf32> {
  %e = tensor.empty(%n) : tensor<?x16x1x1xf32>
  %t = linalg.transpose ins(%x : tensor<?x1x1x16xf32>) outs(%e : tensor<?x16x1x1xf32>) permutation = [0, 3, 1, 2]
  return %t : tensor<?x16x1x1xf32>
}

// -----

// The reshape joins the one that flattens.
// CHECK-LABEL: func @flattened(
// CHECK-NEXT: tensor.collapse_shape %{{.+}} {{\[\[}}0, 1, 2], [3]] : tensor<2x1x1x16xf32> into tensor<2x16xf32>
// CHECK-NEXT: return
func.func @flattened(%x: tensor<2x1x1x16xf32>, %e: tensor<2x16x1x1xf32>) -> tensor<2x16xf32> {
  %t = linalg.transpose ins(%x : tensor<2x1x1x16xf32>) outs(%e : tensor<2x16x1x1xf32>) permutation = [0, 3, 1, 2]
  %f = tensor.collapse_shape %t [[0], [1, 2, 3]] : tensor<2x16x1x1xf32> into tensor<2x16xf32>
  return %f : tensor<2x16xf32>
}

// -----

// Nothing is left when all are 1.
// CHECK-LABEL: func @all_units(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x1xf32>
// CHECK-NEXT: return %[[X]]
func.func @all_units(%x: tensor<1x1xf32>, %e: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %t = linalg.transpose ins(%x : tensor<1x1xf32>) outs(%e : tensor<1x1xf32>) permutation = [1, 0]
  return %t : tensor<1x1xf32>
}

// -----

// Unknown at compile time is not 1.
// CHECK-LABEL: func @no_fold_dynamic(
// CHECK: linalg.transpose
func.func @no_fold_dynamic(%x: tensor<?x16xf32>, %e: tensor<16x?xf32>) -> tensor<16x?xf32> {
  %t = linalg.transpose ins(%x : tensor<?x16xf32>) outs(%e : tensor<16x?xf32>) permutation = [1, 0]
  return %t : tensor<16x?xf32>
}

// -----

// One head of several, of a task: it is cut out and put in without its dimension of size 1.
// CHECK-LABEL: func @one_head_dynamic(
// CHECK: %[[S:.+]] = tensor.extract_slice %{{.+}}[%{{.+}}, %{{.+}}, 0] [%{{.+}}, 1, 16] [1, 1, 1] : tensor<?x4x16xf32> to tensor<?x16xf32>
// CHECK-NEXT: scf.forall.in_parallel
// CHECK-NEXT: tensor.parallel_insert_slice %[[S]] into %{{.+}}[%{{.+}}, %{{.+}}, 0] [1, %{{.+}}, 16] [1, 1, 1] : tensor<?x16xf32> into tensor<4x?x16xf32>
func.func @one_head_dynamic(%x: tensor<?x4x16xf32>, %y: tensor<4x?x16xf32>, %i: index, %n: index) -> tensor<4x?x16xf32> {
  %r = scf.forall (%h) in (4) shared_outs(%o = %y) -> (tensor<4x?x16xf32>) {
    %s = tensor.extract_slice %x[%i, %h, 0] [%n, 1, 16] [1, 1, 1] : tensor<?x4x16xf32> to tensor<?x1x16xf32>
    %e = tensor.empty(%n) : tensor<1x?x16xf32>
    %t = linalg.transpose ins(%s : tensor<?x1x16xf32>) outs(%e : tensor<1x?x16xf32>) permutation = [1, 0, 2]
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %o[%h, %i, 0] [1, %n, 16] [1, 1, 1] : tensor<1x?x16xf32> into tensor<4x?x16xf32>
    }
  }
  return %r : tensor<4x?x16xf32>
}
