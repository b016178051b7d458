// RUN: tw-opt %s -tw-lower-vector-math -split-input-file | FileCheck %s
// Maxima and minima that keep NaN.

// CHECK-LABEL: func.func @extrema(
// CHECK-SAME: %[[A:.+]]: vector<16xf32>, %[[B:.+]]: vector<16xf32>
// CHECK: %[[MAX:.+]] = llvm.intr.maximum(%[[A]], %[[B]]) {fastmathFlags = #llvm.fastmath<nsz>} : (vector<16xf32>, vector<16xf32>) -> vector<16xf32>
// CHECK: llvm.intr.minimum(%[[A]], %[[MAX]]) {fastmathFlags = #llvm.fastmath<nsz>}
func.func @extrema(%a: vector<16xf32>, %b: vector<16xf32>) -> vector<16xf32> {
  %max = arith.maximumf %a, %b : vector<16xf32>
  %min = arith.minimumf %a, %max : vector<16xf32>
  return %min : vector<16xf32>
}

// -----

// Of any width: processors have instructions for f64 too.
// CHECK-LABEL: func.func @doubles(
// CHECK: llvm.intr.maximum{{.+}} : (f64, f64) -> f64
func.func @doubles(%a: f64, %b: f64) -> f64 {
  %max = arith.maximumf %a, %b : f64
  return %max : f64
}

// -----

// NaN is neither below nor above.
// CHECK-LABEL: func.func @clamp(
// CHECK-SAME: %[[X:.+]]: vector<16xf32>, %[[LOW:.+]]: vector<16xf32>, %[[HIGH:.+]]: vector<16xf32>
// CHECK: %[[BELOW:.+]] = arith.cmpf ogt, %[[LOW]], %[[X]]
// CHECK: %[[RAISED:.+]] = arith.select %[[BELOW]], %[[LOW]], %[[X]]
// CHECK: %[[ABOVE:.+]] = arith.cmpf olt, %[[HIGH]], %[[RAISED]]
// CHECK: arith.select %[[ABOVE]], %[[HIGH]], %[[RAISED]]
func.func @clamp(%x: vector<16xf32>, %low: vector<16xf32>, %high: vector<16xf32>) -> vector<16xf32> {
  %y = math.clampf %x to [%low, %high] : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// CHECK-LABEL: func.func @no_dynamic_tensor(
// CHECK: arith.maximumf
func.func @no_dynamic_tensor(%a: tensor<?xf32>, %b: tensor<?xf32>) -> tensor<?xf32> {
  %max = arith.maximumf %a, %b : tensor<?xf32>
  return %max : tensor<?xf32>
}
