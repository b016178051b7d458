// RUN: tw-opt %s -tw-contract-words -split-input-file | FileCheck %s

// The rows are only seen as words, those of the right-hand side are interleaved: half as many steps
// of twice the work.
// CHECK-DAG: #[[$A:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$B:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$C:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<8x64xbf16>, %[[W:[^:]+]]: tensor<64x128xbf16>, %[[I:[^:]+]]: tensor<8x128xf32>)
// CHECK-DAG:   %[[XW:.+]] = tw.words %[[X]] : tensor<8x64xbf16> -> tensor<8x32xi32>
// CHECK-DAG:   %[[EVEN:.+]] = tensor.extract_slice %[[W]][0, 0] [32, 128] [2, 1]
// CHECK-DAG:   %[[ODD:.+]] = tensor.extract_slice %[[W]][1, 0] [32, 128] [2, 1]
// CHECK:       %[[WW:.+]] = linalg.generic {{.*}} ins(%[[EVEN]], %[[ODD]] : tensor<32x128xbf16>, tensor<32x128xbf16>) outs(%{{.*}} : tensor<32x128xi32>)
// CHECK-NEXT:  ^bb0(%[[LOW:.+]]: bf16, %[[HIGH:.+]]: bf16, %{{.*}}: i32):
// CHECK-DAG:     %[[HIGHBITS:.+]] = arith.bitcast %[[HIGH]] : bf16 to i16
// CHECK-DAG:     %[[HIGHWORD:.+]] = arith.extui %[[HIGHBITS]] : i16 to i32
// CHECK-DAG:     %[[UPPER:.+]] = arith.shli %[[HIGHWORD]], %{{.*}} : i32
// CHECK-DAG:     %[[LOWBITS:.+]] = arith.bitcast %[[LOW]] : bf16 to i16
// CHECK-DAG:     %[[LOWER:.+]] = arith.extui %[[LOWBITS]] : i16 to i32
// CHECK:         %[[WORD:.+]] = arith.ori %[[LOWER]], %[[UPPER]] : i32
// CHECK-NEXT:    linalg.yield %[[WORD]] : i32
// CHECK:       %[[R:.+]] = linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #[[$C]]], iterator_types = ["parallel", "parallel", "reduction"]}
// CHECK-SAME:    ins(%[[XW]], %[[WW]] : tensor<8x32xi32>, tensor<32x128xi32>) outs(%[[I]] : tensor<8x128xf32>)
// CHECK-NEXT:  ^bb0(%[[L:.+]]: i32, %[[M:.+]]: i32, %[[SUM:.+]]: f32):
// CHECK-NEXT:    %[[DOT:.+]] = tw.bf16_dot %[[L]], %[[M]], %[[SUM]] : i32, f32
// CHECK-NEXT:    linalg.yield %[[DOT]] : f32
// CHECK:       return %[[R]]
func.func @matmul(%x: tensor<8x64xbf16>, %w: tensor<64x128xbf16>, %i: tensor<8x128xf32>) -> tensor<8x128xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<8x64xbf16>, tensor<64x128xbf16>) outs(%i : tensor<8x128xf32>) -> tensor<8x128xf32>
  return %r : tensor<8x128xf32>
}

// -----

