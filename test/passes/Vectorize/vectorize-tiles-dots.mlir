// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse -split-input-file -verify-diagnostics | FileCheck %s
// Contractions of words on a target that multiplies tiles.

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "amx">} {
// Two by two tiles are carried by the loop over words; two of each operand serve four products.
// CHECK-LABEL: func.func @whole_tiles(
// CHECK-SAME:    %[[A:[^:]+]]: tensor<32x64xi32>, %[[B:[^:]+]]: tensor<64x32xi32>
// CHECK:       %[[ZERO:.+]] = arith.constant dense<0.000000e+00> : vector<16x16xf32>
// CHECK:       %[[ACC:.+]]:4 = scf.for %[[K:.+]] = %c0 to %c64 step %c16 iter_args(%[[C0:.+]] = %[[ZERO]], %[[C1:.+]] = %[[ZERO]], %[[C2:.+]] = %[[ZERO]], %[[C3:.+]] = %[[ZERO]])
// CHECK:         %[[B0:.+]] = vector.transfer_read %[[B]][%[[K]], %c0], %{{.*}} {in_bounds = [true, true]} : tensor<64x32xi32>, vector<16x16xi32>
// CHECK-DAG:     %[[B1:.+]] = vector.transfer_read %[[B]][%[[K]], %c16], %{{.*}} {in_bounds = [true, true]} : tensor<64x32xi32>, vector<16x16xi32>
// CHECK-DAG:     %[[A0:.+]] = vector.transfer_read %[[A]][%c0, %[[K]]], %{{.*}} {in_bounds = [true, true]} : tensor<32x64xi32>, vector<16x16xi32>
// CHECK-DAG:     %[[A1:.+]] = vector.transfer_read %[[A]][%c16, %[[K]]], %{{.*}} {in_bounds = [true, true]} : tensor<32x64xi32>, vector<16x16xi32>
// CHECK-DAG:     tw.tile_dot %[[A0]], %[[B0]], %[[C0]] : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
// CHECK-DAG:     tw.tile_dot %[[A0]], %[[B1]], %[[C1]]
// CHECK-DAG:     tw.tile_dot %[[A1]], %[[B0]], %[[C2]]
// CHECK-DAG:     tw.tile_dot %[[A1]], %[[B1]], %[[C3]]
// CHECK-NOT:     vector.transfer_write
// CHECK:         scf.yield
// Whole tiles that nothing reads go to memory as they are.
// CHECK-NOT:   vector.extract
// CHECK:       vector.transfer_write %[[ACC]]#0, %{{.*}}[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, tensor<32x32xf32>
// CHECK:       vector.transfer_write %[[ACC]]#3, %{{.*}}[%c16, %c16] {in_bounds = [true, true]}
// CHECK-NOT:   vector.transfer_write
func.func @whole_tiles(%a: tensor<32x64xi32>, %b: tensor<64x32xi32>, %e: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%eo = %e) -> (tensor<32x32xf32>) {
    %zero = arith.constant 0.0 : f32
    %c = linalg.fill ins(%zero : f32) outs(%eo : tensor<32x32xf32>) -> tensor<32x32xf32>
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<32x64xi32>, tensor<64x32xi32>) outs(%c : tensor<32x32xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<32x32xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %eo[0, 0] [32, 32] [1, 1] : tensor<32x32xf32> into tensor<32x32xf32>
    }
  }
  return %all : tensor<32x32xf32>
}

// Words and columns that neither fill tiles nor are equal parts of some read as zeros; five rows are
// a tile of five. What the result starts with is added in the end.
// CHECK-LABEL: func.func @parts_of_tiles(
// CHECK:       %[[ACC:.+]]:2 = scf.for %[[K:.+]] = %c0 to %c32 step %c16
// CHECK:         vector.transfer_read %{{.*}}[%[[K]], %c0], %{{.*}} {in_bounds = [true, true]} : tensor<40x20xi32>, vector<16x16xi32>
// CHECK:         vector.transfer_read %{{.*}}[%c0, %[[K]]], %{{.*}} {in_bounds = [true, true]} : tensor<5x40xi32>, vector<5x16xi32>
// CHECK:         tw.tile_dot
// CHECK:         vector.transfer_read %{{.*}}[%[[K]], %c16], %{{.*}} {in_bounds = [true, false]} : tensor<40x20xi32>, vector<16x16xi32>
// CHECK:         tw.tile_dot
// CHECK:       vector.transfer_read %{{.*}}[%c32, %c0], %c0_i32 {in_bounds = [false, true]} : tensor<40x20xi32>, vector<16x16xi32>
// CHECK:       vector.transfer_read %{{.*}}[%c0, %c32], %c0_i32 {in_bounds = [true, false]} : tensor<5x40xi32>, vector<5x16xi32>
// CHECK:       tw.tile_dot %{{.*}}, %{{.*}}, %[[ACC]]#0
// CHECK:       vector.transfer_read %{{.*}}[%c32, %c16], %c0_i32 : tensor<40x20xi32>, vector<16x16xi32>
// CHECK:       tw.tile_dot %{{.*}}, %{{.*}}, %[[ACC]]#1
// CHECK:       vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [4], strides = [1]} : vector<16xf32> to vector<4xf32>
// CHECK:       arith.addf %{{.*}} : vector<4xf32>
func.func @parts_of_tiles(%a: tensor<5x40xi32>, %b: tensor<40x20xi32>, %c: tensor<5x20xf32>) -> tensor<5x20xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<5x20xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<5x40xi32>, tensor<40x20xi32>) outs(%co : tensor<5x20xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<5x20xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [5, 20] [1, 1] : tensor<5x20xf32> into tensor<5x20xf32>
    }
  }
  return %all : tensor<5x20xf32>
}

