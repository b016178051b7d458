// RUN: tw-opt %s -tw-decompose-named-ops -canonicalize -cse -split-input-file | FileCheck %s

// Any number of rows: one is combined with that of its place, if there is one.
// CHECK-LABEL: @rows
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x64xf32>, %[[I:[a-z0-9]+]]: tensor<?x1xi64>, %[[E:[a-z0-9]+]]: tensor<1000x64xf32>, %[[FIRST:[a-z0-9]+]]: index
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C1000:.*]] = arith.constant 1000 : index
// CHECK: %[[COUNT:.*]] = tensor.dim %[[I]], %[[C0]]
// CHECK: scf.for %[[N:.*]] = %[[C0]] to %[[COUNT]] step %{{.*}} iter_args(%[[R:.*]] = %[[E]])
// CHECK:   %[[INDEX:.*]] = tensor.extract %[[I]][%[[N]], %[[C0]]]
// CHECK:   %[[CAST:.*]] = arith.index_cast %[[INDEX]] : i64 to index
// CHECK:   %[[PLACE:.*]] = arith.subi %[[CAST]], %[[FIRST]]
// CHECK:   %[[INSIDE:.*]] = arith.cmpi ult, %[[PLACE]], %[[C1000]]
// CHECK:   scf.if %[[INSIDE]]
// CHECK:     %[[ROW:.*]] = tensor.extract_slice %[[X]][%[[N]], 0] [1, 64] [1, 1] : tensor<?x64xf32> to tensor<64xf32>
// CHECK:     %[[OLD:.*]] = tensor.extract_slice %[[R]][%[[PLACE]], 0] [1, 64] [1, 1] : tensor<1000x64xf32> to tensor<64xf32>
// CHECK:     %[[NEW:.*]] = linalg.generic {{.*}} ins(%[[ROW]] : tensor<64xf32>) outs(%[[OLD]] : tensor<64xf32>)
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT: arith.addf %[[B]], %[[A]]
// CHECK:     tensor.insert_slice %[[NEW]] into %[[R]][%[[PLACE]], 0] [1, 64] [1, 1]
// CHECK:   } else {
// CHECK:     scf.yield %[[R]]
func.func @rows(%x: tensor<?x64xf32>, %i: tensor<?x1xi64>, %e: tensor<1000x64xf32>, %first: index) -> tensor<1000x64xf32> {
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<?x64xf32>, tensor<?x1xi64>) first(%first) outs(%e : tensor<1000x64xf32>) -> tensor<1000x64xf32>
  return %0 : tensor<1000x64xf32>
}

// -----

// One index an element, behind a batch and in front of columns with indices of their own.
// CHECK-LABEL: @elements
// CHECK: scf.for %[[B:.*]] = %c0 to %c3
// CHECK:   scf.for %[[N:.*]] = %c0 to %c7
// CHECK:     scf.for %[[C:.*]] = %c0 to %c5
// CHECK:       %[[INDEX:.*]] = tensor.extract %{{.*}}[%[[B]], %[[N]], %[[C]]] : tensor<3x7x5xi32>
// CHECK:       scf.if
// CHECK:         %[[X:.*]] = tensor.extract %{{.*}}[%[[B]], %[[N]], %c0] : tensor<3x7x1xi64>
// CHECK:         %[[OLD:.*]] = tensor.extract %{{.*}}[%[[B]], %[[PLACE:.*]], %[[C]]] : tensor<3x9x5xi64>
// CHECK:         %[[NEW:.*]] = arith.maxsi %[[OLD]], %[[X]] : i64
// CHECK:         tensor.insert %[[NEW]] into %{{.*}}[%[[B]], %[[PLACE]], %[[C]]]
func.func @elements(%x: tensor<3x7x1xi64>, %i: tensor<3x7x5xi32>, %e: tensor<3x9x5xi64>) -> tensor<3x9x5xi64> {
  %0 = tw.scatter dimension(1) combine(max) ins(%x, %i : tensor<3x7x1xi64>, tensor<3x7x5xi32>) outs(%e : tensor<3x9x5xi64>) -> tensor<3x9x5xi64>
  return %0 : tensor<3x9x5xi64>
}

// -----

// Rows of a source that is broadcast along them, at the indices that all of the batch share.
// CHECK-LABEL: @broadcast
// CHECK: scf.for %[[B:.*]] = %c0 to %{{.*}} step
// CHECK:   scf.for %[[N:.*]] = %c0 to %c7
// CHECK:     tensor.extract %{{.*}}[%c0, %[[N]], %c0, %c0] : tensor<1x7x1x1xi64>
// CHECK:     tensor.extract_slice %{{.*}}[%[[B]], %[[N]], 0, 0] [1, 1, %{{.*}}, 1] [1, 1, 1, 1] : tensor<?x7x?x1xf32> to tensor<?xf32>
// CHECK:     linalg.generic {indexing_maps = [#[[ROW:.*]], #{{.*}}], {{.*}}} ins(%{{.*}} : tensor<?xf32>) outs(%{{.*}} : tensor<?x16xf32>)
func.func @broadcast(%x: tensor<?x7x?x1xf32>, %i: tensor<1x7x1x1xi64>, %e: tensor<?x9x?x16xf32>) -> tensor<?x9x?x16xf32> {
  %0 = tw.scatter dimension(1) combine(min) ins(%x, %i : tensor<?x7x?x1xf32>, tensor<1x7x1x1xi64>) outs(%e : tensor<?x9x?x16xf32>) -> tensor<?x9x?x16xf32>
  return %0 : tensor<?x9x?x16xf32>
}