// Rows and columns may be dynamic; only what is summed over has to be known.
// CHECK-LABEL: func.func @matmul_dynamic(
// CHECK:       tw.words %{{.*}} : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK:       %[[N:.+]] = tensor.dim %[[W:.+]], %{{.*}} : tensor<64x?xbf16>
// CHECK:       tensor.extract_slice %[[W]][0, 0] [32, %[[N]]] [2, 1] : tensor<64x?xbf16> to tensor<32x?xbf16>
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x32xi32>, tensor<32x?xi32>) outs(%{{.*}} : tensor<?x?xf32>)
// CHECK:         tw.bf16_dot
func.func @matmul_dynamic(%x: tensor<?x64xbf16>, %w: tensor<64x?xbf16>, %i: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<?x64xbf16>, tensor<64x?xbf16>) outs(%i : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Both operands end in what is summed over, as queries and keys do: both are only seen as words,
// and those of the columns are transposed, so that the columns are contiguous.
// CHECK-DAG: #[[$A:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$B:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func.func @transposed_rhs_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x64xbf16>, %[[W:[^:]+]]: tensor<?x64xbf16>
// CHECK-NOT:   arith.shli
// CHECK-DAG:   %[[XW:.+]] = tw.words %[[X]] : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK-DAG:   %[[WW:.+]] = tw.words %[[W]] : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK:       %[[T:.+]] = linalg.transpose ins(%[[WW]] : tensor<?x32xi32>) outs(%{{.*}} : tensor<32x?xi32>) permutation = [1, 0]
// CHECK:       linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #{{.+}}], {{.*}} ins(%[[XW]], %[[T]] : tensor<?x32xi32>, tensor<32x?xi32>)
// CHECK:         tw.bf16_dot
func.func @transposed_rhs_dynamic(%x: tensor<?x64xbf16>, %w: tensor<?x64xbf16>, %i: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %r = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x64xbf16>, tensor<?x64xbf16>) outs(%i : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}

// -----

// Of three columns the words stay as they are: lanes are along them.
// CHECK-LABEL: func.func @few_columns_dynamic(
// CHECK-NOT:   linalg.transpose
// CHECK:       linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x32xi32>, tensor<3x32xi32>)
// CHECK:         tw.bf16_dot
func.func @few_columns_dynamic(%x: tensor<?x64xbf16>, %w: tensor<3x64xbf16>, %i: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %r = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %w : tensor<?x64xbf16>, tensor<3x64xbf16>) outs(%i : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %r : tensor<?x3xf32>
}

// -----

// A matrix times a vector: the columns of the result are the rows of the matrix.
// CHECK-LABEL: func.func @matvec(
// CHECK-DAG:   %[[V:.+]] = tw.words %{{.*}} : tensor<64xbf16> -> tensor<32xi32>
// CHECK-DAG:   %[[W:.+]] = tw.words %{{.*}} : tensor<8x64xbf16> -> tensor<8x32xi32>
// CHECK:       %[[T:.+]] = linalg.transpose ins(%[[W]] : tensor<8x32xi32>) outs(%{{.*}} : tensor<32x8xi32>)
// CHECK:       linalg.generic {{.*}} ins(%[[T]], %[[V]] : tensor<32x8xi32>, tensor<32xi32>) outs(%{{.*}} : tensor<8xf32>)
// CHECK:         tw.bf16_dot
func.func @matvec(%x: tensor<8x64xbf16>, %v: tensor<64xbf16>, %o: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.matvec ins(%x, %v : tensor<8x64xbf16>, tensor<64xbf16>) outs(%o : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// The result is bf16: summed in f32 from where it starts, and rounded once.
// CHECK-LABEL: func.func @bf16_result_dynamic(
// CHECK-SAME:    %{{.*}}, %[[I:[^:]+]]: tensor<?x16xbf16>)
// CHECK:       %[[START:.+]] = linalg.generic {{.*}} ins(%[[I]] : tensor<?x16xbf16>) outs(%{{.*}} : tensor<?x16xf32>)
// CHECK:         arith.extf
// CHECK:       %[[SUM:.+]] = linalg.generic {{.*}} outs(%[[START]] : tensor<?x16xf32>)
// CHECK:         tw.bf16_dot
// CHECK:       %[[R:.+]] = linalg.generic {{.*}} ins(%[[SUM]] : tensor<?x16xf32>) outs(%{{.*}} : tensor<?x16xbf16>)
// CHECK-NEXT:  ^bb0(%[[IN:.+]]: f32, %{{.*}}: bf16):
// CHECK-NEXT:    arith.truncf %[[IN]] : f32 to bf16
// CHECK:       return %[[R]]
func.func @bf16_result_dynamic(%x: tensor<?x64xbf16>, %w: tensor<64x16xbf16>, %i: tensor<?x16xbf16>) -> tensor<?x16xbf16> {
  %r = linalg.matmul ins(%x, %w : tensor<?x64xbf16>, tensor<64x16xbf16>) outs(%i : tensor<?x16xbf16>) -> tensor<?x16xbf16>
  return %r : tensor<?x16xbf16>
}

// -----

// One product a result: a word would be half empty.
// CHECK-LABEL: func.func @no_single_product(
// CHECK-NOT:   tw.
// CHECK:       linalg.matmul
func.func @no_single_product(%x: tensor<8x1xbf16>, %w: tensor<1x16xbf16>, %i: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<8x1xbf16>, tensor<1x16xbf16>) outs(%i : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// -----

// Whether what is summed over is odd is not known.
// CHECK-LABEL: func.func @no_dynamic_sum(
// CHECK-NOT:   tw.
// CHECK:       linalg.matmul
func.func @no_dynamic_sum(%x: tensor<8x?xbf16>, %w: tensor<?x16xbf16>, %i: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.matmul ins(%x, %w : tensor<8x?xbf16>, tensor<?x16xbf16>) outs(%i : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// -----

// Nothing is summed, f32 is multiplied, and a single number has no columns.
// CHECK-LABEL: func.func @no_contraction_of_bf16(
// CHECK-NOT:   tw.
// CHECK:       linalg.mul
// CHECK:       linalg.matmul
// CHECK:       linalg.dot
func.func @no_contraction_of_bf16(%x: tensor<8x8xbf16>, %y: tensor<8x8xf32>, %v: tensor<8xbf16>, %o: tensor<f32>) -> (tensor<8x8xbf16>, tensor<8x8xf32>, tensor<f32>) {
  %0 = linalg.mul ins(%x, %x : tensor<8x8xbf16>, tensor<8x8xbf16>) outs(%x : tensor<8x8xbf16>) -> tensor<8x8xbf16>
  %1 = linalg.matmul ins(%y, %y : tensor<8x8xf32>, tensor<8x8xf32>) outs(%y : tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = linalg.dot ins(%v, %v : tensor<8xbf16>, tensor<8xbf16>) outs(%o : tensor<f32>) -> tensor<f32>
  return %0, %1, %2 : tensor<8x8xbf16>, tensor<8x8xf32>, tensor<f32>
}

// -----

// Sums that are asked for in f64 are not made in f32.
// CHECK-LABEL: func.func @no_sum_in_f64(
// CHECK-NOT:   f32
// CHECK:       linalg.matmul {{.*}} -> tensor<8x16xf64>
func.func @no_sum_in_f64(%x: tensor<8x64xbf16>, %w: tensor<64x16xbf16>, %i: tensor<8x16xf64>) -> tensor<8x16xf64> {
  %r = linalg.matmul ins(%x, %w : tensor<8x64xbf16>, tensor<64x16xbf16>) outs(%i : tensor<8x16xf64>) -> tensor<8x16xf64>
  return %r : tensor<8x16xf64>
}
