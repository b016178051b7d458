// RUN: tw-opt %s -split-input-file -pass-pipeline='builtin.module(func.func(tw-block-sums))' | FileCheck %s

// Four row tiles, a panel of 576 words of 64 bytes, of which 16 KiB have room: three blocks of 12
// steps. Sums wait as whole tiles.

// CHECK-LABEL: func.func @long_panel
// CHECK: %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : vector<16x16xf32>
// CHECK: scf.forall
// CHECK: %[[SUMS:.+]] = tensor.empty() : tensor<4x1x16x16xf32>
// CHECK: %[[FIRST:.+]] = scf.for %{{.+}} = %c0{{.*}} to %c64{{.*}} step %c16{{.*}} iter_args(%[[HELD:.+]] = %[[SUMS]]) -> (tensor<4x1x16x16xf32>) {
// CHECK: %[[SUM:.+]] = scf.for %{{.+}} = %c0{{.*}} to %c192{{.*}} step %{{.+}} iter_args(%{{.+}} = %[[ZERO]])
// CHECK: tw.tile_dot
// CHECK: vector.transfer_write %[[SUM]], %[[HELD]][%{{.+}}, %c0{{.*}}, %c0{{.*}}, %c0{{.*}}] {in_bounds = [true, true]}
// CHECK: %[[MIDDLE:.+]] = scf.for %[[K:.+]] = %c192{{.*}} to %c384{{.*}} step %c192{{.*}} iter_args(%[[FROM:.+]] = %[[FIRST]])
// CHECK: %[[END:.+]] = arith.addi %[[K]], %c192{{.*}} overflow<nsw>
// CHECK: scf.for {{.+}} iter_args(%[[HERE:.+]] = %[[FROM]])
// CHECK: %[[BEGIN:.+]] = vector.transfer_read %[[HERE]]
// CHECK: scf.for %{{.+}} = %[[K]] to %[[END]] step %{{.+}} iter_args(%{{.+}} = %[[BEGIN]])
// CHECK: tw.tile_dot
// CHECK: vector.transfer_write %{{.+}}, %[[HERE]]
// CHECK: scf.for {{.+}} -> (tensor<64x16xf32>) {
// CHECK: %[[LAST:.+]] = vector.transfer_read %[[MIDDLE]]
// CHECK: scf.for %{{.+}} = %c384{{.*}} to %c576{{.*}} step %{{.+}} iter_args(%{{.+}} = %[[LAST]])
// CHECK: tw.tile_dot
// CHECK: vector.transfer_write {{.+}} tensor<64x16xf32>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @long_panel(%rows: tensor<64x576xi32>, %panels: tensor<4x576x16xi32>, %out: tensor<4x64x16xf32>) -> tensor<4x64x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c576 = arith.constant 576 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %c64 = arith.constant 64 : index
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x64x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 576, 16] [1, 1, 1] : tensor<4x576x16xi32> to tensor<576x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<4x64x16xf32> to tensor<64x16xf32>
    %done = scf.for %i = %c0 to %c64 step %c16 iter_args(%t = %mine) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 576] [1, 1] : tensor<64x576xi32> to tensor<16x576xi32>
      %sum = scf.for %k = %c0 to %c576 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
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

// A task has at most 128 rows, and so 8 row tiles: as many sums have room.

// CHECK-LABEL: func.func @dynamic_rows
// CHECK: %[[TILES:.+]] = affine.min
// CHECK: tensor.empty() : tensor<8x1x16x16xf32>
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %[[TILES]] step {{.+}} -> (tensor<8x1x16x16xf32>)
// CHECK: scf.for %{{.+}} = %c0{{.*}} to %c192
// CHECK: scf.for %{{.+}} = %c192{{.*}} to %c384{{.*}} step
// CHECK: scf.for %{{.+}} = %c384{{.*}} to %c576
#tiles = affine_map<()[s0] -> (128, (s0 floordiv 16) * 16)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @dynamic_rows(%rows: tensor<?x576xi32>, %panels: tensor<4x576x16xi32>, %out: tensor<4x?x16xf32>, %size: index) -> tensor<4x?x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c576 = arith.constant 576 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %tiles = affine.min #tiles()[%size]
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x?x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 576, 16] [1, 1, 1] : tensor<4x576x16xi32> to tensor<576x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, %tiles, 16] [1, 1, 1] : tensor<4x?x16xf32> to tensor<?x16xf32>
    %done = scf.for %i = %c0 to %tiles step %c16 iter_args(%t = %mine) -> (tensor<?x16xf32>) {
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
      tensor.parallel_insert_slice %done into %o[%n, 0, 0] [1, %tiles, 16] [1, 1, 1] : tensor<?x16xf32> into tensor<4x?x16xf32>
    }
  }
  return %r : tensor<4x?x16xf32>
}
}

// -----

// Rows of 1024 words are pages apart.

// CHECK-LABEL: func.func @no_rows_on_one_page
// CHECK-NOT: tensor<{{.+}}x1x16x16xf32>
// CHECK: return
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
func.func @no_rows_on_one_page(%rows: tensor<64x1024xi32>, %panels: tensor<4x1024x16xi32>, %out: tensor<4x64x16xf32>) -> tensor<4x64x16xf32> {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %zero = arith.constant dense<0.0> : vector<16x16xf32>
  %p = arith.constant 0 : i32
  %c64 = arith.constant 64 : index
  %r = scf.forall (%n) in (4) shared_outs(%o = %out) -> (tensor<4x64x16xf32>) {
    %panel = tensor.extract_slice %panels[%n, 0, 0] [1, 1024, 16] [1, 1, 1] : tensor<4x1024x16xi32> to tensor<1024x16xi32>
    %mine = tensor.extract_slice %o[%n, 0, 0] [1, 64, 16] [1, 1, 1] : tensor<4x64x16xf32> to tensor<64x16xf32>
    %done = scf.for %i = %c0 to %c64 step %c16 iter_args(%t = %mine) -> (tensor<64x16xf32>) {
      %x = tensor.extract_slice %rows[%i, 0] [16, 1024] [1, 1] : tensor<64x1024xi32> to tensor<16x1024xi32>
      %sum = scf.for %k = %c0 to %c1024 step %c16 iter_args(%s = %zero) -> (vector<16x16xf32>) {
        %a = vector.transfer_read %x[%c0, %k], %p {in_bounds = [true, true]} : tensor<16x1024xi32>, vector<16x16xi32>
        %b = vector.transfer_read %panel[%k, %c0], %p {in_bounds = [true, true]} : tensor<1024x16xi32>, vector<16x16xi32>
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
