// RUN: tw-opt %s -tw-decompose-named-ops | FileCheck %s
// In tiles of AMX more than 512 keys come in blocks of 256, but not those of a causal mask.
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
// CHECK-LABEL: func.func @keys_in_tiles(
// CHECK:       %[[STEP:.+]] = arith.constant 256 : index
// CHECK:       scf.for %{{.+}} = %{{.+}} to %{{.+}} step %[[STEP]]
// CHECK:         linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x256xbf16>)
func.func @keys_in_tiles(%q: tensor<1x16x32xbf16>, %k: tensor<1x1024x32xbf16>, %v: tensor<1x1024x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x1024x32xbf16>, tensor<1x1024x32xbf16>) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}

// CHECK-LABEL: func.func @no_large_blocks_that_are_hidden(
// CHECK:       scf.for
// CHECK:         linalg.generic {{.*}} outs(%{{.+}} : tensor<1x16x128xbf16>)
func.func @no_large_blocks_that_are_hidden(%q: tensor<1x16x32xbf16>, %k: tensor<1x1024x32xbf16>, %v: tensor<1x1024x32xbf16>, %o: tensor<1x16x32xf32>) -> tensor<1x16x32xf32> {
  %zero = arith.constant 0 : index
  %r = tw.attention scale(0.125) ins(%q, %k, %v : tensor<1x16x32xbf16>, tensor<1x1024x32xbf16>, tensor<1x1024x32xbf16>) causal(%zero) outs(%o : tensor<1x16x32xf32>) -> tensor<1x16x32xf32>
  return %r : tensor<1x16x32xf32>
}
}
