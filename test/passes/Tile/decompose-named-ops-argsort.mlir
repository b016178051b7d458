// RUN: tw-opt %s -tw-decompose-named-ops -canonicalize -cse -split-input-file | FileCheck %s

// Keys in the order of the elements: the words of numbers below zero are flipped, -0 is 0, and NaN
// is above all. Their two digits are counted, then keys and positions move there by the first digit
// and back by the second, or are copied where all keys have the same.
// CHECK-LABEL: @digits
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x500xbf16>, %[[E:[a-z0-9]+]]: tensor<?x500xi64>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %{{.*}} step %c1 iter_args(%[[RESULT:.*]] = %[[E]])
// CHECK:   %[[KEYS:.*]]:2 = scf.for %[[K:.*]] = %c0 to %c500
// CHECK:     %[[ELEMENT:.*]] = tensor.extract %[[X]][%[[ROW]], %[[K]]]
// CHECK:     %[[ISZERO:.*]] = arith.cmpf oeq, %[[ELEMENT]], %[[ZERO:.*]] : bf16
// CHECK:     %[[NUMBER:.*]] = arith.select %[[ISZERO]], %[[ZERO]], %[[ELEMENT]]
// CHECK:     %[[WORD:.*]] = arith.bitcast %[[NUMBER]] : bf16 to i16
// CHECK:     %[[NEGATIVE:.*]] = arith.shrsi %[[WORD]], %c15_i16
// CHECK:     %[[MASK:.*]] = arith.ori %[[NEGATIVE]], %c-32768_i16
// CHECK:     %[[FLIPPED:.*]] = arith.xori %[[WORD]], %[[MASK]]
// CHECK:     %[[ISNAN:.*]] = arith.cmpf uno, %[[ELEMENT]], %[[ELEMENT]]
// CHECK:     %[[KEY:.*]] = arith.select %[[ISNAN]], %c-1_i16, %[[FLIPPED]]
// CHECK:     tensor.insert %[[KEY]] into %{{.*}}[%[[K]]] : tensor<500xi16>
// CHECK:   %[[COUNTS:.*]] = scf.for %[[K:.*]] = %c0 to %c500 {{.*}} -> (tensor<2x256xindex>)
// CHECK:   %[[SAME:.*]] = arith.cmpi eq, %{{.*}}, %c500
// CHECK:   %[[THERE:.*]]:3 = scf.if %[[SAME]] -> (tensor<500xi16>, tensor<500xi64>, tensor<2x256xindex>)
// CHECK:     scf.for
// CHECK:       %[[COPIED:.*]] = tensor.extract %[[KEYS]]#0[%[[K:.*]]]
// CHECK:       tensor.insert %[[COPIED]] into %{{.*}}[%[[K]]]
// CHECK:   } else {
// CHECK:     %[[PLACES:.*]]:2 = scf.for %{{.*}} = %c0 to %c256 {{.*}} iter_args(%{{.*}} = %[[COUNTS]], %{{.*}} = %c0)
// CHECK:     scf.for %[[K:.*]] = %c0 to %c500 {{.*}} iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %[[NEXT:.*]] = %[[PLACES]]#0)
// CHECK:       %[[MOVED:.*]] = tensor.extract %[[KEYS]]#0[%[[K]]]
// CHECK:       %[[TARGET:.*]] = tensor.extract %[[NEXT]][%c0, %[[DIGIT:.*]]]
// CHECK:       tensor.insert %[[MOVED]] into %{{.*}}[%[[TARGET]]]
// CHECK:       %[[POSITION:.*]] = tensor.extract %[[KEYS]]#1[%[[K]]]
// CHECK:       tensor.insert %[[POSITION]] into %{{.*}}[%[[TARGET]]]
// CHECK:       tensor.insert %{{.*}} into %[[NEXT]][%c0, %[[DIGIT]]]
// CHECK:   %[[BACK:.*]] = scf.if %{{.*}} -> (tensor<500xi64>)
// CHECK:     tensor.extract %[[THERE]]#0
// CHECK:   scf.for %[[K:.*]] = %c0 to %c500 {{.*}} iter_args(%{{.*}} = %[[RESULT]])
// CHECK:     tensor.extract %[[BACK]][%[[K]]]
// CHECK:     tensor.insert %{{.*}} into %{{.*}}[%[[ROW]], %[[K]]]
func.func @digits(%x: tensor<?x500xbf16>, %e: tensor<?x500xi64>) -> tensor<?x500xi64> {
  %0 = tw.argsort dimension(1) ins(%x : tensor<?x500xbf16>) outs(%e : tensor<?x500xi64>) -> tensor<?x500xi64>
  return %0 : tensor<?x500xi64>
}

