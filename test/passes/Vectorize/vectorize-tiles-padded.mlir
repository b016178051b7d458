// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize | FileCheck %s
// Columns that fill no vector, summed up as one where there are elements behind them.

#dots = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// The last panel of packed weights: one sum of 16 lanes, of which 15 are kept.
// CHECK-LABEL: func @last_panel(
// CHECK-SAME: %{{.+}}: tensor<1x96xf32>, %[[W:.+]]: tensor<2x96x32xf32>
// CHECK: %[[PANEL:.+]] = tensor.extract_slice %[[W]][1, 0, 0] [1, 96, 16] [1, 1, 1]
// CHECK: %[[SUM:.+]] = scf.for {{.+}} -> (vector<16xf32>)
// CHECK: vector.transfer_read %[[PANEL]]{{.+}} vector<16xf32>
// CHECK: vector.extract_strided_slice %[[SUM]] {offsets = [0], sizes = [8], strides = [1]}
// CHECK: vector.extract_strided_slice %[[SUM]] {offsets = [8], sizes = [4], strides = [1]}
// CHECK: vector.extract_strided_slice %[[SUM]] {offsets = [12], sizes = [2], strides = [1]}
// CHECK: vector.extract{{.*}} %[[SUM]]
func.func @last_panel(%a: tensor<1x96xf32>, %w: tensor<2x96x32xf32>, %e: tensor<1x15xf32>) -> tensor<1x15xf32> {
  %z = arith.constant 0.0 : f32
  %b = tensor.extract_slice %w[1, 0, 0] [1, 96, 15] [1, 1, 1] : tensor<2x96x32xf32> to tensor<96x15xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<1x15xf32>) -> tensor<1x15xf32>
  %r = linalg.matmul ins(%a, %b : tensor<1x96xf32>, tensor<96x15xf32>) outs(%f : tensor<1x15xf32>) -> tensor<1x15xf32>
  return %r : tensor<1x15xf32>
}

// What is added to is put together from its pieces. A dynamic number of words.
// CHECK-LABEL: func @dynamic_sum(
// CHECK: %[[START:.+]] = vector.insert_strided_slice {{.+}} {offsets = [8], strides = [1]} : vector<4xf32> into vector<16xf32>
// CHECK: scf.for {{.+}} iter_args(%{{.+}} = %[[START]]) -> (vector<16xf32>)
// CHECK: tw.bf16_dot {{.+}} : vector<16xi32>, vector<16xf32>
func.func @dynamic_sum(%a: tensor<1x?xi32>, %w: tensor<2x?x32xi32>, %e: tensor<1x12xf32>, %k: index) -> tensor<1x12xf32> {
  %b = tensor.extract_slice %w[1, 0, 16] [1, %k, 12] [1, 1, 1] : tensor<2x?x32xi32> to tensor<?x12xi32>
  %r = linalg.generic {indexing_maps = [#dots, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<1x?xi32>, tensor<?x12xi32>) outs(%e : tensor<1x12xf32>) {
  ^bb0(%x: i32, %y: i32, %s: f32):
    %d = tw.bf16_dot %x, %y, %s : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x12xf32>
  return %r : tensor<1x12xf32>
}

// CHECK-LABEL: func @no_columns_behind(
// CHECK: scf.for {{.+}} -> (vector<8xf32>, vector<4xf32>)
func.func @no_columns_behind(%a: tensor<1x96xf32>, %w: tensor<2x96x28xf32>, %e: tensor<1x12xf32>) -> tensor<1x12xf32> {
  %b = tensor.extract_slice %w[1, 0, 16] [1, 96, 12] [1, 1, 1] : tensor<2x96x28xf32> to tensor<96x12xf32>
  %r = linalg.matmul ins(%a, %b : tensor<1x96xf32>, tensor<96x12xf32>) outs(%e : tensor<1x12xf32>) -> tensor<1x12xf32>
  return %r : tensor<1x12xf32>
}

// What is computed might be written to while its neighbour reads.
// CHECK-LABEL: func @no_argument(
// CHECK: scf.for {{.+}} -> (vector<8xf32>, vector<4xf32>)
func.func @no_argument(%a: tensor<1x96xf32>, %e: tensor<1x12xf32>) -> tensor<1x12xf32> {
  %w = tensor.empty() : tensor<2x96x32xf32>
  %b = tensor.extract_slice %w[1, 0, 0] [1, 96, 12] [1, 1, 1] : tensor<2x96x32xf32> to tensor<96x12xf32>
  %r = linalg.matmul ins(%a, %b : tensor<1x96xf32>, tensor<96x12xf32>) outs(%e : tensor<1x12xf32>) -> tensor<1x12xf32>
  return %r : tensor<1x12xf32>
}

// A single narrow vector costs no less as a whole one.
// CHECK-LABEL: func @no_pieces(
// CHECK: scf.for {{.+}} -> (vector<8xf32>)
func.func @no_pieces(%a: tensor<1x96xf32>, %w: tensor<2x96x32xf32>, %e: tensor<1x8xf32>) -> tensor<1x8xf32> {
  %b = tensor.extract_slice %w[1, 0, 0] [1, 96, 8] [1, 1, 1] : tensor<2x96x32xf32> to tensor<96x8xf32>
  %r = linalg.matmul ins(%a, %b : tensor<1x96xf32>, tensor<96x8xf32>) outs(%e : tensor<1x8xf32>) -> tensor<1x8xf32>
  return %r : tensor<1x8xf32>
}
}
