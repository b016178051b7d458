// RUN: tw-opt %s -tw-lower-vector-math -split-input-file -verify-diagnostics | FileCheck %s
// The numbers are tested in test/python/passes/test_vector_math.py.

// CHECK-LABEL: @exp
// CHECK-SAME: %[[X:.+]]: vector<16xf32>
// CHECK-DAG: %[[LOW:.+]] = arith.constant dense<-1.050000e+02>
// CHECK-DAG: %[[LOG2E:.+]] = arith.constant dense<1.44269502> : vector<16xf32>
// CHECK-DAG: %[[BITS:.+]] = arith.constant dense<23> : vector<16xi32>
// x below the bound, but not NaN, becomes the bound.
// CHECK: %[[BELOW:.+]] = arith.cmpf ogt, %[[LOW]], %[[X]]
// CHECK: arith.select %[[BELOW]], %[[LOW]], %[[X]]
// CHECK: %[[ROUNDED:.+]] = math.fma %{{.+}}, %[[LOG2E]], %{{.+}} : vector<16xf32>
// CHECK-COUNT-8: math.fma
// What would underflow is 0 before it is scaled.
// CHECK: %[[NOTHING:.+]] = arith.cmpf olt, %[[ROUNDED]], %{{.+}} : vector<16xf32>
// CHECK: arith.select %[[NOTHING]]
// CHECK: %[[INT:.+]] = arith.bitcast %[[ROUNDED]] : vector<16xf32> to vector<16xi32>
// CHECK: arith.shli %[[INT]], %[[BITS]]
// CHECK-NOT: math.exp
// CHECK: return
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// What is nothing beside 1 may be 0: below 2^-100, where exp itself has numbers down to 2^-149.
// CHECK-LABEL: @exp_of_shares
// CHECK-DAG: %[[LOWEST:.+]] = arith.constant dense<0x4B3FFF9C> : vector<16xf32>
// CHECK: %[[NOTHING:.+]] = arith.cmpf olt, %{{.+}}, %[[LOWEST]]
// CHECK: arith.select %[[NOTHING]]
func.func @exp_of_shares(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x fastmath<afn> : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// Nothing of the math dialect is left but what processors have as instructions.
// CHECK-LABEL: @every_function_on_scalars
// CHECK-NOT: math.{{(a?(cos|sin|tan)|cbrt|clampf|erf|exp|fpowi|log|powf|rsqrt)}}
// CHECK-NOT: tw.gelu
// CHECK: return
func.func @every_function_on_scalars(%x: f32, %y: f32, %n: i32, %out: memref<30xf32>) {
  %0 = math.exp %x : f32
  %1 = math.exp2 %0 : f32
  %2 = math.expm1 %1 : f32
  %3 = math.log %2 : f32
  %4 = math.log2 %3 : f32
  %5 = math.log10 %4 : f32
  %6 = math.log1p %5 : f32
  %7 = math.erf %6 : f32
  %8 = math.erfc %7 : f32
  %9 = math.tanh %8 : f32
  %10 = math.sinh %9 : f32
  %11 = math.cosh %10 : f32
  %12 = math.asinh %11 : f32
  %13 = math.acosh %12 : f32
  %14 = math.atanh %13 : f32
  %15 = math.sin %14 : f32
  %16 = math.cos %15 : f32
  %17 = math.tan %16 : f32
  %18 = math.asin %17 : f32
  %19 = math.acos %18 : f32
  %20 = math.atan %19 : f32
  %21 = math.atan2 %20, %y : f32
  %22 = math.powf %21, %y : f32
  %23 = math.fpowi %22, %n : f32, i32
  %24 = math.cbrt %23 : f32
  %25 = math.rsqrt %24 : f32
  %26, %27 = math.sincos %25 : f32
  %28 = tw.gelu %26 : f32
  %29 = tw.gelu %28 approximate = tanh : f32
  %30 = math.clampf %29 to [%y, %27] : f32
  %zero = arith.constant 0 : index
  memref.store %30, %out[%zero] : memref<30xf32>
  return
}

// -----

// CHECK-LABEL: @any_rank
// CHECK-NOT: math.tanh
// CHECK: math.fma %{{.+}} : vector<4x2x8xf32>
// CHECK: math.fma %{{.+}} : vector<f32>
// CHECK: math.fma %{{.+}} : vector<5xf32>
func.func @any_rank(%a: vector<4x2x8xf32>, %b: vector<f32>, %c: vector<5xf32>)
    -> (vector<4x2x8xf32>, vector<f32>, vector<5xf32>) {
  %0 = math.tanh %a : vector<4x2x8xf32>
  %1 = math.log %b : vector<f32>
  %2 = math.erf %c : vector<5xf32>
  return %0, %1, %2 : vector<4x2x8xf32>, vector<f32>, vector<5xf32>
}

// -----

// Large arguments take a branch, which needs one condition for all lanes.
// CHECK-LABEL: @large_angles
// CHECK: %[[LARGE:.+]] = arith.cmpf ogt, %{{.+}}, %{{.+}} : vector<4x8xf32>
// CHECK: %[[FLAT:.+]] = vector.shape_cast %[[LARGE]] : vector<4x8xi1> to vector<32xi1>
// CHECK: %[[ANY:.+]] = vector.reduction <or>, %[[FLAT]]
// CHECK: scf.if %[[ANY]] -> (vector<4x8xf32>, vector<4x8xi32>)
// CHECK: arith.muli {{.+}} : vector<4x8xi64>
func.func @large_angles(%x: vector<4x8xf32>) -> vector<4x8xf32> {
  %y = math.sin %x : vector<4x8xf32>
  return %y : vector<4x8xf32>
}

// -----

// CHECK-LABEL: @narrow_types
// CHECK: arith.extf %{{.+}} : vector<16xbf16> to vector<16xf32>
// CHECK: math.fma %{{.+}} : vector<16xf32>
// CHECK: arith.truncf %{{.+}} : vector<16xf32> to vector<16xbf16>
// CHECK: arith.extf %{{.+}} : f16 to f32
// CHECK: arith.truncf %{{.+}} : f32 to f16
func.func @narrow_types(%x: vector<16xbf16>, %s: f16) -> (vector<16xbf16>, f16) {
  %y = math.exp %x : vector<16xbf16>
  %t = math.log %s : f16
  return %y, %t : vector<16xbf16>, f16
}

// -----

// CHECK-LABEL: @simple_powers
// CHECK-SAME: %[[X:.+]]: vector<8xf32>
// CHECK: arith.mulf %[[X]], %[[X]]
// CHECK: math.sqrt %[[X]]
// CHECK-NOT: math.fma
func.func @simple_powers(%x: vector<8xf32>) -> (vector<8xf32>, vector<8xf32>) {
  %two = arith.constant 2 : i64
  %twos = vector.broadcast %two : i64 to vector<8xi64>
  %half = arith.constant dense<0.5> : vector<8xf32>
  %0 = math.fpowi %x, %twos : vector<8xf32>, vector<8xi64>
  %1 = math.powf %x, %half : vector<8xf32>
  return %0, %1 : vector<8xf32>, vector<8xf32>
}

// -----

// What processors have as instructions stays.
// CHECK-LABEL: @no_native_operation
// CHECK: math.sqrt
// CHECK: math.floor
// CHECK: math.roundeven
// CHECK: math.absf
func.func @no_native_operation(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  %1 = math.floor %0 : vector<16xf32>
  %2 = math.roundeven %1 : vector<16xf32>
  %3 = math.absf %2 : vector<16xf32>
  return %3 : vector<16xf32>
}

// -----

// CHECK-LABEL: @no_tensor
// CHECK: math.exp %{{.+}} : tensor<?xf32>
func.func @no_tensor(%x: tensor<?xf32>) -> tensor<?xf32> {
  %y = math.exp %x : tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

// CHECK-LABEL: @no_scalable_vector
// CHECK: math.log
func.func @no_scalable_vector(%x: vector<[4]xf32>) -> vector<[4]xf32> {
  // expected-remark @below {{'math.log' on 'vector<[4]xf32>' is computed lane by lane by libm}}
  %y = math.log %x : vector<[4]xf32>
  return %y : vector<[4]xf32>
}

// -----

// f64 stays with libm; what needs no function is expanded.
// CHECK-LABEL: @no_double
// CHECK: math.exp %{{.+}} : f64
// CHECK: math.sin
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: math.powf
// CHECK: math.erfc
func.func @no_double(%x: f64, %v: vector<4xf64>, %n: i64) -> (f64, vector<4xf64>, f64, f64, f64) {
  %0 = math.exp %x : f64
  // expected-remark @below {{'math.sin' on 'vector<4xf64>' is computed lane by lane by libm; only f32 and narrower types have a vector form}}
  %1 = math.sin %v : vector<4xf64>
  %2 = math.rsqrt %x : f64
  %3 = math.fpowi %x, %n : f64, i64
  %4 = tw.gelu %x : f64
  return %0, %1, %2, %3, %4 : f64, vector<4xf64>, f64, f64, f64
}
