// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-block-sums))' | FileCheck %s

// 512 words are two thirds of the first-level cache: they stay there beside the rows.

// CHECK-LABEL: func.func @no_long_panel
// CHECK-NOT: tensor<{{.+}}x1x16x16xf32>
// CHECK: return
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @no_long_panel(%rows: tensor<64x512xi32>, %panels: tensor<4x512x16xi32>, %out: tensor<4x64x16xf32>) -> tensor<4x64x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c512 = arith.constant 512 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %c64 = arith.constant 64 : index
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x64x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 512, 16] [1, 1, 1] : tensor<4x512x16xi32> to tensor<512x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<4x64x16xf32> to tensor<64x16xf32>
    %done = scf.for %i = %c0 to %c64 step %c16 iter_args(%t = %mine) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 512] [1, 1] : tensor<64x512xi32> to tensor<16x512xi32>
      %sum = scf.for %k = %c0 to %c512 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
        %a = vector.transfer_read %x[%c0, %k], %p {in_bounds = [true, true]} : tensor<16x512xi32>, vector<16x16xi32>
        %b = vector.transfer_read %panel[%k, %c0], %p {in_bounds = [true, true]} : tensor<512x16xi32>, vector<16x16xi32>
        %next = tw.tile_dot %a, %b, %s : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
        scf.yield %next : vector<16x16xf32>
      }
      %w = vector.transfer_write %sum, %t[%i, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<64x16xf32>
      scf.yield %w : tensor<64x16xf32>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %done into %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<64x16xf32> into tensor<4x64x16xf32>
    }
  }
  return %r : tensor<4x64x16xf32>
}
}

// -----

// One row tile reads the panel once.

// CHECK-LABEL: func.func @no_second_row_tile
// CHECK-NOT: tensor<{{.+}}x1x16x16xf32>
// CHECK: return
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @no_second_row_tile(%rows: tensor<16x576xi32>, %panels: tensor<4x576x16xi32>, %out: tensor<4x16x16xf32>) -> tensor<4x16x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c576 = arith.constant 576 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x16x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 576, 16] [1, 1, 1] : tensor<4x576x16xi32> to tensor<576x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, 16, 16] [1, 1, 1] : tensor<4x16x16xf32> to tensor<16x16xf32>
    %done = scf.for %i = %c0 to %c16 step %c16 iter_args(%t = %mine) -> (tensor<16x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 576] [1, 1] : tensor<16x576xi32> to tensor<16x576xi32>
      %sum = scf.for %k = %c0 to %c576 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
        %a = vector.transfer_read %x[%c0, %k], %p {in_bounds = [true, true]} : tensor<16x576xi32>, vector<16x16xi32>
        %b = vector.transfer_read %panel[%k, %c0], %p {in_bounds = [true, true]} : tensor<576x16xi32>, vector<16x16xi32>
        %next = tw.tile_dot %a, %b, %s : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
        scf.yield %next : vector<16x16xf32>
      }
      %w = vector.transfer_write %sum, %t[%i, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<16x16xf32>
      scf.yield %w : tensor<16x16xf32>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %done into %o[%n, 0, 0] [1, 16, 16] [1, 1, 1] : tensor<16x16xf32> into tensor<4x16x16xf32>
    }
  }
  return %r : tensor<4x16x16xf32>
}
}

// -----

// The sums begin with what the loop over rows carries: other row tiles may have written it.

// CHECK-LABEL: func.func @no_carried_begin
// CHECK-NOT: tensor<{{.+}}x1x16x16xf32>
// CHECK: return
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @no_carried_begin(%rows: tensor<64x576xi32>, %panels: tensor<4x576x16xi32>, %out: tensor<4x64x16xf32>) -> tensor<4x64x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c576 = arith.constant 576 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %c64 = arith.constant 64 : index
  %f = arith.constant 0.0 : f32
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x64x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 576, 16] [1, 1, 1] : tensor<4x576x16xi32> to tensor<576x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<4x64x16xf32> to tensor<64x16xf32>
    %done = scf.for %i = %c0 to %c64 step %c16 iter_args(%t = %mine) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 576] [1, 1] : tensor<64x576xi32> to tensor<16x576xi32>
      %begin = vector.transfer_read %t[%i, %c0], %f {in_bounds = [true, true]} : tensor<64x16xf32>, vector<16x16xf32>
      %sum = scf.for %k = %c0 to %c576 step %c16 iter_args(%s = %begin) -> (vector<16x16xf32>) {
        %a = vector.transfer_read %x[%c0, %k], %p {in_bounds = [true, true]} : tensor<16x576xi32>, vector<16x16xi32>
        %b = vector.transfer_read %panel[%k, %c0], %p {in_bounds = [true, true]} : tensor<576x16xi32>, vector<16x16xi32>
        %next = tw.tile_dot %a, %b, %s : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
        scf.yield %next : vector<16x16xf32>
      }
      %w = vector.transfer_write %sum, %t[%i, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<64x16xf32>
      scf.yield %w : tensor<64x16xf32>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %done into %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<64x16xf32> into tensor<4x64x16xf32>
    }
  }
  return %r : tensor<4x64x16xf32>
}
}

// -----

// No bound on the number of row tiles, and so none on the sums.

// CHECK-LABEL: func.func @no_bound
// CHECK-NOT: tensor<{{.+}}x1x16x16xf32>
// CHECK: return
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @no_bound(%rows: tensor<?x576xi32>, %panels: tensor<4x576x16xi32>, %out: tensor<4x?x16xf32>, %size: index) -> tensor<4x?x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c576 = arith.constant 576 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x?x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 576, 16] [1, 1, 1] : tensor<4x576x16xi32> to tensor<576x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, %size, 16] [1, 1, 1] : tensor<4x?x16xf32> to tensor<?x16xf32>
    %done = scf.for %i = %c0 to %size step %c16 iter_args(%t = %mine) -> (tensor<?x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 576] [1, 1] : tensor<?x576xi32> to tensor<16x576xi32>
      %sum = scf.for %k = %c0 to %c576 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
        %a = vector.transfer_read %x[%c0, %k], %p {in_bounds = [true, true]} : tensor<16x576xi32>, vector<16x16xi32>
        %b = vector.transfer_read %panel[%k, %c0], %p {in_bounds = [true, true]} : tensor<576x16xi32>, vector<16x16xi32>
        %next = tw.tile_dot %a, %b, %s : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
        scf.yield %next : vector<16x16xf32>
      }
      %w = vector.transfer_write %sum, %t[%i, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<?x16xf32>
      scf.yield %w : tensor<?x16xf32>
    }
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %done into %o[%n, 0, 0] [1, %size, 16] [1, 1, 1] : tensor<?x16xf32> into tensor<4x?x16xf32>
    }
  }
  return %r : tensor<4x?x16xf32>
}
}
