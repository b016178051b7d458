// RUN: tw-opt %s -tw-narrow-contractions -canonicalize -split-input-file | FileCheck %s
// What else reads an operand that is rounded.

// A residual: what a contraction computed is stored once, in bf16, and added from there.
// CHECK-LABEL: func.func @residual_dynamic(
// CHECK:       %[[WIDE:.+]] = linalg.generic {{.*}} "reduction"]{{.*}} outs(%{{.*}} : tensor<?x64xf32>)
// CHECK:       %[[NARROW:.+]] = linalg.generic {{.*}} ins(%[[WIDE]] : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK:       %[[SECOND:.+]] = linalg.generic {{.*}} "reduction"]} ins(%[[NARROW]], %{{.*}} : tensor<?x64xbf16>, tensor<64x64xbf16>)
// CHECK:       linalg.generic {{.*}} ins(%[[SECOND]], %[[NARROW]] : tensor<?x64xf32>, tensor<?x64xbf16>) outs(%{{.*}} : tensor<?x64xf32>)
// CHECK-NEXT:  ^bb0(%[[A:.+]]: f32, %[[B:.+]]: bf16, %{{.*}}: f32):
// CHECK-NEXT:    %[[BW:.+]] = arith.extf %[[B]] : bf16 to f32
// CHECK-NEXT:    arith.addf %[[A]], %[[BW]] : f32
#id = affine_map<(i, j) -> (i, j)>
func.func @residual_dynamic(%w: tensor<64x64xf32> {tw.weight = "w"}, %x: tensor<?x64xf32>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %a = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = linalg.matmul ins(%a, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b, %a : tensor<?x64xf32>, tensor<?x64xf32>) outs(%o : tensor<?x64xf32>) {
  ^bb0(%in: f32, %skip: f32, %out: f32):
    %0 = arith.addf %in, %skip : f32
    linalg.yield %0 : f32
  } -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// Computed element by element, behind a pad, and read by a pooling: both read the bf16.
// CHECK-LABEL: func.func @pooling(
// CHECK:       %[[RELU:.+]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x8x8x4xf32>)
// CHECK:         arith.maximumf
// CHECK:       %[[NARROW:.+]] = linalg.generic {{.*}} ins(%[[RELU]] : tensor<1x8x8x4xf32>) outs(%{{.*}} : tensor<1x8x8x4xbf16>)
// CHECK:       tensor.pad %[[NARROW]]
// CHECK:       linalg.generic {{.*}} ins(%[[NARROW]], %{{.*}} : tensor<1x8x8x4xbf16>, tensor<2x2xf32>) outs(%{{.*}} : tensor<1x4x4x4xf32>)
// CHECK-NEXT:  ^bb0(%[[IN:.+]]: bf16, %{{.*}}: f32, %[[MAX:.+]]: f32):
// CHECK-NEXT:    %[[INW:.+]] = arith.extf %[[IN]] : bf16 to f32
// CHECK-NEXT:    arith.maximumf %[[MAX]], %[[INW]] : f32
#image = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @pooling(%f: tensor<3x3x4x6xf32> {tw.weight = "f"}, %x: tensor<1x8x8x4xf32>, %o: tensor<1x8x8x6xf32>, %p: tensor<1x4x4x4xf32>)
    -> (tensor<1x8x8x6xf32>, tensor<1x4x4x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<1x8x8x4xf32>
  %relu = linalg.generic {indexing_maps = [#image, #image], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : tensor<1x8x8x4xf32>) outs(%empty : tensor<1x8x8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.maximumf %in, %zero : f32
    linalg.yield %0 : f32
  } -> tensor<1x8x8x4xf32>
  %padded = tensor.pad %relu low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %conv = linalg.conv_2d_nhwc_hwcf ins(%padded, %f : tensor<1x10x10x4xf32>, tensor<3x3x4x6xf32>) outs(%o : tensor<1x8x8x6xf32>) -> tensor<1x8x8x6xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %max = linalg.generic {indexing_maps = [affine_map<(n, h, w, c, kh, kw) -> (n, h * 2 + kh, w * 2 + kw, c)>,
                                          affine_map<(n, h, w, c, kh, kw) -> (kh, kw)>,
                                          affine_map<(n, h, w, c, kh, kw) -> (n, h, w, c)>],
                         iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%relu, %window : tensor<1x8x8x4xf32>, tensor<2x2xf32>) outs(%p : tensor<1x4x4x4xf32>) {
  ^bb0(%in: f32, %size: f32, %out: f32):
    %0 = arith.maximumf %out, %in : f32
    linalg.yield %0 : f32
  } -> tensor<1x4x4x4xf32>
  return %conv, %max : tensor<1x8x8x6xf32>, tensor<1x4x4x4xf32>
}

// -----

// One rounding for all contractions that read a value.
// CHECK-LABEL: func.func @two_readers_dynamic(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x64xf32>
// CHECK-COUNT-1: ins(%[[X]] : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK-NOT:   ins(%[[X]] :
func.func @two_readers_dynamic(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>, %v: tensor<64x64xf32>, %o: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %a = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  %b = linalg.matmul ins(%x, %v : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %a, %b : tensor<?x64xf32>, tensor<?x64xf32>
}

// -----

// The result of a norm stays f32 for its other readers, and so does an input of the model.
// CHECK-LABEL: func.func @no_sharing_of_norms(
// CHECK-SAME:    %[[X:[^:]+]]: tensor<?x64xf32>
// CHECK:       %[[NORM:.+]] = tw.layer_norm
// CHECK:       linalg.generic {{.*}} ins(%[[NORM]] : tensor<?x64xf32>) outs(%{{.*}} : tensor<?x64xbf16>)
// CHECK:       %[[M:.+]] = linalg.generic {{.*}} "reduction"]}
// CHECK:       linalg.generic {{.*}} ins(%[[M]], %[[NORM]], %[[X]] : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>)
#id = affine_map<(i, j) -> (i, j)>
func.func @no_sharing_of_norms(%x: tensor<?x64xf32>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %norm = tw.layer_norm axis(1) epsilon(1.0e-5) ins(%x : tensor<?x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  %xt = tensor.empty() : tensor<64x64xf32>
  %m = linalg.matmul ins(%norm, %xt : tensor<?x64xf32>, tensor<64x64xf32>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %norm, %x : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) outs(%o : tensor<?x64xf32>) {
  ^bb0(%in: f32, %n: f32, %skip: f32, %out: f32):
    %0 = arith.addf %in, %n : f32
    %1 = arith.addf %0, %skip : f32
    linalg.yield %1 : f32
  } -> tensor<?x64xf32>
  return %r : tensor<?x64xf32>
}

// -----

// What is returned is the f32.
// CHECK-LABEL: func.func @no_rounded_results(
// CHECK:       %[[A:.+]] = linalg.generic {{.*}} "reduction"]
// CHECK:       %[[B:.+]] = linalg.generic {{.*}} "reduction"]
// CHECK:       return %[[A]], %[[B]] : tensor<8x8xf32>, tensor<8x8xf32>
func.func @no_rounded_results(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %a = linalg.matmul ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  %b = linalg.matmul ins(%a, %a : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %a, %b : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// Queries, keys and values side by side: rounded where they are computed, not one by one.
// CHECK-LABEL: func.func @three_in_one_dynamic(
// CHECK:       %[[ALL:.+]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x48xf32>)
// CHECK:       %[[NARROW:.+]] = linalg.generic {{.*}} ins(%[[ALL]] : tensor<?x48xf32>) outs(%{{.*}} : tensor<?x48xbf16>)
// CHECK-COUNT-3: tensor.extract_slice %[[NARROW]]
// CHECK-NOT:   arith.truncf
func.func @three_in_one_dynamic(%w: tensor<16x48xf32> {tw.weight = "w"}, %x: tensor<?x16xf32>, %o: tensor<?x48xf32>, %r: tensor<?x16xf32>, %n: index) -> tensor<?x16xf32> {
  %qkv = linalg.matmul ins(%x, %w : tensor<?x16xf32>, tensor<16x48xf32>) outs(%o : tensor<?x48xf32>) -> tensor<?x48xf32>
  %q = tensor.extract_slice %qkv[0, 0] [%n, 16] [1, 1] : tensor<?x48xf32> to tensor<?x16xf32>
  %k = tensor.extract_slice %qkv[0, 16] [%n, 16] [1, 1] : tensor<?x48xf32> to tensor<?x16xf32>
  %v = tensor.extract_slice %qkv[0, 32] [%n, 16] [1, 1] : tensor<?x48xf32> to tensor<?x16xf32>
  %a = tw.attention scale(2.500000e-01)
      ins(%q, %k, %v : tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>)
      outs(%r : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %a : tensor<?x16xf32>
}

// -----

// The values are added to something as well, and stay f32 for that: each part is rounded for itself.
// CHECK-LABEL: func.func @no_rounding_of_what_is_added(
// CHECK:       %[[Q:.+]] = tensor.extract_slice %{{.+}}[0, 0] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
// CHECK:       %[[NARROW:.+]] = linalg.generic {{.*}} ins(%[[Q]] : tensor<8x16xf32>) outs(%{{.*}} : tensor<8x16xbf16>)
// CHECK:       tensor.extract_slice %{{.+}}[0, 16] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
func.func @no_rounding_of_what_is_added(%w: tensor<16x32xf32> {tw.weight = "w"}, %x: tensor<8x16xf32>, %o: tensor<8x32xf32>, %r: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x16xf32>) {
  %both = linalg.matmul ins(%x, %w : tensor<8x16xf32>, tensor<16x32xf32>) outs(%o : tensor<8x32xf32>) -> tensor<8x32xf32>
  %q = tensor.extract_slice %both[0, 0] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
  %v = tensor.extract_slice %both[0, 16] [8, 16] [1, 1] : tensor<8x32xf32> to tensor<8x16xf32>
  %p = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%q, %x : tensor<8x16xf32>, tensor<8x16xf32>) outs(%r : tensor<8x8xf32>) -> tensor<8x8xf32>
  %e = tensor.empty() : tensor<8x16xf32>
  %s = linalg.exp ins(%v : tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  return %p, %s : tensor<8x8xf32>, tensor<8x16xf32>
}
