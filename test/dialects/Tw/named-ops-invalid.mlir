// RUN: tw-opt %s -split-input-file -verify-diagnostics

func.func @softmax_dimension(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has dimension 1 for a tensor of rank 1}}
  %0 = tw.softmax dimension(1) ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @softmax_logarithm_of_zero(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has zero_masked_rows, of which there is no logarithm}}
  %0 = tw.softmax dimension(0) zero_masked_rows logarithm ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @norm_axis(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has axis 2 for a tensor of rank 1}}
  %0 = tw.rms_norm axis(2) epsilon(0.0) ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @norm_beta(%x: tensor<4x8xf32>, %b: tensor<4xf32>) -> tensor<4x8xf32> {
  // expected-error @below {{beta is 'tensor<4xf32>'; expected the normalized dimensions 'tensor<8xf32>'}}
  %0 = tw.layer_norm axis(1) epsilon(0.0) ins(%x : tensor<4x8xf32>) beta(%b : tensor<4xf32>) outs(%x : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// -----

func.func @norm_epsilon(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{has a negative epsilon}}
  %0 = tw.layer_norm axis(0) epsilon(-1.0) ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @attention_transposed_key(%q: tensor<3x4x8xf32>, %k: tensor<3x8x5xf32>, %v: tensor<3x5x6xf32>, %e: tensor<3x4x6xf32>) -> tensor<3x4x6xf32> {
  // expected-error @below {{columns of query and key differ: 8 and 5}}
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<3x4x8xf32>, tensor<3x8x5xf32>, tensor<3x5x6xf32>) outs(%e : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  return %0 : tensor<3x4x6xf32>
}

// -----

func.func @attention_heads(%q: tensor<4x4x8xf32>, %k: tensor<2x5x8xf32>, %v: tensor<4x5x6xf32>, %e: tensor<4x4x6xf32>) -> tensor<4x4x6xf32> {
  // expected-error @below {{key has size 2 in dimension 0; expected 4 or 1}}
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<4x4x8xf32>, tensor<2x5x8xf32>, tensor<4x5x6xf32>) outs(%e : tensor<4x4x6xf32>) -> tensor<4x4x6xf32>
  return %0 : tensor<4x4x6xf32>
}

// -----

func.func @attention_mask(%q: tensor<4x8xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>, %m: tensor<4x4xf32>, %e: tensor<4x6xf32>) -> tensor<4x6xf32> {
  // expected-error @below {{mask has size 4 in dimension 1; expected 5 or 1}}
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<4x8xf32>, tensor<5x8xf32>, tensor<5x6xf32>) mask(%m : tensor<4x4xf32>) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

func.func @attention_fill(%q: tensor<4x8xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>, %m: tensor<4x5xf32>, %e: tensor<4x6xf32>) -> tensor<4x6xf32> {
  // expected-error @below {{has a fill but its mask is not boolean}}
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<4x8xf32>, tensor<5x8xf32>, tensor<5x6xf32>) mask(%m : tensor<4x5xf32>) fill(0.0) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %0 : tensor<4x6xf32>
}

// -----

func.func @attention_narrow_result(%q: tensor<4x8xf32>, %k: tensor<5x8xf32>, %v: tensor<5x6xf32>, %e: tensor<4x6xf16>) -> tensor<4x6xf16> {
  // expected-error @below {{has queries of 'f32' and a result of 'f16'; expected the same or a wider type}}
  %0 = tw.attention scale(1.0) ins(%q, %k, %v : tensor<4x8xf32>, tensor<5x8xf32>, tensor<5x6xf32>) outs(%e : tensor<4x6xf16>) -> tensor<4x6xf16>
  return %0 : tensor<4x6xf16>
}
