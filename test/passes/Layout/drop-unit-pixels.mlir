// RUN: tw-opt %s -tw-drop-unit-pixels -split-input-file | FileCheck %s

// A signal: one pixel wide, and so is the window.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 + d3, d4)>
// CHECK-DAG: #[[$F:.+]] = affine_map<(d0, d1, d2, d3, d4) -> (d3, d4, d2)>
// CHECK-LABEL: func @signal_dynamic(
// CHECK-SAME: %[[X:[^:]+]]: tensor<?x9x1x3xf32>, %[[F:[^:]+]]: tensor<3x1x3x16xf32>, %[[O:[^:]+]]: tensor<?x7x1x16xf32>
// CHECK-DAG: %[[XC:.+]] = tensor.collapse_shape %[[X]] {{.+}} into tensor<?x9x3xf32>
// CHECK-DAG: %[[FC:.+]] = tensor.collapse_shape %[[F]] {{.+}} into tensor<3x3x16xf32>
// CHECK-DAG: %[[OC:.+]] = tensor.collapse_shape %[[O]] {{.+}} into tensor<?x7x16xf32>
// CHECK: %[[R:.+]] = linalg.generic {indexing_maps = [#[[$IN]], #[[$F]], #{{.+}}], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
// CHECK-SAME: ins(%[[XC]], %[[FC]] : {{.+}} outs(%[[OC]]
// CHECK: %[[E:.+]] = tensor.expand_shape %[[R]] {{.+}} into tensor<?x7x1x16xf32>
// CHECK: return %[[E]]
func.func @signal_dynamic(%x: tensor<?x9x1x3xf32>, %f: tensor<3x1x3x16xf32>, %o: tensor<?x7x1x16xf32>) -> tensor<?x7x1x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h + kh, w + kw, ic)>,
                                        affine_map<(n, h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<?x9x1x3xf32>, tensor<3x1x3x16xf32>) outs(%o : tensor<?x7x1x16xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x7x1x16xf32>
  return %r : tensor<?x7x1x16xf32>
}

// -----

// Squeeze and excitation: a matrix product is left, on a fill.
// CHECK-DAG: #[[$A:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$B:.+]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-LABEL: func @single_pixel(
// CHECK: %[[O:.+]] = linalg.fill {{.+}} -> tensor<2x8xf32>
// CHECK: linalg.generic {indexing_maps = [#[[$A]], #[[$B]], #{{.+}}]
// CHECK-SAME: ins(%{{.+}}, %{{.+}} : tensor<2x4xf32>, tensor<4x8xf32>) outs(%[[O]] : tensor<2x8xf32>)
func.func @single_pixel(%x: tensor<2x1x4xf32>, %f: tensor<1x4x8xf32>) -> tensor<2x1x8xf32> {
  %c0 = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x1x8xf32>
  %o = linalg.fill ins(%c0 : f32) outs(%e : tensor<2x1x8xf32>) -> tensor<2x1x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(n, w, oc, kw, ic) -> (n, w * 2 + kw, ic)>,
                                        affine_map<(n, w, oc, kw, ic) -> (kw, ic, oc)>, affine_map<(n, w, oc, kw, ic) -> (n, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %f : tensor<2x1x4xf32>, tensor<1x4x8xf32>) outs(%o : tensor<2x1x8xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<2x1x8xf32>
  return %r : tensor<2x1x8xf32>
}

// -----

// One pixel out of a window of three, and a window of one over many pixels.
// CHECK-LABEL: func @no_drop(
// CHECK-NOT: tensor.collapse_shape
func.func @no_drop(%x: tensor<3x5x4xf32>, %f: tensor<3x1x4xf32>, %o: tensor<1x5x4xf32>) -> tensor<1x5x4xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(h, w, c, kh, kw) -> (h + kh, w + kw, c)>,
                                        affine_map<(h, w, c, kh, kw) -> (kh, kw, c)>, affine_map<(h, w, c, kh, kw) -> (h, w, c)>],
                       iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %f : tensor<3x5x4xf32>, tensor<3x1x4xf32>) outs(%o : tensor<1x5x4xf32>) {
  ^bb0(%in: f32, %w: f32, %out: f32):
    %0 = arith.mulf %in, %w : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<1x5x4xf32>
  return %r : tensor<1x5x4xf32>
}
