// RUN: tw-opt %s -tw-store-booleans-as-bytes -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @element(
// CHECK-SAME:    %[[MASK:.*]]: memref<8xi8>, %[[OUT:.*]]: memref<8xi8>, %[[I:.*]]: index)
// CHECK:       %[[BYTE:.*]] = memref.load %[[MASK]][%[[I]]] : memref<8xi8>
// CHECK:       %[[BIT:.*]] = arith.cmpi ne, %[[BYTE]], %{{.*}} : i8
// CHECK:       %[[NOT:.*]] = arith.xori %[[BIT]], %{{.*}} : i1
// CHECK:       %[[NEW:.*]] = arith.extui %[[NOT]] : i1 to i8
// CHECK:       memref.store %[[NEW]], %[[OUT]][%[[I]]] : memref<8xi8>
func.func @element(%mask: memref<8xi1>, %out: memref<8xi1>, %i: index) {
  %true = arith.constant true
  %m = memref.load %mask[%i] : memref<8xi1>
  %n = arith.xori %m, %true : i1
  memref.store %n, %out[%i] : memref<8xi1>
  return
}

// -----

// CHECK-LABEL: func.func @vectors(
// CHECK:       %[[POISON:.*]] = ub.poison : i8
// CHECK:       %[[READ:.*]] = vector.transfer_read %{{.*}}, %[[POISON]] {in_bounds = [true]} : memref<?x64xi8>, vector<16xi8>
// CHECK:       %[[BITS:.*]] = arith.cmpi ne, %[[READ]], %{{.*}} : vector<16xi8>
// CHECK:       %[[PASSED:.*]] = arith.extui %[[BITS]] : vector<16xi1> to vector<16xi8>
// CHECK:       vector.maskedload %{{.*}}, %[[BITS]], %[[PASSED]] : memref<?x64xi8>, vector<16xi1>, vector<16xi8> into vector<16xi8>
// CHECK:       vector.load {{.*}} : memref<?x64xi8>, vector<16xi8>
// CHECK:       vector.transfer_write %{{.*}} : vector<16xi8>, memref<?x64xi8>
// CHECK:       vector.store %{{.*}} : memref<?x64xi8>, vector<16xi8>
func.func @vectors(%mask: memref<?x64xi1>, %i: index) {
  %c0 = arith.constant 0 : index
  %p = ub.poison : i1
  %a = vector.transfer_read %mask[%i, %c0], %p {in_bounds = [true]} : memref<?x64xi1>, vector<16xi1>
  %b = vector.maskedload %mask[%i, %c0], %a, %a : memref<?x64xi1>, vector<16xi1>, vector<16xi1> into vector<16xi1>
  %c = vector.load %mask[%i, %c0] : memref<?x64xi1>, vector<16xi1>
  %d = arith.andi %b, %c : vector<16xi1>
  vector.transfer_write %d, %mask[%i, %c0] {in_bounds = [true]} : vector<16xi1>, memref<?x64xi1>
  vector.store %d, %mask[%i, %c0] : memref<?x64xi1>, vector<16xi1>
  return
}

// -----

// CHECK-LABEL: memref.global "private" constant @flags : memref<3xi8> = dense<[1, 0, 1]>
memref.global "private" constant @flags : memref<3xi1> = dense<[true, false, true]>

// Views keep strides and offsets; the size in bytes stays.
// CHECK-LABEL: func.func @views(
// CHECK-SAME:    memref<?x8xi8, strided<[?, 1], offset: ?>>) -> (memref<3xi8>, index) {
// CHECK:       memref.view %{{.*}} : memref<64xi8> to memref<4x8xi8>
// CHECK:       memref.subview %{{.*}} : memref<4x8xi8> to memref<2x8xi8, strided<[16, 1], offset: 8>>
// CHECK:       memref.copy %{{.*}} : memref<2x8xi8, strided<[16, 1], offset: 8>> to memref<?x8xi8, strided<[?, 1], offset: ?>>
// CHECK:       memref.collapse_shape %{{.*}} : memref<4x8xi8> into memref<32xi8>
// CHECK:       scf.if %{{.*}} -> (memref<32xi8>)
// CHECK:       memref.get_global @flags : memref<3xi8>
func.func @views(%out: memref<?x8xi1, strided<[?, 1], offset: ?>>) -> (memref<3xi1>, index) {
  %c0 = arith.constant 0 : index
  %arena = tw.arena : memref<64xi8>
  %a = memref.view %arena[%c0][] : memref<64xi8> to memref<4x8xi1>
  %s = memref.subview %a[1, 0] [2, 8] [2, 1] : memref<4x8xi1> to memref<2x8xi1, strided<[16, 1], offset: 8>>
  memref.copy %s, %out : memref<2x8xi1, strided<[16, 1], offset: 8>> to memref<?x8xi1, strided<[?, 1], offset: ?>>
  %flat = memref.collapse_shape %a [[0, 1]] : memref<4x8xi1> into memref<32xi1>
  %n = memref.dim %out, %c0 : memref<?x8xi1, strided<[?, 1], offset: ?>>
  %empty = arith.cmpi eq, %n, %c0 : index
  %other = scf.if %empty -> memref<32xi1> {
    scf.yield %flat : memref<32xi1>
  } else {
    %new = tw.alloc(%n) : memref<?xi1>
    %cast = memref.cast %new : memref<?xi1> to memref<32xi1>
    scf.yield %cast : memref<32xi1>
  }
  memref.dealloc %other : memref<32xi1>
  %flags = memref.get_global @flags : memref<3xi1>
  return %flags, %n : memref<3xi1>, index
}

