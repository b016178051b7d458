// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// The accumulators are carried by the loop, and the epilogue takes them as vectors.
// CHECK-LABEL: @matmul_and_epilogue
// CHECK: %[[ACC:.*]]:2 = scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>) {
// CHECK:   %[[B:.*]] = vector.transfer_read {{.*}} {in_bounds = [true]} : tensor<?x16xf32>, vector<16xf32>
// CHECK:   math.fma %{{.*}}, %[[B]], %{{.*}} : vector<16xf32>
// CHECK:   math.fma %{{.*}}, %[[B]], %{{.*}} : vector<16xf32>
// CHECK-NOT: vector.transfer_write
// CHECK:   scf.yield
// CHECK: math.exp %[[ACC]]#0 : vector<16xf32>
// CHECK: math.exp %[[ACC]]#1 : vector<16xf32>
// CHECK-COUNT-2: vector.transfer_write
// CHECK-NOT: linalg
func.func @matmul_and_epilogue(%a: tensor<2x?xf32>, %b: tensor<?x16xf32>, %e: tensor<2x16xf32>) -> tensor<2x16xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x16xf32>) -> tensor<2x16xf32>
  %m = linalg.matmul ins(%a, %b : tensor<2x?xf32>, tensor<?x16xf32>) outs(%f : tensor<2x16xf32>) -> tensor<2x16xf32>
  %x = linalg.exp ins(%m : tensor<2x16xf32>) outs(%e : tensor<2x16xf32>) -> tensor<2x16xf32>
  return %x : tensor<2x16xf32>
}

// What is around an image is left for tw-lower-copies-and-fills, which makes loops of it.
// CHECK-LABEL: @side_of_an_image
// CHECK: linalg.fill
func.func @side_of_an_image(%x: tensor<1x60x16xf32>) -> tensor<1x60x16xf32> {
  %zero = arith.constant 0.0 : f32
  %s = tensor.extract_slice %x[0, 0, 0] [1, 1, 16] [1, 1, 1] : tensor<1x60x16xf32> to tensor<1x1x16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%s : tensor<1x1x16xf32>) -> tensor<1x1x16xf32>
  %r = tensor.insert_slice %f into %x[0, 0, 0] [1, 1, 16] [1, 1, 1] : tensor<1x1x16xf32> into tensor<1x60x16xf32>
  return %r : tensor<1x60x16xf32>
}

// So is what begins a result that no loop could carry in registers.
// CHECK-LABEL: @larger_than_all_registers
// CHECK: linalg.fill {{.*}} -> tensor<376x24xf32>
func.func @larger_than_all_registers(%n: index) -> tensor<376x24xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<376x24xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<376x24xf32>) -> tensor<376x24xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%t = %f) -> (tensor<376x24xf32>) {
    %u = tensor.insert %zero into %t[%i, %c0] : tensor<376x24xf32>
    scf.yield %u : tensor<376x24xf32>
  }
  return %r : tensor<376x24xf32>
}

// LLVM takes vectors of 24 lanes apart where a loop carries them, so 24 columns are 16 and 8; what
// follows gets the same pieces, and no lane moves between vectors.
// CHECK-LABEL: @columns_in_powers_of_two
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<8xf32>) {
// CHECK:   vector.transfer_read {{.*}}[%{{.*}}, %c0]{{.*}} vector<16xf32>
// CHECK:   vector.transfer_read {{.*}}[%{{.*}}, %c16]{{.*}} vector<8xf32>
// CHECK-NOT: strided_slice
// CHECK: math.exp %{{.*}} : vector<16xf32>
// CHECK: math.exp %{{.*}} : vector<8xf32>
// CHECK: vector.transfer_write {{.*}}[%c0, %c0]{{.*}} vector<16xf32>
// CHECK: vector.transfer_write {{.*}}[%c0, %c16]{{.*}} vector<8xf32>
func.func @columns_in_powers_of_two(%a: tensor<1x?xf32>, %b: tensor<?x24xf32>, %e: tensor<1x24xf32>) -> tensor<1x24xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x24xf32>) -> tensor<1x24xf32>
  %m = linalg.matmul ins(%a, %b : tensor<1x?xf32>, tensor<?x24xf32>) outs(%f : tensor<1x24xf32>) -> tensor<1x24xf32>
  %x = linalg.exp ins(%m : tensor<1x24xf32>) outs(%e : tensor<1x24xf32>) -> tensor<1x24xf32>
  return %x : tensor<1x24xf32>
}

