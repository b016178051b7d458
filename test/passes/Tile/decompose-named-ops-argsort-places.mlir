// RUN: tw-opt %s -tw-decompose-named-ops -canonicalize -cse -split-input-file | FileCheck %s

// The leading 11 bits of the keys are counted; those from the group of the first place to that of
// the last move to the front, and are all that is sorted.
// CHECK-LABEL: @select
// CHECK: %[[ROW:.*]]:2 = scf.for %{{.*}} = %c0 to %c9000
// CHECK: %[[COUNTS:.*]] = scf.for %[[K:.*]] = %c0 to %c9000 {{.*}} -> (tensor<2048xindex>)
// CHECK:   %[[KEY:.*]] = tensor.extract %[[ROW]]#0[%[[K]]]
// CHECK:   arith.shrui %[[KEY]], %c21_i32
// CHECK: %[[FOUND:.*]]:4 = scf.for %[[GROUP:.*]] = %c0 to %c2048 step %c1 iter_args(%[[LOW:.*]] = %c0, %[[HIGH:.*]] = %c0, %[[BEFORE:.*]] = %c0, %[[SUM:.*]] = %c0)
// CHECK:   %[[OWN:.*]] = tensor.extract %[[COUNTS]][%[[GROUP]]]
// CHECK:   %[[NEXT:.*]] = arith.addi %[[SUM]], %[[OWN]]
// CHECK:   %[[FILLED:.*]] = arith.cmpi ult, %[[SUM]], %[[NEXT]]
// CHECK:   %[[BEGINS:.*]] = arith.cmpi ule, %[[SUM]], %c40
// CHECK:   %[[FIRST:.*]] = arith.andi %[[FILLED]], %[[BEGINS]]
// CHECK:   %[[BEGINS:.*]] = arith.cmpi ule, %[[SUM]], %c139
// CHECK:   %[[LAST:.*]] = arith.andi %[[FILLED]], %[[BEGINS]]
// CHECK:   arith.select %[[FIRST]], %[[GROUP]], %[[LOW]]
// CHECK:   arith.select %[[LAST]], %[[GROUP]], %[[HIGH]]
// CHECK:   arith.select %[[FIRST]], %[[SUM]], %[[BEFORE]]
// CHECK: %[[GROUPS:.*]] = arith.subi %[[FOUND]]#1, %[[FOUND]]#0
// CHECK: %[[MOVED:.*]]:3 = scf.for %[[K:.*]] = %c0 to %c9000 step %c1 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[NUMBER:.*]] = %c0)
// CHECK:   %[[ABOVE:.*]] = arith.subi %{{.*}}, %[[FOUND]]#0
// CHECK:   %[[ISIN:.*]] = arith.cmpi ule, %[[ABOVE]], %[[GROUPS]]
// CHECK:   tensor.insert %{{.*}} into %{{.*}}[%[[NUMBER]]] : tensor<9000xi32>
// CHECK:   %[[POSITION:.*]] = tensor.extract %[[ROW]]#1[%[[K]]]
// CHECK:   tensor.insert %[[POSITION]] into %{{.*}}[%[[NUMBER]]] : tensor<9000xi64>
// CHECK:   %[[MORE:.*]] = arith.addi %[[NUMBER]], %c1
// CHECK:   arith.select %[[ISIN]], %[[MORE]], %[[NUMBER]]
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %[[MOVED]]#2, %c64
// CHECK: %[[ORDER:.*]] = scf.if %[[FEW]]
// CHECK: %[[OFFSET:.*]] = arith.subi %c40, %[[FOUND]]#2
// CHECK: scf.for %[[PLACE:.*]] = %c0 to %c100
// CHECK:   %[[AT:.*]] = arith.addi %[[PLACE]], %[[OFFSET]]
// CHECK:   tensor.extract %[[ORDER]][%[[AT]]]
func.func @select(%x: tensor<9000xf32>, %e: tensor<100xi64>) -> tensor<100xi64> {
  %0 = tw.argsort dimension(0) first(40) ins(%x : tensor<9000xf32>) outs(%e : tensor<100xi64>) -> tensor<100xi64>
  return %0 : tensor<100xi64>
}

// -----

// A key of a byte is its own group.
// CHECK-LABEL: @dynamic_bytes
// CHECK: scf.for {{.*}} -> (tensor<256xindex>)
// CHECK: scf.for %{{.*}} = %c0 to %c256 step %c1 iter_args(%{{.*}} = %c0, %{{.*}} = %c0, %{{.*}} = %c0, %{{.*}} = %c0)
func.func @dynamic_bytes(%x: tensor<?xi8>, %e: tensor<5xi64>) -> tensor<5xi64> {
  %0 = tw.argsort dimension(0) ins(%x : tensor<?xi8>) outs(%e : tensor<5xi64>) -> tensor<5xi64>
  return %0 : tensor<5xi64>
}

// -----

// CHECK-LABEL: @no_selection_of_most
// CHECK-NOT: 2048xindex
// CHECK: scf.for %[[PLACE:.*]] = %c0 to %c5000
// CHECK-LABEL: @no_selection_from_few
// CHECK-NOT: 2048xindex
func.func @no_selection_of_most(%x: tensor<9000xf32>, %e: tensor<5000xi64>) -> tensor<5000xi64> {
  %0 = tw.argsort dimension(0) ins(%x : tensor<9000xf32>) outs(%e : tensor<5000xi64>) -> tensor<5000xi64>
  return %0 : tensor<5000xi64>
}
func.func @no_selection_from_few(%x: tensor<200xf32>, %e: tensor<5xi64>) -> tensor<5xi64> {
  %0 = tw.argsort dimension(0) ins(%x : tensor<200xf32>) outs(%e : tensor<5xi64>) -> tensor<5xi64>
  return %0 : tensor<5xi64>
}
