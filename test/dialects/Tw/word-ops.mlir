// RUN: tw-opt %s -split-input-file | tw-opt -split-input-file | FileCheck %s

// How the target multiplies bf16 is printed where it is not the default.
// CHECK: tw.target = #tw.target<kind = "cpu", {{.*}}, l2_bytes = 2, bf16_dot = "vdpbf16ps">
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "vdpbf16ps">} {

// CHECK-LABEL: @words
// CHECK: tw.words %{{.*}} : tensor<?x64xbf16> -> tensor<?x32xi32>
// CHECK: tw.words %{{.*}} : memref<3x8xbf16> -> memref<3x4xi32>
func.func @words(%x: tensor<?x64xbf16>, %m: memref<3x8xbf16>)
    -> (tensor<?x32xi32>, memref<3x4xi32>) {
  %a = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
  %c = tw.words %m : memref<3x8xbf16> -> memref<3x4xi32>
  return %a, %c : tensor<?x32xi32>, memref<3x4xi32>
}

// CHECK-LABEL: @dots
// CHECK: tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : i32, f32
// CHECK: tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<2x16xi32>, vector<2x16xf32>
func.func @dots(%a: i32, %b: i32, %c: f32, %x: vector<2x16xi32>, %v: vector<2x16xf32>)
    -> (f32, vector<2x16xf32>) {
  %0 = tw.bf16_dot %a, %b, %c : i32, f32
  %1 = tw.bf16_dot %x, %x, %v : vector<2x16xi32>, vector<2x16xf32>
  return %0, %1 : f32, vector<2x16xf32>
}
}

// -----

// Multiply-adds of f32 are the default.
// CHECK: tw.target = #tw.target<kind = "cpu", {{.*}}, l2_bytes = 2>}
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "fma">} {}

// -----

// CHECK: tw.target = #tw.target<kind = "cpu", {{.*}}, l2_bytes = 2, bf16_dot = "amx">}
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "amx">} {}

// -----

// CHECK-LABEL: func.func @tiles(
// CHECK: tw.tile_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<8x16xi32>, vector<16x4xi32>, vector<8x4xf32>
func.func @tiles(%a: vector<8x16xi32>, %b: vector<16x4xi32>, %c: vector<8x4xf32>) -> vector<8x4xf32> {
  %r = tw.tile_dot %a, %b, %c : vector<8x16xi32>, vector<16x4xi32>, vector<8x4xf32>
  return %r : vector<8x4xf32>
}
