// RUN: tw-opt %s -tw-vectorize-tiles -canonicalize -cse | FileCheck %s
// The shape of the tiles of a contraction of words.

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
#pixels = affine_map<(h, w, f, q, c) -> (h, 2 * w + q, c)>
#filters = affine_map<(h, w, f, q, c) -> (q, c, f)>
#image = affine_map<(h, w, f, q, c) -> (h, w, f)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "amx">} {
// 28 rows are twice 14, and 20 words twice 10: no part of a tile is empty. What the result starts
// with is where the sums begin.
// CHECK-LABEL: func.func @equal_parts(
// CHECK:       %[[C0:.+]] = vector.transfer_read %{{.*}}[%c0, %c0], %{{.*}} {in_bounds = [true, true]} : tensor<28x16xf32>, vector<14x16xf32>
// CHECK:       %[[C1:.+]] = vector.transfer_read %{{.*}}[%c14, %c0], %{{.*}} : tensor<28x16xf32>, vector<14x16xf32>
// CHECK:       %[[ACC:.+]]:2 = scf.for %[[K:.+]] = %c0 to %c20 step %c10 iter_args(%{{.*}} = %[[C0]], %{{.*}} = %[[C1]])
// CHECK:         vector.transfer_read %{{.*}}[%[[K]], %c0], %{{.*}} {in_bounds = [true, true]} : tensor<20x16xi32>, vector<10x16xi32>
// CHECK:         vector.transfer_read %{{.*}}[%c0, %[[K]]], %{{.*}} {in_bounds = [true, true]} : tensor<28x20xi32>, vector<14x10xi32>
// CHECK:         tw.tile_dot %{{.*}} : vector<14x10xi32>, vector<10x16xi32>, vector<14x16xf32>
// CHECK:         vector.transfer_read %{{.*}}[%c14, %[[K]]], %{{.*}} {in_bounds = [true, true]} : tensor<28x20xi32>, vector<14x10xi32>
// CHECK:         tw.tile_dot
// CHECK:       vector.transfer_write %[[ACC]]#1, %{{.*}}[%c14, %c0] {in_bounds = [true, true]} : vector<14x16xf32>, tensor<28x16xf32>
func.func @equal_parts(%a: tensor<28x20xi32>, %b: tensor<20x16xi32>, %c: tensor<28x16xf32>) -> tensor<28x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<28x16xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<28x20xi32>, tensor<20x16xi32>) outs(%co : tensor<28x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<28x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [28, 16] [1, 1] : tensor<28x16xf32> into tensor<28x16xf32>
    }
  }
  return %all : tensor<28x16xf32>
}

// 17 rows have no equal parts: of the second tile one row is read, and the others are zeros.
// CHECK-LABEL: func.func @no_equal_parts(
// CHECK:       vector.transfer_read %{{.*}}[%c16, %{{.*}}], %{{.*}} {in_bounds = [false, true]} : tensor<17x32xi32>, vector<16x16xi32>
func.func @no_equal_parts(%a: tensor<17x32xi32>, %b: tensor<32x16xi32>, %c: tensor<17x16xf32>) -> tensor<17x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<17x16xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<17x32xi32>, tensor<32x16xi32>) outs(%co : tensor<17x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<17x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [17, 16] [1, 1] : tensor<17x16xf32> into tensor<17x16xf32>
    }
  }
  return %all : tensor<17x16xf32>
}

