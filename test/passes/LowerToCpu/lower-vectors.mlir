// RUN: tw-opt %s -tw-lower-vectors | FileCheck %s

// CHECK-LABEL: func.func @row
// CHECK: %[[V:.*]] = vector.load %{{.*}} : memref<64xf32>, vector<16xf32>
// CHECK: vector.store %[[V]]
func.func @row(%m: memref<64xf32>, %i: index) {
  %pad = ub.poison : f32
  %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<64xf32>, vector<16xf32>
  vector.transfer_write %v, %m[%i] {in_bounds = [true]} : vector<16xf32>, memref<64xf32>
  return
}

// Rows of a tile, of a matrix with a dynamic size.
// CHECK-LABEL: func.func @tile_of_a_dynamic_matrix
// CHECK-COUNT-2: vector.load %{{.*}} : memref<?x64xf32>, vector<16xf32>
// CHECK-NOT: vector.transfer_read
func.func @tile_of_a_dynamic_matrix(%m: memref<?x64xf32>, %i: index) -> vector<2x16xf32> {
  %pad = arith.constant 0.0 : f32
  %v = vector.transfer_read %m[%i, %i], %pad {in_bounds = [true, true]} : memref<?x64xf32>, vector<2x16xf32>
  return %v : vector<2x16xf32>
}

// CHECK-LABEL: func.func @step
// CHECK: arith.constant dense<[0, 1, 2, 3]>
func.func @step() -> vector<4xindex> {
  %v = vector.step : vector<4xindex>
  return %v : vector<4xindex>
}

// What canonicalization makes of the slice of a written vector: only what fits is written.
// CHECK-LABEL: func.func @write_beyond_the_end
// CHECK: vector.maskedstore %{{.*}} : memref<7xf32>, vector<9xi1>, vector<9xf32>
// CHECK-NOT: vector.transfer_write
func.func @write_beyond_the_end(%m: memref<7xf32>, %v: vector<9xf32>) {
  %c0 = arith.constant 0 : index
  vector.transfer_write %v, %m[%c0] : vector<9xf32>, memref<7xf32>
  return
}

// LLVM cannot make a vector of the ninth bf16 on its own.
// CHECK-LABEL: func.func @one_more_than_eight
// CHECK-DAG: %[[FRONT:.*]] = vector.load %{{.*}} : memref<36xbf16>, vector<8xbf16>
// CHECK-DAG: %[[LAST:.*]] = memref.load
// CHECK-DAG: arith.bitcast %[[LAST]] : bf16 to i16
// CHECK: vector.bitcast %{{.*}} : vector<9xi16> to vector<9xbf16>
// CHECK: vector.load %{{.*}} : memref<36xbf16>, vector<10xbf16>
func.func @one_more_than_eight(%m: memref<36xbf16>, %i: index) -> (vector<9xbf16>, vector<10xbf16>) {
  %pad = arith.constant 0.0 : bf16
  %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<36xbf16>, vector<9xbf16>
  %w = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<36xbf16>, vector<10xbf16>
  return %v, %w : vector<9xbf16>, vector<10xbf16>
}

// An unknown stride between the elements: no load of consecutive ones.
// CHECK-LABEL: func.func @no_load_of_a_strided_row
// CHECK-NOT: vector.load
func.func @no_load_of_a_strided_row(%m: memref<64xf32, strided<[?]>>, %i: index) -> vector<16xf32> {
  %pad = arith.constant 0.0 : f32
  %v = vector.transfer_read %m[%i], %pad {in_bounds = [true]} : memref<64xf32, strided<[?]>>, vector<16xf32>
  return %v : vector<16xf32>
}
