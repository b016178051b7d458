// RUN: tw-opt %s -tw-decompose-data-movement -split-input-file | FileCheck %s

// CHECK-LABEL: func @pad(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x6x5x16xf32>)
// CHECK: %[[E:.+]] = tensor.empty() : tensor<1x8x8x16xf32>
// CHECK: %[[F:.+]] = linalg.fill ins(%{{.+}} : f32) outs(%[[E]]
// CHECK: %[[R:.+]] = tensor.insert_slice %[[X]] into %[[F]][0, 1, 1, 0] [1, 6, 5, 16] [1, 1, 1, 1]
// CHECK: return %[[R]]
func.func @pad(%x: tensor<1x6x5x16xf32>) -> tensor<1x8x8x16xf32> {
  %c0 = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 2, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %c0 : f32
  } : tensor<1x6x5x16xf32> to tensor<1x8x8x16xf32>
  return %p : tensor<1x8x8x16xf32>
}

// -----

// A thin border: two rows, and of the rows between them one column before and two behind. Each side
// is a part of the result before it.
// CHECK-LABEL: func @pad_thin(
// CHECK-SAME: %[[X:[^:]+]]: tensor<1x61x60x16xf32>)
// CHECK: %[[E:.+]] = tensor.empty() : tensor<1x63x63x16xf32>
// CHECK: %[[S0:.+]] = tensor.extract_slice %[[E]][0, 0, 0, 0] [1, 1, 63, 16] [1, 1, 1, 1]
// CHECK: %[[F0:.+]] = linalg.fill {{.+}} outs(%[[S0]]
// CHECK: %[[R0:.+]] = tensor.insert_slice %[[F0]] into %[[E]][0, 0, 0, 0] [1, 1, 63, 16] [1, 1, 1, 1]
// CHECK: tensor.extract_slice %[[R0]][0, 62, 0, 0] [1, 1, 63, 16] [1, 1, 1, 1]
// CHECK: %[[R1:.+]] = tensor.insert_slice %{{.+}} into %[[R0]][0, 62, 0, 0] [1, 1, 63, 16] [1, 1, 1, 1]
// CHECK: %[[R2:.+]] = tensor.insert_slice %{{.+}} into %[[R1]][0, 1, 0, 0] [1, 61, 1, 16] [1, 1, 1, 1]
// CHECK: %[[R3:.+]] = tensor.insert_slice %{{.+}} into %[[R2]][0, 1, 61, 0] [1, 61, 2, 16] [1, 1, 1, 1]
// CHECK: %[[R4:.+]] = tensor.insert_slice %[[X]] into %[[R3]][0, 1, 1, 0] [1, 61, 60, 16] [1, 1, 1, 1]
// CHECK: return %[[R4]]
func.func @pad_thin(%x: tensor<1x61x60x16xf32>) -> tensor<1x63x63x16xf32> {
  %c0 = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 2, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %c0 : f32
  } : tensor<1x61x60x16xf32> to tensor<1x63x63x16xf32>
  return %p : tensor<1x63x63x16xf32>
}

// -----

// In front of what computes the source, so that this can write to its place.
// CHECK-LABEL: func @pad_of_computed(
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: %[[X:.*]] = linalg.exp
// CHECK: tensor.insert_slice %[[X]] into %[[F]]
func.func @pad_of_computed(%x: tensor<4xf32>, %e: tensor<4xf32>) -> tensor<6xf32> {
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %c = arith.constant 0.0 : f32
  %p = tensor.pad %a low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %c : f32
  } : tensor<4xf32> to tensor<6xf32>
  return %p : tensor<6xf32>
}

// -----

// The amount of padding is a value, and so is a size; the padding is a constant of the body.
// CHECK-DAG: #[[SUM3:.+]] = affine_map<()[s0, s1, s2] -> (s0 + s1 + s2)>
// CHECK-DAG: #[[PLUS1:.+]] = affine_map<()[s0] -> (s0 + 1)>
// CHECK-LABEL: func @pad_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x?xi8>, %[[A:[^:]+]]: index, %[[B:[^:]+]]: index)
// CHECK-DAG: %[[M:.+]] = tensor.dim %[[X]], %c0
// CHECK-DAG: %[[N:.+]] = tensor.dim %[[X]], %c1
// CHECK-DAG: %[[PM:.+]] = affine.apply #[[SUM3]]()
// CHECK-DAG: %[[PN:.+]] = affine.apply #[[PLUS1]]()[%[[N]]]
// CHECK: %[[E:.+]] = tensor.empty(%[[PM]], %[[PN]]) : tensor<?x?xi8>
// CHECK: %[[F:.+]] = linalg.fill {{.+}} outs(%[[E]]
// CHECK: tensor.insert_slice %[[X]] into %[[F]][%[[A]], 1] [%{{.+}}, %{{.+}}] [1, 1]
func.func @pad_dynamic(%x: tensor<?x?xi8>, %a: index, %b: index) -> tensor<?x?xi8> {
  %p = tensor.pad %x low[%a, 1] high[%b, 0] {
  ^bb0(%i: index, %j: index):
    %c = arith.constant 7 : i8
    tensor.yield %c : i8
  } : tensor<?x?xi8> to tensor<?x?xi8>
  return %p : tensor<?x?xi8>
}

// -----