// The zeros that a sum starts from are not written first, also where a row is several vectors.
// CHECK-LABEL: @overwritten_zeros
// CHECK-NOT: vector.transfer_write
// CHECK: %[[SUMS:.*]]:2 = scf.for {{.*}} -> (vector<4xf32>, vector<1xf32>) {
// CHECK: vector.transfer_write %[[SUMS]]#0, %arg2
// CHECK: vector.transfer_write %[[SUMS]]#1
// CHECK-NOT: vector.transfer_write
func.func @overwritten_zeros(%a: tensor<1x?xf32>, %b: tensor<?x5xf32>, %e: tensor<1x5xf32>) -> tensor<1x5xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x5xf32>) -> tensor<1x5xf32>
  %m = linalg.matmul ins(%a, %b : tensor<1x?xf32>, tensor<?x5xf32>) outs(%f : tensor<1x5xf32>) -> tensor<1x5xf32>
  return %m : tensor<1x5xf32>
}

// What is read elsewhere stays written.
// CHECK-LABEL: @zeros_for_another
// CHECK-COUNT-2: vector.transfer_write %cst
// CHECK: scf.for
// CHECK-COUNT-2: vector.transfer_write
func.func @zeros_for_another(%a: tensor<1x?xf32>, %b: tensor<?x5xf32>, %e: tensor<1x5xf32>) -> (tensor<1x5xf32>, tensor<1x5xf32>) {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x5xf32>) -> tensor<1x5xf32>
  %m = linalg.matmul ins(%a, %b : tensor<1x?xf32>, tensor<?x5xf32>) outs(%f : tensor<1x5xf32>) -> tensor<1x5xf32>
  return %m, %f : tensor<1x5xf32>, tensor<1x5xf32>
}

// What is in registers is transposed there too, in squares: two of 2x2 for rows of four.
// CHECK-LABEL: @transposed_result
// CHECK-NOT: tensor.extract
// CHECK-COUNT-4: vector.shuffle
// CHECK-NOT: tensor.extract
func.func @transposed_result(%a: tensor<2x4xf32>, %e: tensor<2x4xf32>, %t: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %0 = linalg.exp ins(%a : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %r = linalg.transpose ins(%0 : tensor<2x4xf32>) outs(%t : tensor<4x2xf32>) permutation = [1, 0]
  return %r : tensor<4x2xf32>
}

// A square tile that lies across its input: rows are read, and transposed in registers by rounds of
// shuffles. Four rows of four lanes take two rounds.
// CHECK-LABEL: @transposed_square
// CHECK-COUNT-4: vector.transfer_read {{.*}} : tensor<4x4xf32>, vector<4xf32>
// CHECK-COUNT-8: vector.shuffle
// CHECK-NOT: vector.from_elements
// CHECK-COUNT-4: vector.transfer_write
func.func @transposed_square(%a: tensor<4x4xf32>, %e: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %r = linalg.transpose ins(%a : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) permutation = [1, 0]
  return %r : tensor<4x4xf32>
}

// Rows of seven that lie across eight lanes: two blocks of four columns, of which the second reads
// one again, each two squares below each other, whose halves are put together.
// CHECK-LABEL: @transposed_narrow
// CHECK-COUNT-8: vector.transfer_read {{.*}} : tensor<8x7xf32>, vector<4xf32>
// CHECK-COUNT-14: vector.shuffle {{.*}} : vector<4xf32>, vector<4xf32>
// CHECK-COUNT-3: vector.shuffle {{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<4xf32>, vector<4xf32>
// CHECK: vector.transfer_read %{{.*}}[%{{.*}}, %c3{{.*}}]{{.*}} : tensor<8x7xf32>, vector<4xf32>
// CHECK-NOT: vector.from_elements
// CHECK-COUNT-7: vector.transfer_write {{.*}} : vector<8xf32>, tensor<7x8xf32>
func.func @transposed_narrow(%a: tensor<8x7xf32>, %e: tensor<7x8xf32>) -> tensor<7x8xf32> {
  %r = linalg.transpose ins(%a : tensor<8x7xf32>) outs(%e : tensor<7x8xf32>) permutation = [1, 0]
  return %r : tensor<7x8xf32>
}

// Partial sums in the lanes; what does not fill a vector is added one by one.
// CHECK-LABEL: @row_sum
// CHECK: scf.for {{.*}} step %c16 {{.*}} -> (vector<16xf32>)
// CHECK: scf.for {{.*}} step %c1 {{.*}} -> (f32)
// CHECK: vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
func.func @row_sum(%a: tensor<1x37xf32>, %c: tensor<1xf32>) -> tensor<1xf32> {
  %r = linalg.reduce { arith.addf } ins(%a : tensor<1x37xf32>) outs(%c : tensor<1xf32>) dimensions = [1]
  return %r : tensor<1xf32>
}

// A look-up whose last index runs with the lanes is one load a row.
// CHECK-LABEL: @embedding
// CHECK-COUNT-1: vector.transfer_read {{.*}} : tensor<100x16xf32>, vector<16xf32>
// CHECK-NOT: vector.from_elements
func.func @embedding(%table: tensor<100x16xf32>, %ids: tensor<1xi64>, %e: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<1xi64>) outs(%e : tensor<1x16xf32>) {
  ^bb0(%id: i64, %o: f32):
    %row = arith.index_cast %id : i64 to index
    %col = linalg.index 1 : index
    %v = tensor.extract %table[%row, %col] : tensor<100x16xf32>
    linalg.yield %v : f32
  } -> tensor<1x16xf32>
  return %r : tensor<1x16xf32>
}

