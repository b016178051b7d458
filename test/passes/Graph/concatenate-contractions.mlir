// RUN: tw-opt %s -tw-concatenate-contractions -split-input-file | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// Queries, keys and values of grouped-query attention with biases, on any number of rows. Weights
// may be computed after the first contraction; what is shared between epilogues stays.
// CHECK-LABEL: @biases
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x64xf32>
// CHECK: %[[T:.+]] = linalg.transpose
// CHECK: %[[W:.+]] = tensor.concat dim(1) %{{.+}}, %[[T]] : (tensor<64x48xf32>, tensor<64x16xf32>) -> tensor<64x64xf32>
// CHECK: %[[M:.+]] = tensor.dim %[[X]], %{{.+}}
// CHECK: %[[EMPTY:.+]] = tensor.empty(%[[M]]) : tensor<?x64xf32>
// CHECK: %[[ZERO:.+]] = linalg.fill ins(%{{.+}} : f32) outs(%[[EMPTY]]
// CHECK: %[[MM:.+]] = linalg.matmul ins(%[[X]], %[[W]] : tensor<?x64xf32>, tensor<64x64xf32>) outs(%[[ZERO]] : tensor<?x64xf32>)
// CHECK: %[[B:.+]] = tensor.concat dim(0) %{{.+}}, %{{.+}} : (tensor<48xf32>, tensor<16xf32>) -> tensor<64xf32>
// CHECK: %[[R:.+]] = linalg.generic {{.*}} ins(%[[MM]], %[[B]] : tensor<?x64xf32>, tensor<64xf32>)
// CHECK: arith.addf
// CHECK: %[[Q:.+]] = tensor.extract_slice %[[R]][0, 0] [%{{.+}}, 48] [1, 1]
// CHECK: %[[K:.+]] = tensor.extract_slice %[[R]][0, 48] [%{{.+}}, 16] [1, 1]
// CHECK-NOT: linalg.matmul
// CHECK: linalg.exp ins(%[[Q]]
// CHECK: linalg.exp ins(%[[K]]
func.func @biases(%x: tensor<?x64xf32>, %wq: tensor<64x48xf32> {tw.weight = "wq"},
    %bq: tensor<48xf32> {tw.weight = "bq"}, %wk: tensor<16x64xf32> {tw.weight = "wk"},
    %bk: tensor<16xf32> {tw.weight = "bk"}, %iq: tensor<?x48xf32>, %ik: tensor<?x16xf32>)
    -> (tensor<?x48xf32>, tensor<?x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %fq = linalg.fill ins(%zero : f32) outs(%iq : tensor<?x48xf32>) -> tensor<?x48xf32>
  %q = linalg.matmul ins(%x, %wq : tensor<?x64xf32>, tensor<64x48xf32>) outs(%fq : tensor<?x48xf32>) -> tensor<?x48xf32>
  %qb = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%q, %bq : tensor<?x48xf32>, tensor<48xf32>) outs(%iq : tensor<?x48xf32>) {
  ^bb0(%in: f32, %b: f32, %out: f32):
    %0 = arith.addf %in, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x48xf32>
  %e = tensor.empty() : tensor<64x16xf32>
  %t = linalg.transpose ins(%wk : tensor<16x64xf32>) outs(%e : tensor<64x16xf32>) permutation = [1, 0]
  %fk = linalg.fill ins(%zero : f32) outs(%ik : tensor<?x16xf32>) -> tensor<?x16xf32>
  %k = linalg.matmul ins(%x, %t : tensor<?x64xf32>, tensor<64x16xf32>) outs(%fk : tensor<?x16xf32>) -> tensor<?x16xf32>
  %kb = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%k, %bk : tensor<?x16xf32>, tensor<16xf32>) outs(%ik : tensor<?x16xf32>) {
  ^bb0(%in: f32, %b: f32, %out: f32):
    %0 = arith.addf %in, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?x16xf32>
  %qe = linalg.exp ins(%qb : tensor<?x48xf32>) outs(%iq : tensor<?x48xf32>) -> tensor<?x48xf32>
  %ke = linalg.exp ins(%kb : tensor<?x16xf32>) outs(%ik : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %qe, %ke : tensor<?x48xf32>, tensor<?x16xf32>
}

// -----

// A part of one row is contiguous, also for those that collapse it.
// CHECK-LABEL: @one_row_of_heads
// CHECK: tensor.concat dim(1)
// CHECK: %[[A:.+]] = tensor.extract_slice %{{.+}}[0, 0] [1, 32] [1, 1]
// CHECK: tensor.collapse_shape %[[A]]
func.func @one_row_of_heads(%x: tensor<1x64xf32>, %a: tensor<64x32xf32> {tw.weight = "a"},
    %b: tensor<64x32xf32> {tw.weight = "b"}, %i: tensor<32xf32>) -> tensor<32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32xf32>) -> tensor<1x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<1x64xf32>, tensor<64x32xf32>) outs(%f : tensor<1x32xf32>) -> tensor<1x32xf32>
  %1 = linalg.matmul ins(%x, %b : tensor<1x64xf32>, tensor<64x32xf32>) outs(%f : tensor<1x32xf32>) -> tensor<1x32xf32>
  %2 = tensor.collapse_shape %0 [[0, 1]] : tensor<1x32xf32> into tensor<32xf32>
  %3 = tensor.collapse_shape %1 [[0, 1]] : tensor<1x32xf32> into tensor<32xf32>
  %4 = linalg.mul ins(%2, %3 : tensor<32xf32>, tensor<32xf32>) outs(%i : tensor<32xf32>) -> tensor<32xf32>
  return %4 : tensor<32xf32>
}