// Every other pixel of two lines: tiles of a stride, which share that of the filters.
// CHECK-LABEL: func.func @two_strided_lines(
// CHECK:       scf.for %[[Q:.+]] = %c0 to %c3 step %c1 iter_args
// CHECK:         scf.for %[[C:.+]] = %c0 to %c32 step %c16 iter_args
// CHECK:           %[[F:.+]] = vector.transfer_read %{{.*}}[%[[Q]], %[[C]], %c0]
// CHECK:           %[[S:.+]] = tensor.extract_slice %{{.*}}[0, %[[Q]], %[[C]]] [1, 7, 16] [1, 2, 1] : tensor<2x15x32xi32> to tensor<7x16xi32>
// CHECK:           %[[P:.+]] = vector.transfer_read %[[S]][%c0, %c0], %{{.*}} {in_bounds = [true, true]} : tensor<7x16xi32>, vector<7x16xi32>
// CHECK:           tw.tile_dot %[[P]], %[[F]]
// CHECK:           tensor.extract_slice %{{.*}}[1, %[[Q]], %[[C]]] [1, 7, 16] [1, 2, 1]
// CHECK:           tw.tile_dot %{{.*}}, %[[F]]
// CHECK-NOT:   tw.bf16_dot
func.func @two_strided_lines(%a: tensor<2x15x32xi32>, %b: tensor<3x32x16xi32>, %c: tensor<2x7x16xf32>) -> tensor<2x7x16xf32> {
  %all = scf.forall (%task) in (1) shared_outs(%co = %c) -> (tensor<2x7x16xf32>) {
    %r = linalg.generic {indexing_maps = [#pixels, #filters, #image], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %b : tensor<2x15x32xi32>, tensor<3x32x16xi32>) outs(%co : tensor<2x7x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<2x7x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0, 0] [2, 7, 16] [1, 1, 1] : tensor<2x7x16xf32> into tensor<2x7x16xf32>
    }
  }
  return %all : tensor<2x7x16xf32>
}

// A tile register has one shape in a function, which a task becomes: where two contractions differ,
// tiles are whole ones.
// CHECK-LABEL: func.func @one_shape_a_task(
// CHECK:       tw.tile_dot %{{.*}} : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
// CHECK:       vector.transfer_read %{{.*}} {in_bounds = [false, true]} : tensor<5x32xi32>, vector<16x16xi32>
// CHECK:       tw.tile_dot %{{.*}} : vector<16x16xi32>, vector<16x16xi32>, vector<16x16xf32>
func.func @one_shape_a_task(%a: tensor<16x32xi32>, %a5: tensor<5x32xi32>, %b: tensor<32x16xi32>, %c: tensor<16x16xf32>, %c5: tensor<5x16xf32>) -> (tensor<16x16xf32>, tensor<5x16xf32>) {
  %all:2 = scf.forall (%task) in (1) shared_outs(%co = %c, %c5o = %c5) -> (tensor<16x16xf32>, tensor<5x16xf32>) {
    %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<16x32xi32>, tensor<32x16xi32>) outs(%co : tensor<16x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<16x16xf32>
    %r5 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a5, %b : tensor<5x32xi32>, tensor<32x16xi32>) outs(%c5o : tensor<5x16xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<5x16xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %r into %co[0, 0] [16, 16] [1, 1] : tensor<16x16xf32> into tensor<16x16xf32>
      tensor.parallel_insert_slice %r5 into %c5o[0, 0] [5, 16] [1, 1] : tensor<5x16xf32> into tensor<5x16xf32>
    }
  }
  return %all#0, %all#1 : tensor<16x16xf32>, tensor<5x16xf32>
}

// Outside of tasks tiles would be the entry point's, which parallel regions interrupt. Vectors hold
// 8 rows of 16 columns, but not 20 of 32.
// CHECK-LABEL: func.func @no_tiles_outside_tasks(
// CHECK-NOT:   tw.tile_dot
// CHECK:       tw.bf16_dot
func.func @no_tiles_outside_tasks(%a: tensor<8x32xi32>, %b: tensor<32x16xi32>, %c: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<8x32xi32>, tensor<32x16xi32>) outs(%c : tensor<8x16xf32>) {
  ^bb0(%x: i32, %y: i32, %z: f32):
    %d = tw.bf16_dot %x, %y, %z : i32, f32
    linalg.yield %d : f32
  } -> tensor<8x16xf32>
  return %r : tensor<8x16xf32>
}

// CHECK-LABEL: func.func @more_than_vectors_hold(
// CHECK-COUNT-4: tw.tile_dot %{{.*}} : vector<10x16xi32>, vector<16x16xi32>, vector<10x16xf32>
func.func @more_than_vectors_hold(%a: tensor<20x32xi32>, %b: tensor<32x32xi32>, %c: tensor<20x32xf32>) -> tensor<20x32xf32> {
  %r = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<20x32xi32>, tensor<32x32xi32>) outs(%c : tensor<20x32xf32>) {
  ^bb0(%x: i32, %y: i32, %z: f32):
    %d = tw.bf16_dot %x, %y, %z : i32, f32
    linalg.yield %d : f32
  } -> tensor<20x32xf32>
  return %r : tensor<20x32xf32>
}
}
