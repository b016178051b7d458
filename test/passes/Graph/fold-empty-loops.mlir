// RUN: tw-opt %s -tw-fold-empty-loops -split-input-file | FileCheck %s

// A sum over no elements is what it starts from.
// CHECK-LABEL: @no_depth
// CHECK-SAME: (%{{.*}}, %{{.*}}, %[[INIT:.+]]: tensor<4x3xf32>)
// CHECK-NOT: linalg
// CHECK: return %[[INIT]]
func.func @no_depth(%a: tensor<4x0xf32>, %b: tensor<0x3xf32>,
                    %init: tensor<4x3xf32>) -> tensor<4x3xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x0xf32>, tensor<0x3xf32>)
                     outs(%init : tensor<4x3xf32>) -> tensor<4x3xf32>
  return %0 : tensor<4x3xf32>
}

// -----

// Whatever the other sizes are.
// CHECK-LABEL: @dynamic_columns_of_no_rows
// CHECK-NOT: linalg
func.func @dynamic_columns_of_no_rows(%x: tensor<0x?xf32>, %init: tensor<0x?xf32>)
    -> tensor<0x?xf32> {
  %0 = linalg.exp ins(%x : tensor<0x?xf32>) outs(%init : tensor<0x?xf32>) -> tensor<0x?xf32>
  return %0 : tensor<0x?xf32>
}

// -----

// CHECK-LABEL: @softmax_of_nothing
// CHECK-NOT: tw.softmax
func.func @softmax_of_nothing(%x: tensor<0x8xf32>, %init: tensor<0x8xf32>) -> tensor<0x8xf32> {
  %0 = tw.softmax dimension(1) ins(%x : tensor<0x8xf32>) outs(%init : tensor<0x8xf32>)
       -> tensor<0x8xf32>
  return %0 : tensor<0x8xf32>
}

// -----

// A dynamic size may be zero, which loops see for themselves.
// CHECK-LABEL: @no_dynamic_size
// CHECK: linalg.exp
func.func @no_dynamic_size(%x: tensor<?x4xf32>, %init: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = linalg.exp ins(%x : tensor<?x4xf32>) outs(%init : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
