// RUN: tw-opt %s -tw-convert-to-winograd -canonicalize -cse -split-input-file | FileCheck %s

#image = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#pixels = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// The filter is transformed from constants alone, so at load. Batches may be of any size.
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d2, d3, d4, d6)>
// CHECK-DAG: #[[U:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d1, d6, d5)>
// CHECK-LABEL: @convolution
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x58x58x64xf32>, %[[G:[a-z0-9]+]]: tensor<3x3x64x32xf32>
// CHECK: %[[FACTORS:.*]] = arith.constant dense<{{.*}}> : tensor<4x3xf32>
// CHECK: %[[FILTER:.*]] = linalg.generic {{.*}} ins(%[[FACTORS]], %[[FACTORS]], %[[G]] : {{.*}}) outs(%{{.*}} : tensor<4x4x64x32xf32>)
// CHECK: %[[TILES:.*]] = tw.winograd_input ins(%[[X]] : {{.*}} -> tensor<4x4x?x28x28x64xf32>
// CHECK: %[[PRODUCTS:.*]] = linalg.generic {indexing_maps = [#[[V]], #[[U]], {{.*}} ins(%[[TILES]], %[[FILTER]] : {{.*}}) outs(%{{.*}} : tensor<4x4x?x28x28x32xf32>)
// CHECK: %[[R:.*]] = tw.winograd_output ins(%[[PRODUCTS]] : {{.*}} -> tensor<?x56x56x32xf32>
// CHECK: return %[[R]]
func.func @convolution(%x: tensor<?x58x58x64xf32>, %g: tensor<3x3x64x32xf32> {tw.weight = "g"}, %n: index) -> tensor<?x56x56x32xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%n) : tensor<?x56x56x32xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x56x56x32xf32>) -> tensor<?x56x56x32xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %g : tensor<?x58x58x64xf32>, tensor<3x3x64x32xf32>) outs(%f : tensor<?x56x56x32xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<?x56x56x32xf32>
  return %r : tensor<?x56x56x32xf32>
}

// -----

#image = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#pixels = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// The padding grows by what an odd image lacks; nothing is padded twice.
// CHECK-LABEL: @odd_image
// CHECK: %[[P:.*]] = tensor.pad %{{.*}} low[0, 1, 1, 0] high[0, 2, 1, 0]
// CHECK: tensor<1x27x28x64xf32> to tensor<1x30x30x64xf32>
// CHECK-NOT: tensor.pad
// CHECK: tw.winograd_input ins(%[[P]] : {{.*}} -> tensor<4x4x1x14x14x64xf32>
// CHECK: tw.winograd_output {{.*}} -> tensor<1x27x28x64xf32>
func.func @odd_image(%x: tensor<1x27x28x64xf32>, %g: tensor<3x3x64x64xf32> {tw.weight = "g"}) -> tensor<1x27x28x64xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%n: index, %h: index, %w: index, %c: index):
    tensor.yield %zero : f32
  } : tensor<1x27x28x64xf32> to tensor<1x29x30x64xf32>
  %e = tensor.empty() : tensor<1x27x28x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x27x28x64xf32>) -> tensor<1x27x28x64xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%p, %g : tensor<1x29x30x64xf32>, tensor<3x3x64x64xf32>) outs(%f : tensor<1x27x28x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %s = arith.addf %o, %m : f32
    linalg.yield %s : f32
  } -> tensor<1x27x28x64xf32>
  return %r : tensor<1x27x28x64xf32>
}

// -----

#strided = affine_map<(n, h, w, f, kh, kw, c) -> (n, h * 2 + kh, w * 2 + kw, c)>
#image = affine_map<(n, h, w, f, kh, kw, c) -> (n, h + kh, w + kw, c)>
#filter = affine_map<(n, h, w, f, kh, kw, c) -> (kh, kw, c, f)>
#pixels = affine_map<(n, h, w, f, kh, kw, c) -> (n, h, w, f)>

// CHECK-LABEL: @no_stride
// CHECK-NOT: winograd
// CHECK: return
func.func @no_stride(%x: tensor<1x57x57x64xf32>, %g: tensor<3x3x64x64xf32> {tw.weight = "g"}) -> tensor<1x28x28x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x28x28x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x28x28x64xf32>) -> tensor<1x28x28x64xf32>
  %r = linalg.generic {indexing_maps = [#strided, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %g : tensor<1x57x57x64xf32>, tensor<3x3x64x64xf32>) outs(%f : tensor<1x28x28x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x28x28x64xf32>
  return %r : tensor<1x28x28x64xf32>
}

// A filter of each call would have to be transformed in each call.
// CHECK-LABEL: @no_filter_of_the_call
// CHECK-NOT: winograd
// CHECK: return
func.func @no_filter_of_the_call(%x: tensor<1x58x58x64xf32>, %g: tensor<3x3x64x64xf32>) -> tensor<1x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x56x56x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %g : tensor<1x58x58x64xf32>, tensor<3x3x64x64xf32>) outs(%f : tensor<1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}

// Three channels are too few for the transforms to pay.
// CHECK-LABEL: @no_few_channels
// CHECK-NOT: winograd
// CHECK: return
func.func @no_few_channels(%x: tensor<1x58x58x3xf32>, %g: tensor<3x3x3x64xf32> {tw.weight = "g"}) -> tensor<1x56x56x64xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x56x56x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x56x56x64xf32>) -> tensor<1x56x56x64xf32>
  %r = linalg.generic {indexing_maps = [#image, #filter, #pixels], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]}
      ins(%x, %g : tensor<1x58x58x3xf32>, tensor<3x3x3x64xf32>) outs(%f : tensor<1x56x56x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x56x56x64xf32>
  return %r : tensor<1x56x56x64xf32>
}