// -----

// Of one row, so that the product of the SwiGLU costs nothing as a pass of its own.
// CHECK-LABEL: @one_row
// CHECK: tensor.concat dim(1)
// CHECK: %[[R:.+]] = linalg.matmul {{.*}} -> tensor<1x64xf32>
// CHECK: %[[A:.+]] = tensor.extract_slice %[[R]][0, 0] [1, 32] [1, 1]
// CHECK: %[[B:.+]] = tensor.extract_slice %[[R]][0, 32] [1, 32] [1, 1]
// CHECK: linalg.mul ins(%[[A]], %[[B]]
func.func @one_row(%x: tensor<1x64xf32>, %a: tensor<64x32xf32> {tw.weight = "a"},
    %b: tensor<64x32xf32> {tw.weight = "b"}) -> tensor<1x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x32xf32>) -> tensor<1x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<1x64xf32>, tensor<64x32xf32>) outs(%f : tensor<1x32xf32>) -> tensor<1x32xf32>
  %1 = linalg.matmul ins(%x, %b : tensor<1x64xf32>, tensor<64x32xf32>) outs(%f : tensor<1x32xf32>) -> tensor<1x32xf32>
  %2 = linalg.mul ins(%0, %1 : tensor<1x32xf32>, tensor<1x32xf32>) outs(%e : tensor<1x32xf32>) -> tensor<1x32xf32>
  return %2 : tensor<1x32xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The product is computed with the tiles of a contraction; of several rows it would be a pass.
// CHECK-LABEL: @no_epilogue_of_two
// CHECK-NOT: tensor.concat
func.func @no_epilogue_of_two(%x: tensor<8x64xf32>, %a: tensor<64x32xf32> {tw.weight = "a"},
    %b: tensor<64x32xf32> {tw.weight = "b"}) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.matmul ins(%x, %b : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %1 : tensor<8x32xf32>, tensor<8x32xf32>) outs(%e : tensor<8x32xf32>) {
  ^bb0(%in: f32, %g: f32, %out: f32):
    %3 = arith.mulf %in, %g : f32
    linalg.yield %3 : f32
  } -> tensor<8x32xf32>
  return %2 : tensor<8x32xf32>
}

// -----

// A result of the function has memory of its own, and so does a collapsed tensor.
// CHECK-LABEL: @no_own_memory
// CHECK-NOT: tensor.concat
func.func @no_own_memory(%x: tensor<8x64xf32>, %a: tensor<64x32xf32> {tw.weight = "a"},
    %b: tensor<64x32xf32> {tw.weight = "b"}) -> (tensor<1x8x32xf32>, tensor<256xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8x32xf32>) -> tensor<8x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.matmul ins(%x, %b : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %2 = tensor.expand_shape %0 [[0, 1], [2]] output_shape [1, 8, 32] : tensor<8x32xf32> into tensor<1x8x32xf32>
  %3 = tensor.collapse_shape %1 [[0, 1]] : tensor<8x32xf32> into tensor<256xf32>
  return %2, %3 : tensor<1x8x32xf32>, tensor<256xf32>
}

// -----

