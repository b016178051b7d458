// RUN: tw-opt %s -tw-lower-tiles -canonicalize -split-input-file -verify-diagnostics | FileCheck %s
// RUN: tw-opt %s -tw-lower-tiles=emulate -canonicalize -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=MEMORY

// The accumulator is a register that the loop carries; its rows come back through the stack.
// CHECK-LABEL: func.func @loop_of_products(
// CHECK-SAME:    %[[A:[^:]+]]: memref<64x64xi32>, %[[B:[^:]+]]: memref<64x32xi32>
// CHECK:       %[[STACK:.+]] = memref.alloca() {alignment = 64 : i64} : memref<16x16xf32>
// CHECK:       %[[ZERO:.+]] = amx.tile_zero : !amx.tile<16x16xf32>
// CHECK:       %[[ACC:.+]] = scf.for %[[K:.+]] = %c0 to %c64 step %c16 iter_args(%[[C:.+]] = %[[ZERO]]) -> (!amx.tile<16x16xf32>)
// CHECK-DAG:     %[[TA:.+]] = amx.tile_load %[[A]][%c0, %[[K]]], %c64 : memref<64x64xi32> into !amx.tile<16x32xbf16>
// CHECK-DAG:     %[[TB:.+]] = amx.tile_load %[[B]][%[[K]], %c16], %c32 : memref<64x32xi32> into !amx.tile<16x32xbf16>
// CHECK:         %[[N:.+]] = amx.tile_mulf %[[TA]], %[[TB]], %[[C]] : !amx.tile<16x32xbf16>, !amx.tile<16x32xbf16>, !amx.tile<16x16xf32>
// CHECK-NEXT:    scf.yield %[[N]]
// CHECK:       amx.tile_store %[[STACK]][%c0, %c0], %[[ACC]]
// CHECK-DAG:   vector.load %[[STACK]][%c3, %c0] : memref<16x16xf32>, vector<16xf32>
// CHECK-DAG:   vector.load %[[STACK]][%c7, %c0] : memref<16x16xf32>, vector<16xf32>
// CHECK-NOT:   amx.tile_store

// The same in memory, with sums of pairs in each lane.
// MEMORY-LABEL: func.func @loop_of_products(
// MEMORY-NOT:  amx.
// MEMORY:      memref.alloca() {{.*}} : memref<16x16xi32>
// MEMORY:      scf.for
// MEMORY-COUNT-16: vector.store %{{.*}} : memref<16x16xi32>, vector<16xi32>
// MEMORY:        scf.for
// MEMORY:          scf.for
// MEMORY:            tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi32>, vector<16xf32>
// MEMORY:      vector.load %{{.*}}[%c3, %c0] : memref<16x16xf32>, vector<16xf32>
func.func @loop_of_products(%a: memref<64x64xi32>, %b: memref<64x32xi32>) -> (vector<16xf32>, vector<16xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %acc = scf.for %k = %c0 to %c64 step %c16 iter_args(%c = %zero) -> (vector<16x16xf32>) {
    %ta = vector.transfer_read %a[%c0, %k], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
    %tb = vector.transfer_read %b[%k, %c16], %pad {in_bounds = [true, true]} : memref<64x32xi32>, vector<16x16xi32>
    %n = tw.tile_dot %ta, %tb, %c : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
    scf.yield %n : vector<16x16xf32>
  }
  %x = vector.extract %acc[3] : vector<16xf32> from vector<16x16xf32>
  %y = vector.extract %acc[7] : vector<16xf32> from vector<16x16xf32>
  return %x, %y : vector<16xf32>, vector<16xf32>
}

// -----

// What lies beyond the memory is zero: missing rows are not read, and lanes are masked later. Two
// accumulators neither begin in one register nor end in one place.
// CHECK-LABEL: func.func @parts(
// CHECK-COUNT-3: vector.transfer_read %{{.*}} {in_bounds = [true]} : memref<3x64xi32>, vector<16xi32>
// CHECK-NOT:   vector.transfer_read {{.*}} : memref<3x64xi32>
// CHECK:       amx.tile_load %{{.*}} : memref<16x16xi32> into !amx.tile<16x32xbf16>
// CHECK-COUNT-16: vector.transfer_read %{{.*}} : memref<64x4xi32>, vector<16xi32>
// CHECK:       amx.tile_load %{{.*}} : memref<16x16xi32> into !amx.tile<16x32xbf16>
// CHECK:       %[[Z0:.+]] = amx.tile_zero
// CHECK:       %[[T0:.+]] = amx.tile_mulf %{{.*}}, %{{.*}}, %[[Z0]]
// CHECK:       amx.tile_store %[[S0:.+]][%c0, %c0], %[[T0]]
// CHECK:       %[[Z1:.+]] = amx.tile_zero
// CHECK:       %[[T1:.+]] = amx.tile_mulf %{{.*}}, %{{.*}}, %[[Z1]]
// CHECK:       amx.tile_store %[[S1:.+]][%c0, %c0], %[[T1]]
// CHECK:       vector.load %[[S0]][%c0, %c0]
// CHECK:       vector.load %[[S1]][%c1, %c0]
// MEMORY-LABEL: func.func @parts(
func.func @parts(%a: memref<3x64xi32>, %b: memref<64x4xi32>) -> vector<16xf32> {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %ta = vector.transfer_read %a[%c0, %c0], %pad {in_bounds = [false, true]} : memref<3x64xi32>, vector<16x16xi32>
  %tb = vector.transfer_read %b[%c0, %c0], %pad {in_bounds = [true, false]} : memref<64x4xi32>, vector<16x16xi32>
  %m = tw.tile_dot %ta, %tb, %zero : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
  %n = tw.tile_dot %ta, %tb, %zero : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
  %x = vector.extract %m[0] : vector<16xf32> from vector<16x16xf32>
  %y = vector.extract %n[1] : vector<16xf32> from vector<16x16xf32>
  %r = arith.addf %x, %y : vector<16xf32>
  return %r : vector<16xf32>
}