// CHECK-LABEL: func @concat(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x3xf32>, %[[Y:[^:]+]]: tensor<2x5xf32>)
// CHECK: %[[E:.+]] = tensor.empty() : tensor<2x11xf32>
// CHECK: %[[A:.+]] = tensor.insert_slice %[[X]] into %[[E]][0, 0] [2, 3] [1, 1]
// CHECK: %[[B:.+]] = tensor.insert_slice %[[Y]] into %[[A]][0, 3] [2, 5] [1, 1]
// CHECK: %[[C:.+]] = tensor.insert_slice %[[X]] into %[[B]][0, 8] [2, 3] [1, 1]
// CHECK: return %[[C]]
func.func @concat(%x: tensor<2x3xf32>, %y: tensor<2x5xf32>) -> tensor<2x11xf32> {
  %c = tensor.concat dim(1) %x, %y, %x : (tensor<2x3xf32>, tensor<2x5xf32>, tensor<2x3xf32>) -> tensor<2x11xf32>
  return %c : tensor<2x11xf32>
}

// -----

// CHECK-DAG: #[[SUM:.+]] = affine_map<()[s0, s1] -> (s0 + s1)>
// What is computed first is inserted first, and what is there already, and copied, at last.
// CHECK-LABEL: func @concat_as_computed(
// CHECK: %[[A:.*]] = linalg.exp
// CHECK: %[[B:.*]] = linalg.log
// CHECK: %[[F:.*]] = tensor.insert_slice %[[A]] into %{{.*}}[8]
// CHECK: %[[G:.*]] = tensor.insert_slice %[[B]] into %[[F]][4]
// CHECK: tensor.insert_slice %arg0 into %[[G]][0]
func.func @concat_as_computed(%x: tensor<4xf32>) -> tensor<12xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %b = linalg.log ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %c = tensor.concat dim(0) %x, %b, %a : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<12xf32>
  return %c : tensor<12xf32>
}

// CHECK-LABEL: func @concat_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x4xf32>, %[[Y:[^:]+]]: tensor<?x4xf32>)
// CHECK-DAG: %[[N:.+]] = affine.apply #[[SUM]]
// CHECK: %[[E:.+]] = tensor.empty(%[[N]]) : tensor<?x4xf32>
// CHECK: %[[M:.+]] = tensor.dim %[[X]]
// CHECK: %[[A:.+]] = tensor.insert_slice %[[X]] into %[[E]][0, 0] [%{{.+}}, 4] [1, 1]
// CHECK: tensor.insert_slice %[[Y]] into %[[A]][%[[M]], 0] [%{{.+}}, 4] [1, 1]
func.func @concat_dynamic(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c = tensor.concat dim(0) %x, %y : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %c : tensor<?x4xf32>
}

// -----

// The skip connection of a U-Net: no tensor of the size of the concatenation alone.
// CHECK-LABEL: func @pad_of_concat(
// CHECK-SAME: %[[X:[^:]+]]: tensor<6x8xf32>, %[[Y:[^:]+]]: tensor<6x8xf32>)
// CHECK-NOT: tensor<6x16xf32>
// CHECK: %[[F:.+]] = linalg.fill {{.+}} -> tensor<8x16xf32>
// CHECK: %[[A:.+]] = tensor.insert_slice %[[X]] into %[[F]][1, 0] [6, 8] [1, 1]
// CHECK: %[[B:.+]] = tensor.insert_slice %[[Y]] into %[[A]][1, 8] [6, 8] [1, 1]
// CHECK: return %[[B]]
func.func @pad_of_concat(%x: tensor<6x8xf32>, %y: tensor<6x8xf32>) -> tensor<8x16xf32> {
  %c0 = arith.constant 0.0 : f32
  %c = tensor.concat dim(1) %x, %y : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<6x16xf32>
  %p = tensor.pad %c low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c0 : f32
  } : tensor<6x16xf32> to tensor<8x16xf32>
  return %p : tensor<8x16xf32>
}

// -----

// Both readers of the concatenation share it.
// CHECK-LABEL: func @no_insertion_of_shared_concat(
// CHECK: %[[C:.+]] = tensor.insert_slice %arg1 into
// CHECK: %[[P:.+]] = tensor.insert_slice %[[C]] into {{.+}} : tensor<6x16xf32> into tensor<8x16xf32>
// CHECK: return %[[C]], %[[P]]
func.func @no_insertion_of_shared_concat(%x: tensor<6x8xf32>, %y: tensor<6x8xf32>) -> (tensor<6x16xf32>, tensor<8x16xf32>) {
  %c0 = arith.constant 0.0 : f32
  %c = tensor.concat dim(1) %x, %y : (tensor<6x8xf32>, tensor<6x8xf32>) -> tensor<6x16xf32>
  %p = tensor.pad %c low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c0 : f32
  } : tensor<6x16xf32> to tensor<8x16xf32>
  return %c, %p : tensor<6x16xf32>, tensor<8x16xf32>
}

// -----

// CHECK-LABEL: func @no_padding(
// CHECK-NEXT: return %arg0
func.func @no_padding(%x: tensor<6x8xf32>, %v: f32) -> tensor<6x8xf32> {
  %p = tensor.pad %x nofold low[0, 0] high[0, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %v : f32
  } : tensor<6x8xf32> to tensor<6x8xf32>
  return %p : tensor<6x8xf32>
}

// -----

// CHECK-LABEL: func @padding_by_position(
// CHECK: %[[G:.+]] = linalg.generic
// CHECK: linalg.index 0
// CHECK: linalg.yield
// CHECK: tensor.insert_slice %arg0 into %[[G]][2] [6] [1]
func.func @padding_by_position(%x: tensor<6xindex>) -> tensor<8xindex> {
  %p = tensor.pad %x low[2] high[0] {
  ^bb0(%i: index):
    %s = arith.addi %i, %i : index
    tensor.yield %s : index
  } : tensor<6xindex> to tensor<8xindex>
  return %p : tensor<8xindex>
}
