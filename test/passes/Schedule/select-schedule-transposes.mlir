// RUN: tw-opt %s -tw-select-schedule | FileCheck %s
// Operations whose input lies across their result, and epilogues that transpose.

#image = affine_map<(n, h, w, c, kh, kw, k) -> (n, h + kh, w + kw, k)>
#filter = affine_map<(n, h, w, c, kh, kw, k) -> (kh, kw, k, c)>
#out = affine_map<(n, h, w, c, kh, kw, k) -> (n, h, w, c)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {

// Squares of vectors where an input lies across the result.
// CHECK-LABEL: @transposition
// CHECK: tw.group schedule(<distribute = [32, 0], registers = [16, 16], lanes = 16>)
func.func @transposition(%a: tensor<384x512xf32>, %e: tensor<512x384xf32>) -> tensor<512x384xf32> {
  %r = tw.group -> tensor<512x384xf32> {
    %0 = linalg.transpose ins(%a : tensor<384x512xf32>) outs(%e : tensor<512x384xf32>) permutation = [1, 0]
    tw.yield %0 : tensor<512x384xf32>
  }
  return %r : tensor<512x384xf32>
}

// Narrower blocks where there are not so many rows or columns.
// CHECK-LABEL: @channels_last
// CHECK: tw.group schedule(<distribute = [0, {{[0-9]+}}, 0, 0], registers = [1, 1, 14, 16], lanes = 16>)
func.func @channels_last(%a: tensor<1x384x14x14xf32>, %e: tensor<1x14x14x384xf32>) -> tensor<1x14x14x384xf32> {
  %r = tw.group -> tensor<1x14x14x384xf32> {
    %0 = linalg.transpose ins(%a : tensor<1x384x14x14xf32>) outs(%e : tensor<1x14x14x384xf32>) permutation = [0, 2, 3, 1]
    tw.yield %0 : tensor<1x14x14x384xf32>
  }
  return %r : tensor<1x14x14x384xf32>
}

// A window that brings its input into its layout: tasks are vectors of channels.
// CHECK-LABEL: @window_at_the_edge
// CHECK: tw.group schedule(<distribute = [1, 16, 0, 0], registers = [1, 16, 1, 8], reduction = [1], lanes = 16>)
func.func @window_at_the_edge(%x: tensor<2x96x56x56xf32>, %g: tensor<3x3x96xf32>) -> tensor<2x96x54x54xf32> {
  %zero = arith.constant 0.0 : f32
  %last = tensor.empty() : tensor<2x56x56x96xf32>
  %e = tensor.empty() : tensor<2x54x54x96xf32>
  %first = tensor.empty() : tensor<2x96x54x54xf32>
  %y = tw.group -> tensor<2x96x54x54xf32> {
    %t = linalg.transpose ins(%x : tensor<2x96x56x56xf32>) outs(%last : tensor<2x56x56x96xf32>) permutation = [0, 2, 3, 1]
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x54x54x96xf32>) -> tensor<2x54x54x96xf32>
    %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c, kh, kw) -> (n, h + kh, w + kw, c)>, affine_map<(n, h, w, c, kh, kw) -> (kh, kw, c)>, affine_map<(n, h, w, c, kh, kw) -> (n, h, w, c)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%t, %g : tensor<2x56x56x96xf32>, tensor<3x3x96xf32>) outs(%f : tensor<2x54x54x96xf32>) {
    ^bb0(%a: f32, %b: f32, %o: f32):
      %m = arith.mulf %a, %b : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<2x54x54x96xf32>
    %z = linalg.transpose ins(%r : tensor<2x54x54x96xf32>) outs(%first : tensor<2x96x54x54xf32>) permutation = [0, 3, 1, 2]
    tw.yield %z : tensor<2x96x54x54xf32>
  }
  return %y : tensor<2x96x54x54xf32>
}

