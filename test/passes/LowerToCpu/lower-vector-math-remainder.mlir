// RUN: tw-opt %s -tw-lower-vector-math -split-input-file | FileCheck %s
// The numbers are tested in test/python/passes/test_vector_math.py.

// The quotient in f64; the far away ones are brought near first, from the largest multiple down.
// CHECK-LABEL: @remainder
// CHECK-SAME: %[[X:.+]]: vector<16xf32>, %[[Y:.+]]: vector<16xf32>
// CHECK: %[[DIVIDEND:.+]] = arith.extf %{{.+}} : vector<16xf32> to vector<16xf64>
// CHECK: %[[DIVISOR:.+]] = arith.extf %{{.+}} : vector<16xf32> to vector<16xf64>
// CHECK: %[[FAR:.+]] = arith.cmpf oge, %[[DIVIDEND]], %{{.+}}
// CHECK: %[[ANY:.+]] = vector.reduction <or>, %[[FAR]]
// CHECK: %[[NEAR:.+]] = scf.if %[[ANY]] -> (vector<16xf64>)
// CHECK-COUNT-9: arith.divf
// CHECK: } else {
// CHECK:   scf.yield %[[DIVIDEND]]
// CHECK: %[[QUOTIENT:.+]] = arith.divf %[[NEAR]], %[[DIVISOR]]
// CHECK: %[[WHOLE:.+]] = math.floor %[[QUOTIENT]]
// CHECK: %[[PRODUCT:.+]] = arith.mulf %[[WHOLE]], %[[DIVISOR]]
// CHECK: %[[REST:.+]] = arith.subf %[[NEAR]], %[[PRODUCT]]
// CHECK: %[[LESS:.+]] = arith.cmpf olt, %[[DIVIDEND]], %[[DIVISOR]]
// CHECK: arith.select %[[LESS]], %[[DIVIDEND]], %[[REST]]
// CHECK: math.copysign %{{.+}}, %[[X]]
func.func @remainder(%x: vector<16xf32>, %y: vector<16xf32>) -> vector<16xf32> {
  %z = arith.remf %x, %y : vector<16xf32>
  return %z : vector<16xf32>
}

// -----

// CHECK-LABEL: @no_remainder_of_f64
// CHECK: arith.remf
func.func @no_remainder_of_f64(%x: vector<8xf64>, %y: vector<8xf64>) -> vector<8xf64> {
  %z = arith.remf %x, %y : vector<8xf64>
  return %z : vector<8xf64>
}
