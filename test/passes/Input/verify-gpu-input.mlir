// RUN: tw-opt %s -tw-verify-gpu-input -split-input-file -verify-diagnostics | FileCheck %s

// Sizes are checked by the host, and whole tensors may be moved.
// CHECK-LABEL: @supported
// CHECK: tw.assert
// CHECK: tw.softmax
func.func @supported(%x: tensor<?x8xf32>, %y: tensor<4x8xf64>) -> (tensor<?x8xf32>, tensor<4x8xf64>) {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %d = tensor.dim %x, %c0 : tensor<?x8xf32>
  %small = arith.cmpi ult, %d, %c4 : index
  tw.assert %small, "too many rows"
  %e = tensor.empty(%d) : tensor<?x8xf32>
  %s = tw.softmax dimension(1) ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %r = linalg.sqrt ins(%y : tensor<4x8xf64>) outs(%y : tensor<4x8xf64>) -> tensor<4x8xf64>
  return %s, %r : tensor<?x8xf32>, tensor<4x8xf64>
}

// -----

// Everything at once.
#id = affine_map<(d0) -> (d0)>
func.func @no_support(%q: tensor<4x8xf32>, %table: tensor<8xf64>, %i: tensor<4xindex>, %e: tensor<4xf64>) -> (tensor<4x8xf32>, tensor<4xf64>, tensor<4xf64>) {
  %c0 = arith.constant 0 : index
  // expected-error @below {{'tw.attention' is not supported by target cuda yet; compile with target cpu}}
  %a = tw.attention scale(1.0) ins(%q, %q, %q : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) outs(%q : tensor<4x8xf32>) -> tensor<4x8xf32>
  // expected-error @below {{'tensor.extract' is not supported by target cuda yet; compile with target cpu}}
  %element = tensor.extract %table[%c0] : tensor<8xf64>
  // expected-error @below {{'tensor.from_elements' is not supported by target cuda yet}}
  %f = tensor.from_elements %element, %element, %element, %element : tensor<4xf64>
  %g = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%i : tensor<4xindex>) outs(%e : tensor<4xf64>) {
  ^bb0(%in: index, %out: f64):
    %c8 = arith.constant 8 : index
    %inside = arith.cmpi ult, %in, %c8 : index
    // expected-error @below {{'tw.assert' is not supported by target cuda yet: a check of elements, which a kernel cannot report; compile with target cpu}}
    tw.assert %inside, "index out of range"
    %v = tensor.extract %table[%in] : tensor<8xf64>
    // expected-error @below {{'math.exp' is not supported by target cuda yet: a GPU has no such function of f64; convert the model to float32, or compile with target cpu (2 places)}}
    %x = math.exp %v : f64
    // expected-note @below {{also here}}
    %y = math.exp %x : f64
    // expected-error @below {{'arith.remf' is not supported by target cuda yet; compile with target cpu}}
    %z = arith.remf %y, %v : f64
    linalg.yield %z : f64
  } -> tensor<4xf64>
  return %a, %f, %g : tensor<4x8xf32>, tensor<4xf64>, tensor<4xf64>
}