// Another activation, and weights that are not constant.
// CHECK-LABEL: @no_siblings
// CHECK-NOT: tensor.concat
func.func @no_siblings(%x: tensor<8x64xf32>, %y: tensor<8x64xf32>, %a: tensor<64x32xf32> {tw.weight = "a"},
    %b: tensor<64x32xf32>, %i: tensor<8x32xf32>) -> tensor<8x32xf32> {
  %zero = arith.constant 0.0 : f32
  %f = linalg.fill ins(%zero : f32) outs(%i : tensor<8x32xf32>) -> tensor<8x32xf32>
  %0 = linalg.matmul ins(%x, %a : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %1 = linalg.matmul ins(%y, %a : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %2 = linalg.matmul ins(%x, %b : tensor<8x64xf32>, tensor<64x32xf32>) outs(%f : tensor<8x32xf32>) -> tensor<8x32xf32>
  %3 = linalg.exp ins(%0 : tensor<8x32xf32>) outs(%i : tensor<8x32xf32>) -> tensor<8x32xf32>
  %4 = linalg.exp ins(%1 : tensor<8x32xf32>) outs(%3 : tensor<8x32xf32>) -> tensor<8x32xf32>
  %5 = linalg.exp ins(%2 : tensor<8x32xf32>) outs(%4 : tensor<8x32xf32>) -> tensor<8x32xf32>
  return %5 : tensor<8x32xf32>
}

// -----

#rows = affine_map<(d0, d1, d2) -> (d0, d2)>
#columns = affine_map<(d0, d1, d2) -> (d2, d1)>
#result = affine_map<(d0, d1, d2) -> (d0, d1)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// Of bf16: each contraction has its own words of the shared rows, and its epilogue rounds.
// CHECK-LABEL: @words
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x64xbf16>
// CHECK: %[[WORDS:.+]] = tw.words %[[X]]
// CHECK: %[[W:.+]] = tensor.concat dim(1) %{{.+}}, %{{.+}} : (tensor<32x48xi32>, tensor<32x16xi32>) -> tensor<32x64xi32>
// CHECK: %[[R:.+]] = linalg.generic {{.*}} ins(%[[WORDS]], %[[W]] : tensor<?x32xi32>, tensor<32x64xi32>)
// CHECK: tw.bf16_dot
// CHECK: %[[N:.+]] = linalg.generic {{.*}} ins(%[[R]] : tensor<?x64xf32>) outs(%{{.+}} : tensor<?x64xbf16>)
// CHECK: arith.truncf
// CHECK: tensor.extract_slice %[[N]][0, 0] [%{{.+}}, 48] [1, 1] : tensor<?x64xbf16> to tensor<?x48xbf16>
// CHECK: tensor.extract_slice %[[N]][0, 48] [%{{.+}}, 16] [1, 1] : tensor<?x64xbf16> to tensor<?x16xbf16>
func.func @words(%x: tensor<?x64xbf16>, %a: tensor<32x48xi32> {tw.weight = "a"}, %b: tensor<32x16xi32> {tw.weight = "b"},
    %ia: tensor<?x48xf32>, %ib: tensor<?x16xf32>, %na: tensor<?x48xbf16>, %nb: tensor<?x16xbf16>) -> (tensor<?x48xbf16>, tensor<?x16xbf16>) {
  %zero = arith.constant 0.0 : f32
  %fa = linalg.fill ins(%zero : f32) outs(%ia : tensor<?x48xf32>) -> tensor<?x48xf32>
  %fb = linalg.fill ins(%zero : f32) outs(%ib : tensor<?x16xf32>) -> tensor<?x16xf32>
  %xa = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
  %0 = linalg.generic {indexing_maps = [#rows, #columns, #result], iterator_types = ["parallel", "parallel", "reduction"]} ins(%xa, %a : tensor<?x32xi32>, tensor<32x48xi32>) outs(%fa : tensor<?x48xf32>) {
  ^bb0(%l: i32, %r: i32, %acc: f32):
    %d = tw.bf16_dot %l, %r, %acc : i32, f32
    linalg.yield %d : f32
  } -> tensor<?x48xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : tensor<?x48xf32>) outs(%na : tensor<?x48xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x48xbf16>
  %xb = tw.words %x : tensor<?x64xbf16> -> tensor<?x32xi32>
  %2 = linalg.generic {indexing_maps = [#rows, #columns, #result], iterator_types = ["parallel", "parallel", "reduction"]} ins(%xb, %b : tensor<?x32xi32>, tensor<32x16xi32>) outs(%fb : tensor<?x16xf32>) {
  ^bb0(%l: i32, %r: i32, %acc: f32):
    %d = tw.bf16_dot %l, %r, %acc : i32, f32
    linalg.yield %d : f32
  } -> tensor<?x16xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<?x16xf32>) outs(%nb : tensor<?x16xbf16>) {
  ^bb0(%in: f32, %out: bf16):
    %t = arith.truncf %in : f32 to bf16
    linalg.yield %t : bf16
  } -> tensor<?x16xbf16>
  %4 = linalg.exp ins(%1 : tensor<?x48xbf16>) outs(%na : tensor<?x48xbf16>) -> tensor<?x48xbf16>
  %5 = linalg.exp ins(%3 : tensor<?x16xbf16>) outs(%nb : tensor<?x16xbf16>) -> tensor<?x16xbf16>
  return %4, %5 : tensor<?x48xbf16>, tensor<?x16xbf16>
}
