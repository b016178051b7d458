// RUN: tw-opt %s -tw-raise-argsort -canonicalize -split-input-file | FileCheck %s

#one = affine_map<(d0, d1, d2) -> (d0, d1)>
#other = affine_map<(d0, d1, d2) -> (d0, d2)>

// Rows of floats in descending order, in one operation.
// CHECK-LABEL: @descending_floats
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<3x500xf32>
// CHECK: %[[ZEROS:.*]] = linalg.fill
// CHECK: %[[ORDER:.*]] = tw.argsort dimension(1) descending ins(%[[X]] : tensor<3x500xf32>) outs(%{{.*}} : tensor<3x500xi64>)
// CHECK: %[[NUMBERS:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x500xi64>)
// CHECK:   linalg.index 1
// CHECK: tw.scatter dimension(1) combine(add) ins(%[[NUMBERS]], %[[ORDER]] : tensor<1x500xi64>, tensor<3x500xi64>) outs(%[[ZEROS]] : tensor<3x500xi64>)
func.func @descending_floats(%x: tensor<3x500xf32>) -> tensor<3x500xi64> {
  %zero = arith.constant 0 : i64
  %true = arith.constant true
  %e = tensor.empty() : tensor<3x500xi64>
  %init = linalg.fill ins(%zero : i64) outs(%e : tensor<3x500xi64>) -> tensor<3x500xi64>
  %r = linalg.generic {indexing_maps = [#one, #other, #one], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %x : tensor<3x500xf32>, tensor<3x500xf32>) outs(%init : tensor<3x500xi64>) {
  ^bb0(%a: f32, %b: f32, %out: i64):
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %earlier = arith.cmpi slt, %j, %i : index
    %greater = arith.cmpf ogt, %b, %a : f32
    %equal = arith.cmpf oeq, %b, %a : f32
    %nan_a = arith.cmpf une, %a, %a : f32
    %nan_b = arith.cmpf une, %b, %b : f32
    %number_a = arith.xori %nan_a, %true : i1
    %above = arith.andi %nan_b, %number_a : i1
    %before = arith.ori %greater, %above : i1
    %both = arith.andi %nan_a, %nan_b : i1
    %same = arith.ori %equal, %both : i1
    %tied = arith.andi %same, %earlier : i1
    %counted = arith.ori %before, %tied : i1
    %n = arith.extui %counted : i1 to i64
    %s = arith.addi %n, %out : i64
    linalg.yield %s : i64
  } -> tensor<3x500xi64>
  return %r : tensor<3x500xi64>
}

// -----

#one = affine_map<(d0, d1) -> (d0)>
#other = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: @dynamic_integers
// CHECK: tw.argsort dimension(0) ins(%{{.*}} : tensor<?xi32>) outs(%{{.*}} : tensor<?xi64>)
// CHECK: tw.scatter dimension(0) combine(add)
func.func @dynamic_integers(%x: tensor<?xi32>, %n: index) -> tensor<?xi64> {
  %zero = arith.constant 0 : i64
  %e = tensor.empty(%n) : tensor<?xi64>
  %init = linalg.fill ins(%zero : i64) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  %r = linalg.generic {indexing_maps = [#one, #other, #one], iterator_types = ["parallel", "reduction"]}
      ins(%x, %x : tensor<?xi32>, tensor<?xi32>) outs(%init : tensor<?xi64>) {
  ^bb0(%a: i32, %b: i32, %out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %earlier = arith.cmpi slt, %j, %i : index
    %less = arith.cmpi slt, %b, %a : i32
    %equal = arith.cmpi eq, %a, %b : i32
    %tied = arith.andi %earlier, %equal : i1
    %counted = arith.ori %tied, %less : i1
    %n1 = arith.extui %counted : i1 to i64
    %s = arith.addi %out, %n1 : i64
    linalg.yield %s : i64
  } -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

#one = affine_map<(d0, d1) -> (d0)>
#other = affine_map<(d0, d1) -> (d1)>

// 50 elements are compared in pairs. Two tensors are no order. Later ones first is another order.
// CHECK-LABEL: @no_sort
// CHECK-NOT: tw.argsort
func.func @no_sort(%few: tensor<50xi32>, %x: tensor<?xi32>, %y: tensor<?xi32>, %n: index) -> (tensor<50xi64>, tensor<?xi64>, tensor<?xi64>) {
  %zero = arith.constant 0 : i64
  %e1 = tensor.empty() : tensor<50xi64>
  %zeros1 = linalg.fill ins(%zero : i64) outs(%e1 : tensor<50xi64>) -> tensor<50xi64>
  %e = tensor.empty(%n) : tensor<?xi64>
  %zeros = linalg.fill ins(%zero : i64) outs(%e : tensor<?xi64>) -> tensor<?xi64>
  %0 = linalg.generic {indexing_maps = [#one, #other, #one], iterator_types = ["parallel", "reduction"]}
      ins(%few, %few : tensor<50xi32>, tensor<50xi32>) outs(%zeros1 : tensor<50xi64>) {
  ^bb0(%a: i32, %b: i32, %out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %earlier = arith.cmpi slt, %j, %i : index
    %less = arith.cmpi slt, %b, %a : i32
    %equal = arith.cmpi eq, %a, %b : i32
    %tied = arith.andi %earlier, %equal : i1
    %counted = arith.ori %tied, %less : i1
    %n1 = arith.extui %counted : i1 to i64
    %s = arith.addi %out, %n1 : i64
    linalg.yield %s : i64
  } -> tensor<50xi64>
  %1 = linalg.generic {indexing_maps = [#one, #other, #one], iterator_types = ["parallel", "reduction"]}
      ins(%x, %y : tensor<?xi32>, tensor<?xi32>) outs(%zeros : tensor<?xi64>) {
  ^bb0(%a: i32, %b: i32, %out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %earlier = arith.cmpi slt, %j, %i : index
    %less = arith.cmpi slt, %b, %a : i32
    %equal = arith.cmpi eq, %a, %b : i32
    %tied = arith.andi %earlier, %equal : i1
    %counted = arith.ori %tied, %less : i1
    %n1 = arith.extui %counted : i1 to i64
    %s = arith.addi %out, %n1 : i64
    linalg.yield %s : i64
  } -> tensor<?xi64>
  %2 = linalg.generic {indexing_maps = [#one, #other, #one], iterator_types = ["parallel", "reduction"]}
      ins(%x, %x : tensor<?xi32>, tensor<?xi32>) outs(%zeros : tensor<?xi64>) {
  ^bb0(%a: i32, %b: i32, %out: i64):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %later = arith.cmpi slt, %i, %j : index
    %less = arith.cmpi slt, %b, %a : i32
    %equal = arith.cmpi eq, %a, %b : i32
    %tied = arith.andi %later, %equal : i1
    %counted = arith.ori %tied, %less : i1
    %n1 = arith.extui %counted : i1 to i64
    %s = arith.addi %out, %n1 : i64
    linalg.yield %s : i64
  } -> tensor<?xi64>
  return %0, %1, %2 : tensor<50xi64>, tensor<?xi64>, tensor<?xi64>
}
