// RUN: tw-opt %s -tw-select-schedule -split-input-file -verify-diagnostics | FileCheck %s
// Contractions of words on a target that multiplies tiles.

#rows = affine_map<(m, n, k) -> (m, k)>
#cols = affine_map<(m, n, k) -> (k, n)>
#both = affine_map<(m, n, k) -> (m, n)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576, bf16_dot = "amx">} {
// Two tiles by two; 197 rows leave five, which are one tile more.
// CHECK-LABEL: @two_by_two
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [32, 32], reduction = [1], lanes = 16>)
func.func @two_by_two(%a: tensor<197x384xi32>, %b: tensor<384x768xi32>, %c: tensor<197x768xf32>) -> tensor<197x768xf32> {
  %r = tw.group -> tensor<197x768xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<197x384xi32>, tensor<384x768xi32>) outs(%c : tensor<197x768xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<197x768xf32>
    tw.yield %0 : tensor<197x768xf32>
  }
  return %r : tensor<197x768xf32>
}

// Three tiles across leave registers for one down.
// CHECK-LABEL: @one_by_three
// CHECK: tw.group schedule(<distribute = [{{.*}}, 48], registers = [16, 48], reduction = [1], lanes = 16>)
func.func @one_by_three(%a: tensor<?x384xi32>, %b: tensor<384x144xi32>, %c: tensor<?x144xf32>) -> tensor<?x144xf32> {
  %r = tw.group -> tensor<?x144xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<?x384xi32>, tensor<384x144xi32>) outs(%c : tensor<?x144xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<?x144xf32>
    tw.yield %0 : tensor<?x144xf32>
  }
  return %r : tensor<?x144xf32>
}

// Equal tiles where that leaves no rows over: 56 pixels are twice two tiles of 14.
// CHECK-LABEL: @even_tiles
// CHECK: tw.group schedule(<distribute = [{{.*}}, 32], registers = [28, 32], reduction = [1], lanes = 16>)
func.func @even_tiles(%a: tensor<56x384xi32>, %b: tensor<384x768xi32>, %c: tensor<56x768xf32>) -> tensor<56x768xf32> {
  %r = tw.group -> tensor<56x768xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<56x384xi32>, tensor<384x768xi32>) outs(%c : tensor<56x768xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<56x768xf32>
    tw.yield %0 : tensor<56x768xf32>
  }
  return %r : tensor<56x768xf32>
}

// Every other pixel of two lines of an image, which are shorter than two tiles.
// CHECK-LABEL: @two_lines
// CHECK: tw.group schedule(<distribute = [0, {{.*}}, 0, 32], registers = [1, 2, 7, 32], reduction = [1], lanes = 16>)
func.func @two_lines(%a: tensor<1x15x15x256xi32>, %b: tensor<3x3x256x512xi32>, %c: tensor<1x7x7x512xf32>) -> tensor<1x7x7x512xf32> {
  %r = tw.group -> tensor<1x7x7x512xf32> {
    %0 = linalg.generic {
        indexing_maps = [affine_map<(n, h, w, f, p, q, c) -> (n, 2 * h + p, 2 * w + q, c)>,
                         affine_map<(n, h, w, f, p, q, c) -> (p, q, c, f)>,
                         affine_map<(n, h, w, f, p, q, c) -> (n, h, w, f)>],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%a, %b : tensor<1x15x15x256xi32>, tensor<3x3x256x512xi32>) outs(%c : tensor<1x7x7x512xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<1x7x7x512xf32>
    tw.yield %0 : tensor<1x7x7x512xf32>
  }
  return %r : tensor<1x7x7x512xf32>
}

// Queries of attention: keys and values come into words once for four times as many as elsewhere.
// CHECK-LABEL: @attention
// CHECK: tw.group schedule(<distribute = [1, 1, 256, 0], lanes = 16>)
func.func @attention(%q: tensor<2x12x512x64xbf16>, %k: tensor<2x12x512x64xbf16>, %e: tensor<2x12x512x64xf32>) -> tensor<2x12x512x64xf32> {
  %r = tw.group -> tensor<2x12x512x64xf32> {
    %0 = tw.attention scale(0.125) ins(%q, %k, %k : tensor<2x12x512x64xbf16>, tensor<2x12x512x64xbf16>, tensor<2x12x512x64xbf16>) outs(%e : tensor<2x12x512x64xf32>) -> tensor<2x12x512x64xf32>
    tw.yield %0 : tensor<2x12x512x64xf32>
  }
  return %r : tensor<2x12x512x64xf32>
}

// Of two heads, so few that all cores have some.
// CHECK-LABEL: @attention_of_few_heads
// CHECK: tw.group schedule(<distribute = [1, 1, 64, 0], lanes = 16>)
func.func @attention_of_few_heads(%q: tensor<1x2x256x64xbf16>, %k: tensor<1x2x512x64xbf16>, %e: tensor<1x2x256x64xf32>) -> tensor<1x2x256x64xf32> {
  %r = tw.group -> tensor<1x2x256x64xf32> {
    %0 = tw.attention scale(0.125) ins(%q, %k, %k : tensor<1x2x256x64xbf16>, tensor<1x2x512x64xbf16>, tensor<1x2x512x64xbf16>) outs(%e : tensor<1x2x256x64xf32>) -> tensor<1x2x256x64xf32>
    tw.yield %0 : tensor<1x2x256x64xf32>
  }
  return %r : tensor<1x2x256x64xf32>
}

// One word leaves tiles empty: rows of vectors.
// CHECK-LABEL: @no_tiles_of_one_word
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [{{[1-9]|1[0-4]}}, 32], reduction = [1], lanes = 16>)
func.func @no_tiles_of_one_word(%a: tensor<1024x1xi32>, %b: tensor<1x768xi32>, %c: tensor<1024x768xf32>) -> tensor<1024x768xf32> {
  %r = tw.group -> tensor<1024x768xf32> {
    %0 = linalg.generic {indexing_maps = [#rows, #cols, #both], iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%a, %b : tensor<1024x1xi32>, tensor<1x768xi32>) outs(%c : tensor<1024x768xf32>) {
    ^bb0(%x: i32, %y: i32, %z: f32):
      %d = tw.bf16_dot %x, %y, %z : i32, f32
      linalg.yield %d : f32
    } -> tensor<1024x768xf32>
    tw.yield %0 : tensor<1024x768xf32>
  }
  return %r : tensor<1024x768xf32>
}
}