// A convolution: pixels of a line are the rows, and the window's loops lie around that over words.
// CHECK-LABEL: func.func @convolution(
// CHECK:       scf.for %[[H:.+]] = %c0 to %c3 step %c1 iter_args
// CHECK:         scf.for %[[W:.+]] = %c0 to %c3 step %c1 iter_args
// CHECK:           scf.for %[[C:.+]] = %c0 to %c32 step %c16 iter_args
// CHECK:             vector.transfer_read %{{.*}}[%[[H]], %[[W]], %[[C]], %c0], %{{.*}} : tensor<3x3x32x16xi32>, vector<16x16xi32>
// CHECK:             vector.transfer_read %{{.*}}[%c0, %[[H]], %[[W]], %[[C]]], %{{.*}} {in_bounds = [true, true]} : tensor<1x3x18x32xi32>, vector<16x16xi32>
// CHECK:             tw.tile_dot
// CHECK-NOT:   tw.bf16_dot
func.func @convolution(%a: tensor<1x3x18x32xi32>, %b: tensor<3x3x32x16xi32>, %c: tensor<1x1x16x16xf32>) -> tensor<1x1x16x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<1x1x16x16xf32>) {
    %r = linalg.generic {
        indexing_maps = [affine_map<(n, h, w, f, p, q, c) -> (n, h + p, w + q, c)>,
                         affine_map<(n, h, w, f, p, q, c) -> (p, q, c, f)>,
                         affine_map<(n, h, w, f, p, q, c) -> (n, h, w, f)>],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x3x18x32xi32>, tensor<3x3x32x16xi32>) outs(%co : tensor<1x1x16x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<1x1x16x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0, 0, 0] [1, 1, 16, 16] [1, 1, 1, 1] : tensor<1x1x16x16xf32> into tensor<1x1x16x16xf32>
    }
  }
  return %all : tensor<1x1x16x16xf32>
}

// One row leaves the tiles empty, but its panels come from memory sooner than to vectors.
// CHECK-LABEL: func.func @tiles_of_one_row(
// CHECK:       tw.tile_dot %{{.*}} : vector<1x16xi32>, vector<16x16xi32>, vector<1x16xf32>
// CHECK-NOT:   tw.bf16_dot
func.func @tiles_of_one_row(%a: tensor<1x64xi32>, %b: tensor<64x32xi32>, %c: tensor<1x32xf32>) -> tensor<1x32xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<1x32xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<1x64xi32>, tensor<64x32xi32>) outs(%co : tensor<1x32xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<1x32xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [1, 32] [1, 1] : tensor<1x32xf32> into tensor<1x32xf32>
    }
  }
  return %all : tensor<1x32xf32>
}

// How many words are left in the end is not known.
// CHECK-LABEL: func.func @no_tiles_of_dynamic_words(
// CHECK-NOT:   tw.tile_dot
// CHECK:       tw.bf16_dot
func.func @no_tiles_of_dynamic_words(%a: tensor<8x?xi32>, %b: tensor<?x16xi32>, %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<8x16xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<8x?xi32>, tensor<?x16xi32>) outs(%co : tensor<8x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<8x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<8x16xf32>
    }
  }
  return %all : tensor<8x16xf32>
}
}

// -----

// Without tiles words are multiplied in vectors.
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "vdpbf16ps">} {
// CHECK-LABEL: func.func @no_tiles_of_another_target(
// CHECK-NOT:   tw.tile_dot
// CHECK:       tw.bf16_dot
func.func @no_tiles_of_another_target(%a: tensor<8x64xi32>, %b: tensor<64x16xi32>, %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<8x16xf32>) {
    %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<8x64xi32>, tensor<64x16xi32>) outs(%co : tensor<8x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<8x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [8, 16] [1, 1] : tensor<8x16xf32> into tensor<8x16xf32>
    }
  }
  return %all : tensor<8x16xf32>
}
}

// -----

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (n, k)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "vdpbf16ps">} {
// Lanes along the words of both operands: partial sums, which are only added.
// CHECK-LABEL: func.func @lanes_along_words(
// CHECK:       scf.for {{.*}} step %c16 iter_args
// CHECK:         tw.bf16_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<16xi32>, vector<16xf32>
// CHECK:       vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK:       arith.addf
func.func @lanes_along_words(%a: tensor<1x64xi32>, %b: tensor<3x64xi32>, %c: tensor<1x3xf32>) -> tensor<1x3xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<1x3xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<1x64xi32>, tensor<3x64xi32>) outs(%co : tensor<1x3xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<1x3xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [1, 3] [1, 1] : tensor<1x3xf32> into tensor<1x3xf32>
    }
  }
  return %all : tensor<1x3xf32>
}
}
