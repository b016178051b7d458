// RUN: tw-opt %s -tw-deinterleave-sums -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2>} {
// Two nested loops over a window, whose size may be dynamic: halves are carried through both.
// CHECK-LABEL: func.func @window_dynamic(
// CHECK-DAG:   %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK-DAG:   %[[SIXTEEN:.+]] = arith.constant dense<16> : vector<16xi32>
// CHECK-DAG:   %[[UPPER:.+]] = arith.constant dense<-65536> : vector<16xi32>
// CHECK:       %[[SUMS:.+]]:2 = scf.for {{.*}} iter_args(%{{.+}} = %[[ZERO]], %{{.+}} = %[[ZERO]]) -> (vector<16xf32>, vector<16xf32>)
// CHECK-NEXT:    scf.for {{.*}} iter_args(%[[EVEN:.+]] = %{{.+}}, %[[ODD:.+]] = %{{.+}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK:           %[[X:.+]] = vector.transfer_read %arg0
// CHECK:           %[[F:.+]] = vector.transfer_read %arg1
// CHECK-DAG:       %[[XW:.+]] = vector.bitcast %[[X]] : vector<32xbf16> to vector<16xi32>
// CHECK-DAG:       %[[XLOW:.+]] = arith.shli %[[XW]], %[[SIXTEEN]]
// CHECK-DAG:       %[[XHIGH:.+]] = arith.andi %[[XW]], %[[UPPER]]
// CHECK-DAG:       %[[XEVEN:.+]] = arith.bitcast %[[XLOW]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:       %[[XODD:.+]] = arith.bitcast %[[XHIGH]] : vector<16xi32> to vector<16xf32>
// CHECK-DAG:       %[[FW:.+]] = vector.bitcast %[[F]] : vector<32xbf16> to vector<16xi32>
// CHECK-DAG:       %[[NEXTEVEN:.+]] = math.fma %[[XEVEN]], %{{.+}}, %[[EVEN]] : vector<16xf32>
// CHECK-DAG:       %[[NEXTODD:.+]] = math.fma %[[XODD]], %{{.+}}, %[[ODD]] : vector<16xf32>
// CHECK:           scf.yield %[[NEXTEVEN]], %[[NEXTODD]]
// CHECK:       %[[WHOLE:.+]] = vector.interleave %[[SUMS]]#0, %[[SUMS]]#1 : vector<16xf32> -> vector<32xf32>
// CHECK-NEXT:  return %[[WHOLE]]
func.func @window_dynamic(%x: tensor<?x?x32xbf16>, %f: tensor<?x?x32xbf16>, %h: index, %w: index) -> vector<32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %pad = arith.constant 0.0 : bf16
  %zero = arith.constant dense<0.0> : vector<32xf32>
  %r = scf.for %i = %c0 to %h step %c1 iter_args(%rows = %zero) -> (vector<32xf32>) {
    %s = scf.for %j = %c0 to %w step %c1 iter_args(%sum = %rows) -> (vector<32xf32>) {
      %a = vector.transfer_read %x[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<?x?x32xbf16>, vector<32xbf16>
      %b = vector.transfer_read %f[%i, %j, %c0], %pad {in_bounds = [true]} : tensor<?x?x32xbf16>, vector<32xbf16>
      %aw = arith.extf %a : vector<32xbf16> to vector<32xf32>
      %bw = arith.extf %b : vector<32xbf16> to vector<32xf32>
      %next = math.fma %aw, %bw, %sum : vector<32xf32>
      scf.yield %next : vector<32xf32>
    }
    scf.yield %s : vector<32xf32>
  }
  return %r : vector<32xf32>
}

// The maxima begin with what was computed before; sums of f32 beside them stay whole.
// CHECK-LABEL: func.func @maxima_beside_sums(
// CHECK:       %[[EVENS:.+]], %[[ODDS:.+]] = vector.deinterleave %arg2 : vector<32xf32>
// CHECK:       scf.for {{.*}} -> (vector<32xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-2: arith.maximumf %{{.+}}, %{{.+}} : vector<16xf32>
// CHECK:         arith.addf %{{.+}}, %{{.+}} : vector<32xf32>
// CHECK:       vector.interleave
func.func @maxima_beside_sums(%x: tensor<9x32xbf16>, %y: tensor<9x32xf32>, %start: vector<32xf32>) -> (vector<32xf32>, vector<32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %pad = arith.constant 0.0 : bf16
  %padding = arith.constant 0.0 : f32
  %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%most = %start, %sum = %start) -> (vector<32xf32>, vector<32xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x32xbf16>, vector<32xbf16>
    %b = vector.transfer_read %y[%i, %c0], %padding {in_bounds = [true]} : tensor<9x32xf32>, vector<32xf32>
    %aw = arith.extf %a : vector<32xbf16> to vector<32xf32>
    %m = arith.maximumf %most, %aw : vector<32xf32>
    %s = arith.addf %sum, %b : vector<32xf32>
    scf.yield %m, %s : vector<32xf32>, vector<32xf32>
  }
  return %r#0, %r#1 : vector<32xf32>, vector<32xf32>
}

// Halves of one register would not fill a register.
// CHECK-LABEL: func.func @no_single_register(
// CHECK-NOT:   interleave
// CHECK:       return
func.func @no_single_register(%x: tensor<9x16xbf16>, %start: vector<16xf32>) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %pad = arith.constant 0.0 : bf16
  %r = scf.for %i = %c0 to %c9 step %c1 iter_args(%sum = %start) -> (vector<16xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x16xbf16>, vector<16xbf16>
    %aw = arith.extf %a : vector<16xbf16> to vector<16xf32>
    %s = arith.addf %sum, %aw : vector<16xf32>
    scf.yield %s : vector<16xf32>
  }
  return %r : vector<16xf32>
}

// The factor is read whole in each step: taking it apart would cost what is saved. What depends on
// a carried vector that stays whole stays so too.
// CHECK-LABEL: func.func @no_factor_of_f32(
// CHECK-NOT:   interleave
// CHECK:       return
func.func @no_factor_of_f32(%x: tensor<9x32xbf16>, %y: tensor<9x32xf32>, %start: vector<32xf32>) -> (vector<32xf32>, vector<32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %pad = arith.constant 0.0 : bf16
  %padding = arith.constant 0.0 : f32
  %r:2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%sum = %start, %other = %start) -> (vector<32xf32>, vector<32xf32>) {
    %a = vector.transfer_read %x[%i, %c0], %pad {in_bounds = [true]} : tensor<9x32xbf16>, vector<32xbf16>
    %b = vector.transfer_read %y[%i, %c0], %padding {in_bounds = [true]} : tensor<9x32xf32>, vector<32xf32>
    %aw = arith.extf %a : vector<32xbf16> to vector<32xf32>
    %s = math.fma %aw, %b, %sum : vector<32xf32>
    %t = math.fma %aw, %sum, %other : vector<32xf32>
    scf.yield %s, %t : vector<32xf32>, vector<32xf32>
  }
  return %r#0, %r#1 : vector<32xf32>, vector<32xf32>
}
}

// -----

// expected-error @below {{needs a module with a 'tw.target' attribute; run tw-attach-target or the input phase first}}
func.func @no_target() {
  return
}
