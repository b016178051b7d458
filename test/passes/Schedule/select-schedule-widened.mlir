// RUN: tw-opt %s -tw-select-schedule | FileCheck %s
// Depthwise convolutions: how many pixels a register tile has.

#image = affine_map<(n, h, w, c, kh, kw) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, c, kh, kw) -> (kh, kw, c)>
#result = affine_map<(n, h, w, c, kh, kw) -> (n, h, w, c)>
module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 49152, l2_bytes = 1048576>} {
// What is widened needs registers of its own: eight pixels, where fourteen would fill all.
// CHECK-LABEL: @widened_dynamic
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [1, 1, 8, 32], reduction = [1], lanes = 16>)
func.func @widened_dynamic(%a: tensor<?x58x58x64xbf16>, %f: tensor<3x3x64xbf16>, %c: tensor<?x56x56x64xf32>) -> tensor<?x56x56x64xf32> {
  %r = tw.group -> tensor<?x56x56x64xf32> {
    %0 = linalg.generic {indexing_maps = [#image, #filter, #result], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %f : tensor<?x58x58x64xbf16>, tensor<3x3x64xbf16>) outs(%c : tensor<?x56x56x64xf32>) {
    ^bb0(%x: bf16, %y: bf16, %z: f32):
      %xw = arith.extf %x : bf16 to f32
      %yw = arith.extf %y : bf16 to f32
      %p = arith.mulf %xw, %yw : f32
      %s = arith.addf %z, %p : f32
      linalg.yield %s : f32
    } -> tensor<?x56x56x64xf32>
    tw.yield %0 : tensor<?x56x56x64xf32>
  }
  return %r : tensor<?x56x56x64xf32>
}

// CHECK-LABEL: @no_widening
// CHECK: tw.group schedule(<distribute = [{{.*}}], registers = [1, 1, 14, 32], reduction = [1], lanes = 16>)
func.func @no_widening(%a: tensor<1x58x58x64xf32>, %f: tensor<3x3x64xf32>, %c: tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32> {
  %r = tw.group -> tensor<1x56x56x64xf32> {
    %0 = linalg.generic {indexing_maps = [#image, #filter, #result], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
        ins(%a, %f : tensor<1x58x58x64xf32>, tensor<3x3x64xf32>) outs(%c : tensor<1x56x56x64xf32>) {
    ^bb0(%x: f32, %y: f32, %z: f32):
      %p = arith.mulf %x, %y : f32
      %s = arith.addf %z, %p : f32
      linalg.yield %s : f32
    } -> tensor<1x56x56x64xf32>
    tw.yield %0 : tensor<1x56x56x64xf32>
  }
  return %r : tensor<1x56x56x64xf32>
}
}
