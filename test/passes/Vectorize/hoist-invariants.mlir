// RUN: tw-opt %s -tw-hoist-invariants -split-input-file | FileCheck %s

// The mean of a row is read once, and so is what is computed from it; the row itself in each step.
// CHECK-LABEL: func.func @mean_of_a_row(
// CHECK:       scf.for %[[I:[^ ]+]] =
// CHECK-NEXT:    %[[MEAN:.+]] = tensor.extract %{{.+}}[%[[I]]] : tensor<4xf32>
// CHECK-NEXT:    %[[ALL:.+]] = vector.broadcast %[[MEAN]] : f32 to vector<16xf32>
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      vector.transfer_read
// CHECK-NEXT:      arith.subf %{{.+}}, %[[ALL]]
// CHECK-NEXT:      vector.transfer_write
func.func @mean_of_a_row(%x: tensor<4x1024xf32>, %means: tensor<4xf32>, %out: tensor<4x1024xf32>) -> tensor<4x1024xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %pad = arith.constant 0.0 : f32
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%rows = %out) -> (tensor<4x1024xf32>) {
    %row = scf.for %j = %c0 to %c1024 step %c16 iter_args(%t = %rows) -> (tensor<4x1024xf32>) {
      %v = vector.transfer_read %x[%i, %j], %pad {in_bounds = [true]} : tensor<4x1024xf32>, vector<16xf32>
      %mean = tensor.extract %means[%i] : tensor<4xf32>
      %all = vector.broadcast %mean : f32 to vector<16xf32>
      %centred = arith.subf %v, %all : vector<16xf32>
      %w = vector.transfer_write %centred, %t[%i, %j] {in_bounds = [true]} : vector<16xf32>, tensor<4x1024xf32>
      scf.yield %w : tensor<4x1024xf32>
    }
    scf.yield %row : tensor<4x1024xf32>
  }
  return %r : tensor<4x1024xf32>
}

// -----

// A loop over a dynamic size may not run: the factor is read in it, in case there is none.
// CHECK-LABEL: func.func @no_loop_that_may_not_run(
// CHECK:       scf.for
// CHECK-NEXT:    tensor.extract
// CHECK-NEXT:    vector.broadcast
func.func @no_loop_that_may_not_run(%x: tensor<?xf32>, %factor: tensor<?xf32>, %out: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %pad = arith.constant 0.0 : f32
  %r = scf.for %j = %c0 to %n step %c16 iter_args(%t = %out) -> (tensor<?xf32>) {
    %first = tensor.extract %factor[%c0] : tensor<?xf32>
    %all = vector.broadcast %first : f32 to vector<16xf32>
    %v = vector.transfer_read %x[%j], %pad : tensor<?xf32>, vector<16xf32>
    %scaled = arith.mulf %v, %all : vector<16xf32>
    %w = vector.transfer_write %scaled, %t[%j] : vector<16xf32>, tensor<?xf32>
    scf.yield %w : tensor<?xf32>
  }
  return %r : tensor<?xf32>
}

// -----

// What the loop itself writes is no invariant.
// CHECK-LABEL: func.func @no_read_of_what_changes(
// CHECK:       scf.for
// CHECK-NEXT:    tensor.extract
func.func @no_read_of_what_changes(%out: tensor<64xf32>) -> tensor<64xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  %r = scf.for %j = %c0 to %c64 step %c1 iter_args(%t = %out) -> (tensor<64xf32>) {
    %first = tensor.extract %t[%c0] : tensor<64xf32>
    %double = arith.addf %first, %first : f32
    %w = tensor.insert %double into %t[%j] : tensor<64xf32>
    scf.yield %w : tensor<64xf32>
  }
  return %r : tensor<64xf32>
}
