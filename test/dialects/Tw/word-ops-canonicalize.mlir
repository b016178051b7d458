// RUN: tw-opt %s -resolve-ranked-shaped-type-result-dims -canonicalize -split-input-file | FileCheck %s

// The whole tensor is viewed, and its words are sliced: rows and columns where the slice had them.
// CHECK-LABEL: func.func @slice_with_dynamic_rows(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x64xbf16>, %[[N:[^:]+]]: index, %[[I:[^:]+]]: index)
// CHECK-NEXT:  %[[W:.+]] = tw.words %[[X]] : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK-NEXT:  %[[S:.+]] = tensor.extract_slice %[[W]][%[[I]], 2] [%[[N]], 8] [3, 1] : tensor<?x32xi32> to tensor<?x8xi32>
// CHECK-NEXT:  return %[[S]]
func.func @slice_with_dynamic_rows(%x: tensor<?x64xbf16>, %n: index, %i: index) -> tensor<?x8xi32> {
  %s = tensor.extract_slice %x[%i, 4] [%n, 16] [3, 1] : tensor<?x64xbf16> to tensor<?x16xbf16>
  %w = tw.words %s : tensor<?x16xbf16> -> tensor<?x8xi32>
  return %w : tensor<?x8xi32>
}

// A dimension of the source that the slice drops is dropped later.
// CHECK-LABEL: func.func @one_matrix_of_a_batch(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<4x6x64xbf16>, %[[I:[^:]+]]: index)
// CHECK-NEXT:  %[[W:.+]] = tw.words %[[X]] : tensor<4x6x64xbf16> -> tensor<4x6x32xi32>
// CHECK-NEXT:  %[[S:.+]] = tensor.extract_slice %[[W]][%[[I]], 0, 0] [1, 6, 32] [1, 1, 1] : tensor<4x6x32xi32> to tensor<6x32xi32>
// CHECK-NEXT:  return %[[S]]
func.func @one_matrix_of_a_batch(%x: tensor<4x6x64xbf16>, %i: index) -> tensor<6x32xi32> {
  %s = tensor.extract_slice %x[%i, 0, 0] [1, 6, 64] [1, 1, 1] : tensor<4x6x64xbf16> to tensor<6x64xbf16>
  %w = tw.words %s : tensor<6x64xbf16> -> tensor<6x32xi32>
  return %w : tensor<6x32xi32>
}

// A head of a row, however that was brought into heads: rows of the whole are viewed.
// CHECK-LABEL: func.func @head_with_dynamic_rows(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x48xbf16>, %[[N:[^:]+]]: index, %[[I:[^:]+]]: index)
// CHECK-NEXT:  %[[W:.+]] = tw.words %[[X]] : tensor<?x48xbf16> -> tensor<?x24xi32>
// CHECK-NEXT:  %[[E:.+]] = tensor.expand_shape %[[W]] {{\[\[}}0], [1, 2]] output_shape [%[[N]], 3, 8] : tensor<?x24xi32> into tensor<?x3x8xi32>
// CHECK-NEXT:  %[[S:.+]] = tensor.extract_slice %[[E]][0, %[[I]], 0] [%[[N]], 2, 8] [1, 1, 1] : tensor<?x3x8xi32> to tensor<?x2x8xi32>
// CHECK-NEXT:  %[[C:.+]] = tensor.collapse_shape %[[S]] {{\[\[}}0, 1], [2]] : tensor<?x2x8xi32> into tensor<?x8xi32>
// CHECK-NEXT:  return %[[C]]
func.func @head_with_dynamic_rows(%x: tensor<?x48xbf16>, %n: index, %i: index) -> tensor<?x8xi32> {
  %e = tensor.expand_shape %x [[0], [1, 2]] output_shape [%n, 3, 16] : tensor<?x48xbf16> into tensor<?x3x16xbf16>
  %s = tensor.extract_slice %e[0, %i, 0] [%n, 2, 16] [1, 1, 1] : tensor<?x3x16xbf16> to tensor<?x2x16xbf16>
  %c = tensor.collapse_shape %s [[0, 1], [2]] : tensor<?x2x16xbf16> into tensor<?x16xbf16>
  %w = tw.words %c : tensor<?x16xbf16> -> tensor<?x8xi32>
  return %w : tensor<?x8xi32>
}

// Rows of three are put one behind the other: some end inside a word.
// CHECK-LABEL: func.func @no_odd_rows_in_one(
// CHECK:       %[[C:.+]] = tensor.collapse_shape
// CHECK-NEXT:  tw.words %[[C]]
func.func @no_odd_rows_in_one(%x: tensor<?x2x3xbf16>) -> tensor<?x3xi32> {
  %c = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x2x3xbf16> into tensor<?x6xbf16>
  %w = tw.words %c : tensor<?x6xbf16> -> tensor<?x3xi32>
  return %w : tensor<?x3xi32>
}