// Masks are vectors too; tw-store-booleans-as-bytes gives them bytes once they are in memory.
// CHECK-LABEL: @masks
// CHECK: %[[M:.*]] = vector.transfer_read %arg0{{.*}} : tensor<1x16xi1>, vector<16xi1>
// CHECK: %[[P:.*]] = arith.cmpf ogt, %{{.*}} : vector<16xf32>
// CHECK: %[[R:.*]] = arith.andi %[[M]], %[[P]] : vector<16xi1>
// CHECK: vector.transfer_write %[[R]], %{{.*}} : vector<16xi1>, tensor<1x16xi1>
func.func @masks(%m: tensor<1x16xi1>, %x: tensor<1x16xf32>, %e: tensor<1x16xi1>) -> tensor<1x16xi1> {
  %zero = arith.constant 0.0 : f32
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%m, %x : tensor<1x16xi1>, tensor<1x16xf32>) outs(%e : tensor<1x16xi1>) {
  ^bb0(%bit: i1, %value: f32, %o: i1):
    %positive = arith.cmpf ogt, %value, %zero : f32
    %both = arith.andi %bit, %positive : i1
    linalg.yield %both : i1
  } -> tensor<1x16xi1>
  return %r : tensor<1x16xi1>
}

// A long sum is cut into blocks that are added up on their own: its rounding error grows with the
// length of the chain.
// CHECK-LABEL: @long_sums_in_blocks
// CHECK: %[[TOTAL:.*]] = scf.for %{{.*}} = %c0 to %c1024 step %c256 iter_args(%[[SUM:.*]] = %{{.*}}) -> (vector<16xf32>)
// CHECK: %[[BLOCK:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %cst{{.*}}) -> (vector<16xf32>)
// CHECK: math.fma
// CHECK: arith.addf %[[SUM]], %[[BLOCK]] : vector<16xf32>
func.func @long_sums_in_blocks(%a: tensor<1x1024xf32>, %b: tensor<1024x16xf32>, %c: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %r = linalg.matmul ins(%a, %b : tensor<1x1024xf32>, tensor<1024x16xf32>) outs(%c : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %r : tensor<1x16xf32>
}

// CHECK-LABEL: @no_vectors_for_a_dynamic_tile
// CHECK: linalg.exp
func.func @no_vectors_for_a_dynamic_tile(%a: tensor<?xf32>, %e: tensor<?xf32>) -> tensor<?xf32> {
  // expected-remark @below {{'linalg.exp' falls back to scalar loops: parallel loop 0 has a dynamic size}}
  %x = linalg.exp ins(%a : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %x : tensor<?xf32>
}
}
