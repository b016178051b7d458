// RUN: tw-opt %s -tw-decompose-named-ops -canonicalize -cse -split-input-file | FileCheck %s

// Elements and their positions; then runs of 1 and 2, of 4 and 8, ... are merged, there and back.
// CHECK-LABEL: @floats
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x500xf32>, %[[E:[a-z0-9]+]]: tensor<?x500xi64>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %{{.*}} step %c1 iter_args(%[[RESULT:.*]] = %[[E]])
// CHECK:   scf.for %[[K:.*]] = %c0 to %c500
// CHECK:     %[[ELEMENT:.*]] = tensor.extract %[[X]][%[[ROW]], %[[K]]]
// CHECK:     tensor.insert %[[ELEMENT]] into %{{.*}}[%[[K]]] : tensor<500xf32>
// CHECK:     tensor.insert %{{.*}} into %{{.*}}[%[[K]]] : tensor<500xi64>
// 500 < 4 ** 5
// CHECK:   %[[ORDER:.*]]:4 = scf.for %[[STEP:.*]] = %c0 to %c5 step %c1 iter_args(%[[FROM:.*]] = %{{.*}}, %[[POSITIONS:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK:     scf.for %[[FIRST:.*]] = %c0 to %c500
// CHECK:       %[[MIDDLE:.*]] = arith.minui %{{.*}}, %c500
// CHECK:       %[[END:.*]] = arith.minui %{{.*}}, %c500
// CHECK:       scf.for %[[PLACE:.*]] = %[[FIRST]] to %[[END]] step %c1 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %[[FIRST]], %{{.*}} = %[[MIDDLE]])
// CHECK:         %[[A:.*]] = tensor.extract %[[FROM]]
// CHECK:         %[[B:.*]] = tensor.extract %[[FROM]]
// CHECK:         arith.cmpf ult, %[[B]], %[[A]]
// CHECK:         arith.cmpf ord, %[[B]], %{{.*}}
// CHECK:         %[[TAKEN:.*]] = tensor.extract %[[POSITIONS]]
// CHECK:         tensor.insert %{{.*}} into %{{.*}}[%[[PLACE]]] : tensor<500xf32>
// CHECK:         tensor.insert %[[TAKEN]] into %{{.*}}[%[[PLACE]]] : tensor<500xi64>
// CHECK:     scf.for
// CHECK:   scf.for %[[K:.*]] = %c0 to %c500 {{.*}} iter_args(%{{.*}} = %[[RESULT]])
// CHECK:     tensor.extract %[[ORDER]]#1[%[[K]]]
// CHECK:     tensor.insert %{{.*}} into %{{.*}}[%[[ROW]], %[[K]]]
func.func @floats(%x: tensor<?x500xf32>, %e: tensor<?x500xi64>) -> tensor<?x500xi64> {
  %0 = tw.argsort dimension(1) ins(%x : tensor<?x500xf32>) outs(%e : tensor<?x500xi64>) -> tensor<?x500xi64>
  return %0 : tensor<?x500xi64>
}

// -----

// CHECK-LABEL: @dynamic_descending
// CHECK: math.ctlz
// CHECK: scf.for {{.*}} -> (tensor<?xi32>, tensor<?xi64>, tensor<?xi32>, tensor<?xi64>)
// CHECK: %[[A:.*]] = tensor.extract %{{.*}}[%{{.*}}] : tensor<?xi32>
// CHECK: %[[B:.*]] = tensor.extract %{{.*}}[%{{.*}}] : tensor<?xi32>
// CHECK: arith.cmpi slt, %[[A]], %[[B]]
func.func @dynamic_descending(%x: tensor<?xi32>, %e: tensor<?xi64>) -> tensor<?xi64> {
  %0 = tw.argsort dimension(0) descending ins(%x : tensor<?xi32>) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}
