// RUN: tw-opt %s -tw-split-reductions -canonicalize -split-input-file | FileCheck %s

// A sum of everything: one for each row, then of these.
// CHECK-LABEL: func @rows(
// CHECK-SAME: %[[X:[^:]+]]: tensor<64x1024xf32>, %[[INIT:[^:]+]]: tensor<f32>)
// CHECK: %[[ZEROS:.+]] = linalg.fill {{.+}} -> tensor<64xf32>
// CHECK: %[[P:.+]] = linalg.generic {{.+}}["parallel", "reduction"]} ins(%[[X]] : {{.+}} outs(%[[ZEROS]] :
// CHECK: arith.mulf
// CHECK: arith.addf
// CHECK: %[[S:.+]] = linalg.generic {{.+}}["reduction"]} ins(%[[P]] : tensor<64xf32>) outs(%[[INIT]] :
// CHECK-NOT: arith.mulf
// CHECK: return %[[S]]
func.func @rows(%x: tensor<64x1024xf32>, %init: tensor<f32>) -> tensor<f32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<64x1024xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.mulf %a, %a : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// The only loop is divided; a maximum starts from the lowest value.
// CHECK-LABEL: func @vector(
// CHECK: %[[X:.+]] = tensor.expand_shape %{{.+}} output_shape [50, 1000]
// CHECK: linalg.fill ins(%cst : f32) outs(%{{.+}} : tensor<50xf32>)
// CHECK: linalg.generic {{.+}}["parallel", "reduction"]} ins(%[[X]] :
// CHECK: linalg.generic {{.+}}["reduction"]}
// CHECK: arith.maximumf
func.func @vector(%x: tensor<50000xf32>, %init: tensor<f32>) -> tensor<f32> {
  %s = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<50000xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.maximumf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// Groups of channels, channels last: vectors lie along all channels, and what each group has is
// spread over its channels.
// CHECK-LABEL: func @groups_of_channels(
// CHECK-SAME: %[[X:[^:]+]]: tensor<2x64x64x32x4xf32>
// CHECK: linalg.generic {{.+}}["parallel", "parallel", "parallel"]} ins(%{{.+}} : tensor<2x32xf32>) outs(%{{.+}} : tensor<2x32x4xf32>)
// CHECK: %[[C:.+]] = tensor.collapse_shape %[[X]]{{.+}} into tensor<2x64x64x128xf32>
// CHECK: linalg.generic {{.+}}["parallel", "parallel", "reduction", "parallel"]} ins(%[[C]], %{{.+}} : tensor<2x64x64x128xf32>, tensor<2x128xf32>) outs(%{{.+}} : tensor<2x64x128xf32>)
// CHECK: linalg.generic {{.+}}["parallel", "reduction", "parallel"]} {{.+}} outs(%{{.+}} : tensor<2x128xf32>)
// CHECK: linalg.generic {{.+}}["parallel", "parallel", "reduction"]} ins(%{{.+}} : tensor<2x32x4xf32>) outs(%{{.+}} : tensor<2x32xf32>)
func.func @groups_of_channels(%x: tensor<2x64x64x32x4xf32>, %mean: tensor<2x32xf32>, %init: tensor<2x32xf32>) -> tensor<2x32xf32> {
  %s = linalg.generic {indexing_maps = [affine_map<(n, h, w, g, c) -> (n, h, w, g, c)>, affine_map<(n, h, w, g, c) -> (n, g)>, affine_map<(n, h, w, g, c) -> (n, g)>],
                       iterator_types = ["parallel", "reduction", "reduction", "parallel", "reduction"]}
      ins(%x, %mean : tensor<2x64x64x32x4xf32>, tensor<2x32xf32>) outs(%init : tensor<2x32xf32>) {
  ^bb0(%a: f32, %m: f32, %o: f32):
    %0 = arith.subf %a, %m : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x32xf32>
  return %s : tensor<2x32xf32>
}

// -----

// Loops follow memory, whose outermost dimension becomes parallel, however long it will be.
// CHECK-DAG: #[[ID:.+]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: func @transposed_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x500x?xf32>
// CHECK: %[[SIZE:.+]] = tensor.dim %[[X]], %c0
// CHECK: tensor.empty(%[[SIZE]]) : tensor<?xf32>
// CHECK: linalg.generic {indexing_maps = [#[[ID]], {{.+}}["parallel", "reduction", "reduction"]} ins(%[[X]] : tensor<?x500x?xf32>)
// CHECK: linalg.generic {{.+}}["reduction"]} ins(%{{.+}} : tensor<?xf32>)
func.func @transposed_dynamic(%x: tensor<?x500x?xf32>, %init: tensor<f32>) -> tensor<f32> {
  %s = linalg.generic {indexing_maps = [affine_map<(k, i, j) -> (i, j, k)>, affine_map<(k, i, j) -> ()>], iterator_types = ["reduction", "reduction", "reduction"]}
      ins(%x : tensor<?x500x?xf32>) outs(%init : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %s : tensor<f32>
}

// -----

// A small sum, one with many results, a contraction, and one that no neutral element starts.
// CHECK-LABEL: func @no_split(
// CHECK-COUNT-4: linalg.generic
// CHECK-NOT: linalg.generic
func.func @no_split(%x: tensor<40x40xf32>, %y: tensor<2000x200xf32>, %v: tensor<200xf32>, %one: tensor<f32>, %many: tensor<2000xf32>) -> (tensor<f32>, tensor<2000xf32>, tensor<2000xf32>, tensor<f32>) {
  %small = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<40x40xf32>) outs(%one : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  %rows = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%y : tensor<2000x200xf32>) outs(%many : tensor<2000xf32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.addf %o, %a : f32
    linalg.yield %1 : f32
  } -> tensor<2000xf32>
  %product = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%y, %v : tensor<2000x200xf32>, tensor<200xf32>) outs(%many : tensor<2000xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2000xf32>
  %difference = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%y : tensor<2000x200xf32>) outs(%one : tensor<f32>) {
  ^bb0(%a: f32, %o: f32):
    %1 = arith.subf %a, %o : f32
    linalg.yield %1 : f32
  } -> tensor<f32>
  return %small, %rows, %product, %difference : tensor<f32>, tensor<2000xf32>, tensor<2000xf32>, tensor<f32>
}

// -----

// The mean of each channel of one image, whose batch counts as reduced: a loop of one iteration
// makes a broadcast no less of one.
// CHECK-LABEL: func @mean_of_one_image(
// CHECK: linalg.generic {{.+}} outs(%{{.+}} : tensor<64x64xf32>)
// CHECK: linalg.generic {{.+}} ins(%{{.+}} : tensor<64x64xf32>) outs(%{{.+}} : tensor<64xf32>)
func.func @mean_of_one_image(%x: tensor<1x64x64x64xf32>, %mean: tensor<1x64xf32>, %init: tensor<64xf32>) -> tensor<64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, c)>, affine_map<(n, h, w, c) -> (c)>], iterator_types = ["reduction", "reduction", "reduction", "parallel"]}
      ins(%x, %mean : tensor<1x64x64x64xf32>, tensor<1x64xf32>) outs(%init : tensor<64xf32>) {
  ^bb0(%a: f32, %m: f32, %o: f32):
    %0 = arith.subf %a, %m : f32
    %1 = arith.mulf %0, %0 : f32
    %2 = arith.addf %o, %1 : f32
    linalg.yield %2 : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}
