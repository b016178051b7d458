// RUN: tw-opt %s -tw-fold-unpack -allow-unregistered-dialect -split-input-file | FileCheck %s

// The panel of each iteration; rows are dynamic.
// CHECK: #[[PANEL:.+]] = affine_map<(d0) -> (d0 floordiv 32)>
// CHECK-LABEL: func.func @distributed(
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<4x64x32xf32>
// CHECK: scf.forall (%[[J:.+]]) = (0) to (128) step (32)
// CHECK:   %[[N:.+]] = affine.apply #[[PANEL]](%[[J]])
// CHECK:   %[[T:.+]] = tensor.extract_slice %[[P]][%[[N]], 0, 0] [1, 64, 32] [1, 1, 1] : tensor<4x64x32xf32> to tensor<64x32xf32>
// CHECK:   linalg.matmul ins(%{{.*}}, %[[T]] :
// CHECK-NOT: linalg.unpack
func.func @distributed(%p: tensor<4x64x32xf32>, %x: tensor<?x64xf32>, %i: tensor<?x128xf32>, %m: index) -> tensor<?x128xf32> {
  %e = tensor.empty() : tensor<64x128xf32>
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x128xf32>
  %r = scf.forall (%j) = (0) to (128) step (32) shared_outs(%o = %i) -> (tensor<?x128xf32>) {
    %w = tensor.extract_slice %u[0, %j] [64, 32] [1, 1] : tensor<64x128xf32> to tensor<64x32xf32>
    %c = tensor.extract_slice %o[0, %j] [%m, 32] [1, 1] : tensor<?x128xf32> to tensor<?x32xf32>
    %t = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x32xf32>) outs(%c : tensor<?x32xf32>) -> tensor<?x32xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %t into %o[0, %j] [%m, 32] [1, 1] : tensor<?x32xf32> into tensor<?x128xf32>
    }
  }
  return %r : tensor<?x128xf32>
}

// -----

// 100 columns, split at 96: slices of the first part, and the rest at a constant offset.
// CHECK-LABEL: func.func @split(
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<4x64x32xf32>
// CHECK: scf.for %[[J:.+]] = %{{.*}} to %{{.*}} step %{{.*}}
// CHECK:   %[[N:.+]] = affine.apply #{{.*}}(%[[J]])
// CHECK:   %[[T:.+]] = tensor.extract_slice %[[P]][%[[N]], 0, 0] [1, 64, 32] [1, 1, 1]
// CHECK:   "use"(%[[T]])
// CHECK: %[[R:.+]] = tensor.extract_slice %[[P]][3, 0, 0] [1, 64, 4] [1, 1, 1]
// CHECK: "use"(%[[R]])
// CHECK-NOT: linalg.unpack
func.func @split(%p: tensor<4x64x32xf32>) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c96 = arith.constant 96 : index
  %e = tensor.empty() : tensor<64x100xf32>
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<4x64x32xf32> -> tensor<64x100xf32>
  %head = tensor.extract_slice %u[0, 0] [64, 96] [1, 1] : tensor<64x100xf32> to tensor<64x96xf32>
  scf.for %j = %c0 to %c96 step %c32 {
    %t = tensor.extract_slice %head[0, %j] [64, 32] [1, 1] : tensor<64x96xf32> to tensor<64x32xf32>
    "use"(%t) : (tensor<64x32xf32>) -> ()
  }
  %tail = tensor.extract_slice %u[0, 96] [64, 4] [1, 1] : tensor<64x100xf32> to tensor<64x4xf32>
  "use"(%tail) : (tensor<64x4xf32>) -> ()
  return
}

// -----

// Half a panel begins in its middle. Batches and pixels of the window are sliced as they were.
// CHECK-DAG: #[[PANEL:.+]] = affine_map<(d0) -> (d0 floordiv 32)>
// CHECK-DAG: #[[COLUMN:.+]] = affine_map<(d0) -> (d0 mod 32)>
// CHECK-LABEL: func.func @half_panels(
// CHECK-SAME: %[[P:[a-z0-9]+]]: tensor<3x2x5x64x32xf32>, %[[B:[a-z0-9]+]]: index
// CHECK: scf.for %[[J:.+]] = %{{.*}} to %{{.*}} step %{{.*}}
// CHECK-DAG: %[[N:.+]] = affine.apply #[[PANEL]](%[[J]])
// CHECK-DAG: %[[C:.+]] = affine.apply #[[COLUMN]](%[[J]])
// CHECK:   tensor.extract_slice %[[P]][%[[B]], %[[N]], 2, 0, %[[C]]] [1, 1, 3, 64, 16] [1, 1, 1, 1, 1] : tensor<3x2x5x64x32xf32> to tensor<3x64x16xf32>
func.func @half_panels(%p: tensor<3x2x5x64x32xf32>, %b: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %e = tensor.empty() : tensor<3x5x64x64xf32>
  %u = linalg.unpack %p outer_dims_perm = [0, 3, 1, 2] inner_dims_pos = [3] inner_tiles = [32] into %e : tensor<3x2x5x64x32xf32> -> tensor<3x5x64x64xf32>
  scf.for %j = %c0 to %c64 step %c16 {
    %t = tensor.extract_slice %u[%b, 2, 0, %j] [1, 3, 64, 16] [1, 1, 1, 1] : tensor<3x5x64x64xf32> to tensor<3x64x16xf32>
    "use"(%t) : (tensor<3x64x16xf32>) -> ()
  }
  return
}

// -----

// Tiles of 24 columns cross panels, nothing is known of %any, and 64 columns are two panels.
// CHECK-LABEL: func.func @no_single_panel(
// CHECK: %[[U:.+]] = linalg.unpack
// CHECK: tensor.extract_slice %[[U]]
// CHECK: tensor.extract_slice %[[U]]
// CHECK: tensor.extract_slice %[[U]]
func.func @no_single_panel(%p: tensor<6x64x32xf32>, %any: index) {
  %c0 = arith.constant 0 : index
  %c24 = arith.constant 24 : index
  %c192 = arith.constant 192 : index
  %e = tensor.empty() : tensor<64x192xf32>
  %u = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [32] into %e : tensor<6x64x32xf32> -> tensor<64x192xf32>
  scf.for %j = %c0 to %c192 step %c24 {
    %t = tensor.extract_slice %u[0, %j] [64, 24] [1, 1] : tensor<64x192xf32> to tensor<64x24xf32>
    "use"(%t) : (tensor<64x24xf32>) -> ()
  }
  %s = tensor.extract_slice %u[0, %any] [64, 32] [1, 1] : tensor<64x192xf32> to tensor<64x32xf32>
  "use"(%s) : (tensor<64x32xf32>) -> ()
  %d = tensor.extract_slice %u[0, 64] [64, 64] [1, 1] : tensor<64x192xf32> to tensor<64x64xf32>
  "use"(%d) : (tensor<64x64xf32>) -> ()
  return
}
