// RUN: tw-opt %s -tw-decompose-unpacks -canonicalize -split-input-file -remarks-filter=".*" -remark-format=emitRemark -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @unpack(
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<4x64x32xf32>
// CHECK: %[[T:.+]] = linalg.transpose ins(%[[P]] : {{.*}} permutation = [1, 0, 2]
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[T]] {{.*}} : tensor<64x4x32xf32> into tensor<64x128xf32>
// CHECK: tensor.extract_slice %[[C]][0, 0] [64, 100]
// CHECK-NOT: linalg.unpack
func.func @unpack(%p: tensor<4x64x32xf32>) -> tensor<64x100xf32> {
  %e = tensor.empty() : tensor<64x100xf32>
  // expected-remark @below {{these weights are unpacked in every call: tiles of their columns do not lie in panels of 32}}
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x100xf32>
  return %u : tensor<64x100xf32>
}

// -----

// CHECK-LABEL: func.func @dynamic(
// CHECK: linalg.transpose
// CHECK-NOT: linalg.unpack
func.func @dynamic(%p: tensor<?x64x32xf32>, %e: tensor<64x?xf32>) -> tensor<64x?xf32> {
  // expected-remark @below {{these weights are unpacked in every call}}
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<?x64x32xf32> -> tensor<64x?xf32>
  return %u : tensor<64x?xf32>
}

// -----

// Folded away everywhere: nothing is left of it.
// CHECK-LABEL: func.func @no_use(
// CHECK-NEXT: return
func.func @no_use(%p: tensor<4x64x32xf32>, %e: tensor<64x100xf32>) {
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x100xf32>
  return
}
