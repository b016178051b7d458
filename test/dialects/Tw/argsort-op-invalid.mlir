// RUN: tw-opt %s -split-input-file -verify-diagnostics

func.func @dimension(%x: tensor<8xf32>, %e: tensor<8xi64>) -> tensor<8xi64> {
  // expected-error @below {{has dimension 1 for a tensor of rank 1}}
  %0 = tw.argsort dimension(1) ins(%x : tensor<8xf32>) outs(%e : tensor<8xi64>) -> tensor<8xi64>
  return %0 : tensor<8xi64>
}

// -----

func.func @shape(%x: tensor<7x8xf32>, %e: tensor<8x8xi64>) -> tensor<8x8xi64> {
  // expected-error @below {{orders 'tensor<7x8xf32>' as 'tensor<8x8xi64>'; expected one shape}}
  %0 = tw.argsort dimension(1) ins(%x : tensor<7x8xf32>) outs(%e : tensor<8x8xi64>) -> tensor<8x8xi64>
  return %0 : tensor<8x8xi64>
}

// -----

func.func @positions(%x: tensor<8xf32>, %e: tensor<8xi8>) -> tensor<8xi8> {
  // expected-error @below {{has positions of 'i8'; expected i32 or i64}}
  %0 = tw.argsort dimension(0) ins(%x : tensor<8xf32>) outs(%e : tensor<8xi8>) -> tensor<8xi8>
  return %0 : tensor<8xi8>
}

// -----

func.func @places(%x: tensor<8xf32>, %e: tensor<3xi64>) -> tensor<3xi64> {
  // expected-error @below {{has places to 9 of 8 elements}}
  %0 = tw.argsort dimension(0) first(6) ins(%x : tensor<8xf32>) outs(%e : tensor<3xi64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}