// Channels of one vector: eight rows of it would wait for each other.
// CHECK-LABEL: @one_vector_of_channels
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [1, 16, 1, 16], reduction = [1], lanes = 16>)
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [1, 16, 1, 8], reduction = [1], lanes = 16>)
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [1, 32, 1, 8], reduction = [1], lanes = 16>)
func.func @one_vector_of_channels(%x: tensor<?x50x50x32xf32>, %y: tensor<2x58x58x32xf32>, %g: tensor<3x3x32x16xf32>, %h: tensor<3x3x32x32xf32>, %a: tensor<?x48x48x16xf32>, %b: tensor<2x56x56x16xf32>, %c: tensor<2x56x56x32xf32>, %at: tensor<?x16x48x48xf32>, %bt: tensor<2x16x56x56xf32>, %ct: tensor<2x32x56x56xf32>) -> (tensor<?x16x48x48xf32>, tensor<2x16x56x56xf32>, tensor<2x32x56x56xf32>) {
  %0 = tw.group -> tensor<?x16x48x48xf32> {
    %r = linalg.generic {indexing_maps = [#image, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%x, %g : tensor<?x50x50x32xf32>, tensor<3x3x32x16xf32>) outs(%a : tensor<?x48x48x16xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<?x48x48x16xf32>
    %t = linalg.transpose ins(%r : tensor<?x48x48x16xf32>) outs(%at : tensor<?x16x48x48xf32>) permutation = [0, 3, 1, 2]
    tw.yield %t : tensor<?x16x48x48xf32>
  }
  // Of 56 pixels, 16 would leave some over.
  %1 = tw.group -> tensor<2x16x56x56xf32> {
    %r = linalg.generic {indexing_maps = [#image, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%y, %g : tensor<2x58x58x32xf32>, tensor<3x3x32x16xf32>) outs(%b : tensor<2x56x56x16xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<2x56x56x16xf32>
    %t = linalg.transpose ins(%r : tensor<2x56x56x16xf32>) outs(%bt : tensor<2x16x56x56xf32>) permutation = [0, 3, 1, 2]
    tw.yield %t : tensor<2x16x56x56xf32>
  }
  %2 = tw.group -> tensor<2x32x56x56xf32> {
    %r = linalg.generic {indexing_maps = [#image, #filter, #out], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
        ins(%y, %h : tensor<2x58x58x32xf32>, tensor<3x3x32x32xf32>) outs(%c : tensor<2x56x56x32xf32>) {
    ^bb0(%p: f32, %q: f32, %o: f32):
      %m = arith.mulf %p, %q : f32
      %s = arith.addf %o, %m : f32
      linalg.yield %s : f32
    } -> tensor<2x56x56x32xf32>
    %t = linalg.transpose ins(%r : tensor<2x56x56x32xf32>) outs(%ct : tensor<2x32x56x56xf32>) permutation = [0, 3, 1, 2]
    tw.yield %t : tensor<2x32x56x56xf32>
  }
  return %0, %1, %2 : tensor<?x16x48x48xf32>, tensor<2x16x56x56xf32>, tensor<2x32x56x56xf32>
}

// A norm whose rows become columns: whole rows, and a vector of columns a task.
// CHECK-LABEL: @rows_to_columns
// CHECK: tw.group schedule(<distribute = [1, 0, 0, 16], lanes = 16>)
// CHECK: tw.group schedule(<distribute = [1, 4, 0, 0], lanes = 16>)
func.func @rows_to_columns(%x: tensor<?x64x32x32xf32>, %e: tensor<?x64x32x32xf32>, %t: tensor<?x32x32x64xf32>) -> (tensor<?x32x32x64xf32>, tensor<?x64x32x32xf32>) {
  %0 = tw.group -> tensor<?x32x32x64xf32> {
    %n = tw.layer_norm axis(2) epsilon(1.0e-05) ins(%x : tensor<?x64x32x32xf32>) outs(%e : tensor<?x64x32x32xf32>) -> tensor<?x64x32x32xf32>
    %r = linalg.transpose ins(%n : tensor<?x64x32x32xf32>) outs(%t : tensor<?x32x32x64xf32>) permutation = [0, 2, 3, 1]
    tw.yield %r : tensor<?x32x32x64xf32>
  }
  %1 = tw.group -> tensor<?x64x32x32xf32> {
    %n = tw.layer_norm axis(2) epsilon(1.0e-05) ins(%x : tensor<?x64x32x32xf32>) outs(%e : tensor<?x64x32x32xf32>) -> tensor<?x64x32x32xf32>
    tw.yield %n : tensor<?x64x32x32xf32>
  }
  return %0, %1 : tensor<?x32x32x64xf32>, tensor<?x64x32x32xf32>
}

}