// -----

// Few elements: runs of 1 and 2, of 4 and 8, ... are merged, there and back. 50 < 4 ** 3
// CHECK-LABEL: @no_digits_of_few
// CHECK-NOT: 256xindex
// CHECK: %[[ORDER:.*]]:4 = scf.for %[[STEP:.*]] = %c0 to %c3 step %c1 iter_args(%[[FROM:.*]] = %{{.*}}, %[[POSITIONS:.*]] = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}})
// CHECK:   scf.for %[[FIRST:.*]] = %c0 to %c50
// CHECK:     %[[MIDDLE:.*]] = arith.minui %{{.*}}, %c50
// CHECK:     %[[END:.*]] = arith.minui %{{.*}}, %c50
// CHECK:     scf.for %[[PLACE:.*]] = %[[FIRST]] to %[[END]] step %c1 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %[[FIRST]], %{{.*}} = %[[MIDDLE]])
// CHECK:       %[[A:.*]] = tensor.extract %[[FROM]]
// CHECK:       %[[B:.*]] = tensor.extract %[[FROM]]
// CHECK:       arith.cmpi ult, %[[B]], %[[A]] : i32
// CHECK:       %[[TAKEN:.*]] = tensor.extract %[[POSITIONS]]
// CHECK:       tensor.insert %{{.*}} into %{{.*}}[%[[PLACE]]] : tensor<50xi32>
// CHECK:       tensor.insert %[[TAKEN]] into %{{.*}}[%[[PLACE]]] : tensor<50xi64>
// CHECK:   scf.for
func.func @no_digits_of_few(%x: tensor<50xf32>, %e: tensor<50xi64>) -> tensor<50xi64> {
  %0 = tw.argsort dimension(0) ins(%x : tensor<50xf32>) outs(%e : tensor<50xi64>) -> tensor<50xi64>
  return %0 : tensor<50xi64>
}

// -----

// The call decides. Of signed numbers the sign is flipped, and all bits where the greatest comes
// first.
// CHECK-LABEL: @dynamic_descending
// CHECK: %[[KEY:.*]] = arith.xori %{{.*}}, %c-2147483648_i32
// CHECK: arith.xori %[[KEY]], %c-1_i32
// CHECK: %[[FEW:.*]] = arith.cmpi ult, %{{.*}}, %c64
// CHECK: scf.if %[[FEW]] -> (tensor<?xi64>)
// CHECK: math.ctlz
// CHECK: } else {
// CHECK: tensor<4x256xindex>
func.func @dynamic_descending(%x: tensor<?xi32>, %e: tensor<?xi64>) -> tensor<?xi64> {
  %0 = tw.argsort dimension(0) descending ins(%x : tensor<?xi32>) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  return %0 : tensor<?xi64>
}

// -----

// A boolean is a byte of one digit, which moves there only.
// CHECK-LABEL: @booleans
// CHECK: arith.extui %{{.*}} : i1 to i8
// CHECK: tensor<1x256xindex>
// CHECK: scf.if
// CHECK-NOT: scf.if
// CHECK: return
func.func @booleans(%x: tensor<900xi1>, %e: tensor<900xi64>) -> tensor<900xi64> {
  %0 = tw.argsort dimension(0) ins(%x : tensor<900xi1>) outs(%e : tensor<900xi64>) -> tensor<900xi64>
  return %0 : tensor<900xi64>
}
