// RUN: tw-opt %s -tw-merge-window-words -split-input-file | FileCheck %s

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
// The stem of an image of three channels and one of zeros, of any number of lines.
// CHECK-DAG: #[[$IN:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d4, d2, d5)>
// CHECK-DAG: #[[$F:.+]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d4, d5, d3)>
// CHECK-LABEL: func.func @stem_dynamic_lines(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x?x11x2xi32>, %[[F:[^:]+]]: tensor<3x3x2x64xi32>
// CHECK-DAG:   %[[FL:.+]] = tensor.collapse_shape %[[F]] {{\[\[}}0], [1, 2], [3]] : tensor<3x3x2x64xi32> into tensor<3x6x64xi32>
// CHECK-DAG:   %[[XL:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0], [1], [2, 3]] : tensor<?x?x11x2xi32> into tensor<?x?x22xi32>
// CHECK:       %[[U:.+]] = tw.unfold %[[XL]] step(4) : tensor<?x?x22xi32> -> tensor<?x?x5x6xi32>
// CHECK:       linalg.generic {indexing_maps = [#[[$IN]], #[[$F]], #{{.+}}], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
// CHECK-SAME:    ins(%[[U]], %[[FL]]
// CHECK-NEXT:  ^bb0
// CHECK-NEXT:    tw.bf16_dot
func.func @stem_dynamic_lines(%x: tensor<?x?x11x2xi32>, %f: tensor<3x3x2x64xi32>, %o: tensor<?x?x5x64xf32>) -> tensor<?x?x5x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, kw, c, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<?x?x11x2xi32>, tensor<3x3x2x64xi32>) outs(%o : tensor<?x?x5x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<?x?x5x64xf32>
  return %r : tensor<?x?x5x64xf32>
}
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "amx">} {
// A last pixel that begins no window of the result; stride 1 has no factor.
// CHECK-LABEL: func.func @fewer_pixels(
// CHECK:       %[[U:.+]] = tw.unfold %{{.+}} step(2) : tensor<22xi32> -> tensor<9x6xi32>
// CHECK:       %[[S:.+]] = tensor.extract_slice %[[U]][0, 0] [8, 6] [1, 1] : tensor<9x6xi32> to tensor<8x6xi32>
// CHECK:       linalg.generic {{.*}} ins(%{{.+}}, %[[S]] : tensor<6x64xi32>, tensor<8x6xi32>)
func.func @fewer_pixels(%x: tensor<3x2x64xi32>, %f: tensor<11x2xi32>, %o: tensor<8x64xf32>) -> tensor<8x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(w, oc, k, c) -> (k, c, oc)>,
                                        affine_map<(w, oc, k, c) -> (w + k, c)>,
                                        affine_map<(w, oc, k, c) -> (w, oc)>],
                       iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %f : tensor<3x2x64xi32>, tensor<11x2xi32>) outs(%o : tensor<8x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<8x64xf32>
  return %r : tensor<8x64xf32>
}

// Pixels of a dilated window do not follow one another.
// CHECK-LABEL: func.func @no_dilated_window(
// CHECK-NOT:   tw.unfold
// CHECK:       return
func.func @no_dilated_window(%x: tensor<1x11x11x2xi32>, %f: tensor<3x3x2x64xi32>, %o: tensor<1x4x4x64xf32>) -> tensor<1x4x4x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw * 2, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, kw, c, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x11x11x2xi32>, tensor<3x3x2x64xi32>) outs(%o : tensor<1x4x4x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x4x4x64xf32>
  return %r : tensor<1x4x4x64xf32>
}

// How many windows a line has is not known.
// CHECK-LABEL: func.func @no_dynamic_line(
// CHECK-NOT:   tw.unfold
// CHECK:       return
func.func @no_dynamic_line(%x: tensor<1x11x?x2xi32>, %f: tensor<3x3x2x64xi32>, %o: tensor<1x5x?x64xf32>) -> tensor<1x5x?x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, kw, c, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x11x?x2xi32>, tensor<3x3x2x64xi32>) outs(%o : tensor<1x5x?x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x5x?x64xf32>
  return %r : tensor<1x5x?x64xf32>
}

// The words of a pixel fill a tile.
// CHECK-LABEL: func.func @no_full_tile(
// CHECK-NOT:   tw.unfold
// CHECK:       return
func.func @no_full_tile(%x: tensor<1x11x11x16xi32>, %f: tensor<3x3x16x64xi32>, %o: tensor<1x5x5x64xf32>) -> tensor<1x5x5x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, kw, c, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x11x11x16xi32>, tensor<3x3x16x64xi32>) outs(%o : tensor<1x5x5x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x5x5x64xf32>
  return %r : tensor<1x5x5x64xf32>
}

// The filter holds its words elsewhere.
// CHECK-LABEL: func.func @no_other_order(
// CHECK-NOT:   tw.unfold
// CHECK:       return
func.func @no_other_order(%x: tensor<1x11x11x2xi32>, %f: tensor<3x2x3x64xi32>, %o: tensor<1x5x5x64xf32>) -> tensor<1x5x5x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, c, kw, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x11x11x2xi32>, tensor<3x2x3x64xi32>) outs(%o : tensor<1x5x5x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x5x5x64xf32>
  return %r : tensor<1x5x5x64xf32>
}
}

// -----

module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 2097152, bf16_dot = "vdpbf16ps">} {
// Vectors take as long for each word.
// CHECK-LABEL: func.func @no_vectors(
// CHECK-NOT:   tw.unfold
// CHECK:       return
func.func @no_vectors(%x: tensor<1x11x11x2xi32>, %f: tensor<3x3x2x64xi32>, %o: tensor<1x5x5x64xf32>) -> tensor<1x5x5x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, oc, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (kh, kw, c, oc)>,
                                        affine_map<(n, h, w, oc, kh, kw, c) -> (n, h, w, oc)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %f : tensor<1x11x11x2xi32>, tensor<3x3x2x64xi32>) outs(%o : tensor<1x5x5x64xf32>) {
  ^bb0(%a: i32, %b: i32, %c: f32):
    %d = tw.bf16_dot %a, %b, %c : i32, f32
    linalg.yield %d : f32
  } -> tensor<1x5x5x64xf32>
  return %r : tensor<1x5x5x64xf32>
}
}