// -----

// CHECK-LABEL: func.func @bodies(
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : memref<8xi8>, memref<8xf32>) outs(%{{.*}} : memref<8xi8>)
// CHECK:       ^bb0(%[[M:.*]]: i8, %[[X:.*]]: f32, %{{.*}}: i8):
// CHECK:         %[[BIT:.*]] = arith.cmpi ne, %[[M]], %{{.*}} : i8
// CHECK:         %[[AND:.*]] = arith.andi %[[BIT]], %{{.*}} : i1
// CHECK:         %[[BYTE:.*]] = arith.extui %[[AND]] : i1 to i8
// CHECK:         linalg.yield %[[BYTE]] : i8
// CHECK:       %[[VALUE:.*]] = arith.extui %{{.*}} : i1 to i8
// CHECK:       linalg.fill ins(%[[VALUE]] : i8) outs(%{{.*}} : memref<8xi8>)
// CHECK:       linalg.copy ins(%{{.*}} : memref<8xi8>) outs(%{{.*}} : memref<8xi8>)
// CHECK-NOT:   linalg.transpose
// CHECK:       linalg.generic {{.*}} ins(%{{.*}} : memref<2x4xi8>) outs(%{{.*}} : memref<4x2xi8>)
func.func @bodies(%m: memref<8xi1>, %x: memref<8xf32>, %out: memref<8xi1>, %v: i1,
                  %a: memref<2x4xi1>, %b: memref<4x2xi1>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                  iterator_types = ["parallel"]}
      ins(%m, %x : memref<8xi1>, memref<8xf32>) outs(%out : memref<8xi1>) {
  ^bb0(%bit: i1, %e: f32, %o: i1):
    %positive = arith.cmpf ogt, %e, %zero : f32
    %both = arith.andi %bit, %positive : i1
    linalg.yield %both : i1
  }
  linalg.fill ins(%v : i1) outs(%out : memref<8xi1>)
  linalg.copy ins(%m : memref<8xi1>) outs(%out : memref<8xi1>)
  linalg.transpose ins(%a : memref<2x4xi1>) outs(%b : memref<4x2xi1>) permutation = [1, 0]
  return
}

// -----

// CHECK-LABEL: func.func @no_other_memory(
// CHECK-NEXT:  memref.load %{{.*}} : memref<8xi8>
// CHECK-NEXT:  tensor.extract %{{.*}} : tensor<8xi1>
// CHECK-NEXT:  return
func.func @no_other_memory(%m: memref<8xi8>, %t: tensor<8xi1>, %i: index) -> (i8, i1) {
  %a = memref.load %m[%i] : memref<8xi8>
  %b = tensor.extract %t[%i] : tensor<8xi1>
  return %a, %b : i8, i1
}

// -----

// All that is not supported is named, and nothing is converted.
func.func @no_form_on_bytes(%m: memref<8xi1>, %v: i1, %i: index) {
  // expected-error @below {{'memref.generic_atomic_rmw' op on memory of booleans ('memref<8xi1>') cannot be lowered: it has no form on bytes; keep the values in i8}}
  %r = memref.generic_atomic_rmw %m[%i] : memref<8xi1> {
  ^bb0(%current: i1):
    memref.atomic_yield %v : i1
  }
  // expected-error @below {{'memref.alloc' op on memory of booleans ('memref<4xvector<16xi1>>') cannot be lowered}}
  %a = memref.alloc() : memref<4xvector<16xi1>>
  return
}