// The slice begins inside a word, or may.
// CHECK-LABEL: func.func @no_odd_offset(
// CHECK:       %[[S:.+]] = tensor.extract_slice %{{.*}}[0, 3] [8, 16] [1, 1]
// CHECK-NEXT:  tw.words %[[S]]
// CHECK:       %[[T:.+]] = tensor.extract_slice %{{.*}}[0, %{{.*}}] [8, 16] [1, 1]
// CHECK-NEXT:  tw.words %[[T]]
func.func @no_odd_offset(%x: tensor<8x64xbf16>, %i: index) -> (tensor<8x8xi32>, tensor<8x8xi32>) {
  %s = tensor.extract_slice %x[0, 3] [8, 16] [1, 1] : tensor<8x64xbf16> to tensor<8x16xbf16>
  %w = tw.words %s : tensor<8x16xbf16> -> tensor<8x8xi32>
  %t = tensor.extract_slice %x[0, %i] [8, 16] [1, 1] : tensor<8x64xbf16> to tensor<8x16xbf16>
  %v = tw.words %t : tensor<8x16xbf16> -> tensor<8x8xi32>
  return %w, %v : tensor<8x8xi32>, tensor<8x8xi32>
}

// The numbers of a word are not neighbours in the source: every second one of a row, or of a
// column.
// CHECK-LABEL: func.func @no_stride(
// CHECK:       %[[S:.+]] = tensor.extract_slice %{{.*}}[0, 0] [8, 16] [1, 2]
// CHECK-NEXT:  tw.words %[[S]]
// CHECK:       %[[T:.+]] = tensor.extract_slice %{{.*}}[0, 2] [8, 1] [1, 1]
// CHECK-NEXT:  tw.words %[[T]]
func.func @no_stride(%x: tensor<8x64xbf16>) -> (tensor<8x8xi32>, tensor<4xi32>) {
  %s = tensor.extract_slice %x[0, 0] [8, 16] [1, 2] : tensor<8x64xbf16> to tensor<8x16xbf16>
  %w = tw.words %s : tensor<8x16xbf16> -> tensor<8x8xi32>
  %t = tensor.extract_slice %x[0, 2] [8, 1] [1, 1] : tensor<8x64xbf16> to tensor<8xbf16>
  %v = tw.words %t : tensor<8xbf16> -> tensor<4xi32>
  return %w, %v : tensor<8x8xi32>, tensor<4xi32>
}

// Rows of the source that are odd, or may be, begin inside a word.
// CHECK-LABEL: func.func @no_odd_source(
// CHECK:       %[[S:.+]] = tensor.extract_slice %{{.*}} : tensor<8x65xbf16> to tensor<8x16xbf16>
// CHECK-NEXT:  tw.words %[[S]]
// CHECK:       %[[T:.+]] = tensor.extract_slice %{{.*}} : tensor<?x?xbf16> to tensor<8x16xbf16>
// CHECK-NEXT:  tw.words %[[T]]
func.func @no_odd_source(%x: tensor<8x65xbf16>, %y: tensor<?x?xbf16>) -> (tensor<8x8xi32>, tensor<8x8xi32>) {
  %s = tensor.extract_slice %x[0, 0] [8, 16] [1, 1] : tensor<8x65xbf16> to tensor<8x16xbf16>
  %w = tw.words %s : tensor<8x16xbf16> -> tensor<8x8xi32>
  %t = tensor.extract_slice %y[0, 0] [8, 16] [1, 1] : tensor<?x?xbf16> to tensor<8x16xbf16>
  %v = tw.words %t : tensor<8x16xbf16> -> tensor<8x8xi32>
  return %w, %v : tensor<8x8xi32>, tensor<8x8xi32>
}

// -----

// Sizes are those of the source, the last one halved.
// CHECK-LABEL: func.func @sizes(
// CHECK-DAG:   %[[ROWS:.+]] = tensor.dim %{{.+}}, %c0 : tensor<?x64xbf16>
// CHECK:       return %[[ROWS]], %c32
func.func @sizes(%x: tensor<?x64xbf16>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %w = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
  %rows = tensor.dim %w, %c0 : tensor<?x32xi32>
  %words = tensor.dim %w, %c1 : tensor<?x32xi32>
  return %rows, %words : index, index
}

// -----

// A reshape that merges rows that do not follow one another is a copy: it stays where it was.
// CHECK-LABEL: func.func @reshape_before_a_loop(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<10x3x16xbf16>
// CHECK:         %[[W:.+]] = tw.words %[[X]] : tensor<10x3x16xbf16> -> tensor<10x3x8xi32>
// CHECK:         %[[S:.+]] = tensor.extract_slice %[[W]][0, 1, 0] [10, 1, 8] [1, 1, 1]
// CHECK:         %[[C:.+]] = tensor.collapse_shape %[[S]]
// CHECK:         scf.for
// CHECK-NOT:     tensor.collapse_shape
// CHECK:         tensor.extract_slice %[[C]]
func.func @reshape_before_a_loop(%x: tensor<10x3x16xbf16>, %n: index, %init: tensor<8xi32>) -> tensor<8xi32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %s = tensor.extract_slice %x[0, 1, 0] [10, 1, 16] [1, 1, 1] : tensor<10x3x16xbf16> to tensor<10x1x16xbf16>
  %c = tensor.collapse_shape %s [[0, 1, 2]] : tensor<10x1x16xbf16> into tensor<160xbf16>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%last = %init) -> tensor<8xi32> {
    %w = tw.words %c : tensor<160xbf16> -> tensor<80xi32>
    %part = tensor.extract_slice %w[%i] [8] [1] : tensor<80xi32> to tensor<8xi32>
    scf.yield %part : tensor<8xi32>
  }
  return %r : tensor<8xi32>
}