// -----

// Sums that begin and end in memory, tiles of 14 rows.
// CHECK-LABEL: func.func @sums_in_memory(
// CHECK-NOT:   memref.alloca
// CHECK:       %[[C:.+]] = amx.tile_load %{{.*}}[%c0, %{{.*}}], %c64 : memref<64x64xf32> into !amx.tile<14x16xf32>
// CHECK:       %[[N:.+]] = amx.tile_mulf %{{.*}}, %{{.*}}, %[[C]] : !amx.tile<14x20xbf16>, !amx.tile<10x32xbf16>, !amx.tile<14x16xf32>
// CHECK:       amx.tile_store %{{.*}}[%c0, %{{.*}}], %[[N]], %c64 : memref<64x64xf32>, !amx.tile<14x16xf32>
// MEMORY-LABEL: func.func @sums_in_memory(
// MEMORY-COUNT-14: vector.store %{{.*}} : memref<14x16xf32>, vector<16xf32>
// MEMORY:      scf.for
// MEMORY-COUNT-14: vector.store %{{.*}} : memref<64x64xf32>, vector<16xf32>
func.func @sums_in_memory(%a: memref<64x64xi32>, %c: memref<64x64xf32>, %i: index) {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0 : i32
  %zero = arith.constant 0.0 : f32
  %ta = vector.transfer_read %a[%c0, %i], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<14x10xi32>
  %tb = vector.transfer_read %a[%i, %c0], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<10x16xi32>
  %s = vector.transfer_read %c[%c0, %i], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<14x16xf32>
  %m = tw.tile_dot %ta, %tb, %s : vector<14x10xi32>, vector<10x16xi32>, vector<14x16xf32>
  vector.transfer_write %m, %c[%c0, %i] {in_bounds = [true, true]} : vector<14x16xf32>, memref<64x64xf32>
  return
}

// -----

// How many rows there are is known only in the call; strides too.
// CHECK-LABEL: func.func @dynamic_rows(
// CHECK:       memref.dim
// CHECK-COUNT-16: scf.if
// CHECK:       amx.tile_load
// CHECK:       amx.tile_load %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : memref<?x?xi32, strided<[?, 1]>> into !amx.tile<16x32xbf16>
// MEMORY-LABEL: func.func @dynamic_rows(
func.func @dynamic_rows(%a: memref<?x64xi32>, %b: memref<?x?xi32, strided<[?, 1]>>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %ta = vector.transfer_read %a[%i, %i], %pad {in_bounds = [false, true]} : memref<?x64xi32>, vector<16x16xi32>
  %tb = vector.transfer_read %b[%i, %i], %pad {in_bounds = [true, true]} : memref<?x?xi32, strided<[?, 1]>>, vector<16x16xi32>
  %m = tw.tile_dot %ta, %tb, %zero : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
  %x = vector.extract %m[0] : vector<16xf32> from vector<16x16xf32>
  return %x : vector<16xf32>
}

// -----

// Vectors of that shape are none of its business where nothing multiplies tiles.
// CHECK-LABEL: func.func @no_product(
// CHECK:       vector.transfer_read {{.*}} vector<16x16xi32>
// MEMORY-LABEL: func.func @no_product(
func.func @no_product(%a: memref<64x64xi32>, %i: index) -> vector<16x16xi32> {
  %pad = arith.constant 0 : i32
  %t = vector.transfer_read %a[%i, %i], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
  return %t : vector<16x16xi32>
}

// -----

func.func @no_arithmetic_on_tiles(%a: memref<64x64xi32>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %ta = vector.transfer_read %a[%i, %i], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
  %tb = vector.transfer_read %a[%i, %i], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
  %m = tw.tile_dot %ta, %tb, %zero : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
  // expected-error @below {{failed to legalize operation 'math.exp'}}
  %e = math.exp %m : vector<16x16xf32>
  %x = vector.extract %e[0] : vector<16xf32> from vector<16x16xf32>
  return %x : vector<16xf32>
}

// -----

// AMX has no product of a register with itself.
func.func @no_square_of_a_tile(%a: memref<64x64xi32>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0 : i32
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %ta = vector.transfer_read %a[%i, %i], %pad {in_bounds = [true, true]} : memref<64x64xi32>, vector<16x16xi32>
  // expected-error @below {{failed to legalize operation 'tw.tile_dot'}}
  %m = tw.tile_dot %ta, %ta, %zero : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
  %x = vector.extract %m[0] : vector<16xf32> from vector<16x16xf32>
  return %x : vector<16xf32>
}
