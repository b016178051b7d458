// RUN: tw-opt %s -tw-fold-unit-windows -split-input-file | FileCheck %s

// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$W:.+]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-DAG: #[[$OUT:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>

// CHECK-LABEL: func @strided_conv(
// CHECK-SAME: %[[X:[^:]+]]: tensor<9x7x3xf32>, %[[W:[^:]+]]: tensor<1x1x3x16xf32>, %[[O:[^:]+]]: tensor<5x7x16xf32>
// CHECK: %[[XS:.+]] = tensor.extract_slice %[[X]][0, 0, 0] [5, 7, 3] [2, 1, 1] : {{.+}} to tensor<5x7x3xf32>
// CHECK: %[[WS:.+]] = tensor.extract_slice %[[W]][0, 0, 0, 0] [1, 1, 3, 16] [1, 1, 1, 1] : {{.+}} to tensor<3x16xf32>
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #[[$OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK-SAME: ins(%[[XS]], %[[WS]] : {{.+}} outs(%[[O]]
// CHECK: return %[[R]]
func.func @strided_conv(%x: tensor<9x7x3xf32>, %w: tensor<1x1x3x16xf32>, %o: tensor<5x7x16xf32>) -> tensor<5x7x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, oc, kh, kw, ic) -> (h * 2 + kh, w + kw * 3, ic)>,
                                        affine_map<(h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                        affine_map<(h, w, oc, kh, kw, ic) -> (h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %w : tensor<9x7x3xf32>, tensor<1x1x3x16xf32>) outs(%o : tensor<5x7x16xf32>) {
  ^bb0(%in: f32, %f: f32, %out: f32):
    %0 = arith.mulf %in, %f : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<5x7x16xf32>
  return %r : tensor<5x7x16xf32>
}

// -----

// Only one of two window loops is a single pixel; the outer size is not known.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 + d3, d2)>
// CHECK-DAG: #[[$W:.+]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-LABEL: func @one_of_two_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x9x4xf32>
// CHECK: %[[H:.+]] = tensor.dim %{{.+}} : tensor<?x7x4xf32>
// CHECK: %[[XS:.+]] = tensor.extract_slice %[[X]][0, 0, 0] [%[[H]], 9, 4] [2, 1, 1] : tensor<?x9x4xf32> to tensor<?x9x4xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$IN]], #[[$W]], #{{.+}}]
// CHECK-SAME: ins(%[[XS]],
// CHECK: linalg.index 3
func.func @one_of_two_dynamic(%x: tensor<?x9x4xf32>, %w: tensor<1x3x4xf32>, %o: tensor<?x7x4xf32>) -> tensor<?x7x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, c, kh, kw) -> (h * 2 + kh, w + kw, c)>,
                                        affine_map<(h, w, c, kh, kw) -> (kh, kw, c)>,
                                        affine_map<(h, w, c, kh, kw) -> (h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x9x4xf32>, tensor<1x3x4xf32>) outs(%o : tensor<?x7x4xf32>) {
  ^bb0(%in: f32, %f: f32, %out: f32):
    %i = linalg.index 4 : index
    %k = linalg.index 3 : index
    %j = arith.addi %i, %k : index
    %n = arith.index_cast %j : index to i32
    %g = arith.sitofp %n : i32 to f32
    %0 = arith.mulf %in, %g : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x7x4xf32>
  return %r : tensor<?x7x4xf32>
}

// -----

// A pooling becomes elementwise, and does not need the operand that gave its window a size.
// CHECK-LABEL: func @pooling(
// CHECK-SAME: %[[X:[^:]+]]: tensor<5x4xf32>, %{{.+}}: tensor<1xf32>, %[[O:[^:]+]]: tensor<5x4xf32>
// CHECK: linalg.generic {{.+}} iterator_types = ["parallel", "parallel"]} ins(%[[X]] : tensor<5x4xf32>) outs(%[[O]]
func.func @pooling(%x: tensor<5x4xf32>, %k: tensor<1xf32>, %o: tensor<5x4xf32>) -> tensor<5x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, c, kh) -> (h + kh, c)>, affine_map<(h, c, kh) -> (kh)>,
                                        affine_map<(h, c, kh) -> (h, c)>],
                       iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %k : tensor<5x4xf32>, tensor<1xf32>) outs(%o : tensor<5x4xf32>) {
  ^bb0(%in: f32, %size: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<5x4xf32>
  return %r : tensor<5x4xf32>
}

// -----

// A window of two pixels, and one of unknown size.
// CHECK-LABEL: func @no_fold(
// CHECK-NOT: tensor.extract_slice
// CHECK: linalg.generic {{.+}} iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
func.func @no_fold(%x: tensor<6x?xf32>, %k: tensor<2x?xf32>, %o: tensor<5x4xf32>) -> tensor<5x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, kh, kw) -> (h + kh, w + kw)>, affine_map<(h, w, kh, kw) -> (kh, kw)>,
                                        affine_map<(h, w, kh, kw) -> (h, w)>],
                       iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %k : tensor<6x?xf32>, tensor<2x?xf32>) outs(%o : tensor<5x4xf32>) {
  ^bb0(%in: f32, %size: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<5x4xf32>
  return %r : tensor<5x4xf32>
}
