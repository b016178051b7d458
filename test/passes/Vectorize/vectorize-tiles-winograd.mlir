// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// Two tiles side by side: the second reads two columns of pixels of its own, 24 vectors in all,
// and adds up 8 of columns and 16 of rows instead of 16 and 16.
// CHECK-LABEL: @input
// CHECK-COUNT-24: vector.transfer_read {{.*}} : tensor<1x4x6x16xf32>, vector<16xf32>
// CHECK-NOT: vector.transfer_read
// CHECK-COUNT-32: vector.transfer_write {{.*}} : vector<16xf32>, tensor<4x4x1x1x2x16xf32>
// CHECK-NOT: winograd
func.func @input(%x: tensor<1x4x6x16xf32>, %e: tensor<4x4x1x1x2x16xf32>) -> tensor<4x4x1x1x2x16xf32> {
  %r = tw.winograd_input ins(%x : tensor<1x4x6x16xf32>) outs(%e : tensor<4x4x1x1x2x16xf32>) -> tensor<4x4x1x1x2x16xf32>
  return %r : tensor<4x4x1x1x2x16xf32>
}

// Of a tile at the edge of an odd image, two of four pixels are computed, from 12 of its 16 products;
// the epilogue takes them as vectors. 24 channels are 16 and 8 lanes.
// CHECK-LABEL: @output_and_epilogue
// CHECK-COUNT-12: vector.transfer_read {{.*}} : tensor<4x4x1x1x1x24xf32>, vector<16xf32>
// CHECK: math.exp %{{.*}} : vector<16xf32>
// CHECK: math.exp %{{.*}} : vector<8xf32>
// CHECK: math.exp %{{.*}} : vector<16xf32>
// CHECK: math.exp %{{.*}} : vector<8xf32>
// CHECK-COUNT-4: vector.transfer_write
// CHECK-NOT: vector.transfer_write
// CHECK-NOT: winograd
func.func @output_and_epilogue(%m: tensor<4x4x1x1x1x24xf32>, %e: tensor<1x1x2x24xf32>) -> tensor<1x1x2x24xf32> {
  %0 = tw.winograd_output ins(%m : tensor<4x4x1x1x1x24xf32>) outs(%e : tensor<1x1x2x24xf32>) -> tensor<1x1x2x24xf32>
  %1 = linalg.exp ins(%0 : tensor<1x1x2x24xf32>) outs(%e : tensor<1x1x2x24xf32>) -> tensor<1x1x2x24xf32>
  return %1 : tensor<1x1x2x24xf32>
}

}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @no_dynamic_tile(%x: tensor<?x4x6x16xf32>, %e: tensor<4x4x?x1x2x16xf32>) -> tensor<4x4x?x1x2x16xf32> {
  // expected-error @below {{has no vector form: it has a dynamic size; tile it first}}
  %r = tw.winograd_input ins(%x : tensor<?x4x6x16xf32>) outs(%e : tensor<4x4x?x1x2x16xf32>) -> tensor<4x4x?x1x2x16xf32>
  return %r : tensor<4x4x?x1x2x16xf32>
}
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
func.func @no_whole_image(%m: tensor<4x4x1x28x28x64xf32>, %e: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  // expected-error @below {{has no vector form: it has more tiles than registers have room for; tile it first}}
  %r = tw.winograd_output ins(%m : tensor<4x4x1x28x28x64xf32>) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
}
