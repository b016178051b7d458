// RUN: tw-opt %s -split-input-file -verify-diagnostics

func.func @dimension(%x: tensor<8xf32>, %i: tensor<8xi64>, %e: tensor<5xf32>) -> tensor<5xf32> {
  // expected-error @below {{has dimension 1 for a tensor of rank 1}}
  %0 = tw.scatter dimension(1) combine(add) ins(%x, %i : tensor<8xf32>, tensor<8xi64>) outs(%e : tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @element_type(%x: tensor<8xf64>, %i: tensor<8xi64>, %e: tensor<5xf32>) -> tensor<5xf32> {
  // expected-error @below {{source is of 'f64', the result of 'f32'}}
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<8xf64>, tensor<8xi64>) outs(%e : tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @mask(%x: tensor<8xf32>, %i: tensor<8xi1>, %e: tensor<5xf32>) -> tensor<5xf32> {
  // expected-error @below {{has indices of i1}}
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<8xf32>, tensor<8xi1>) outs(%e : tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @rank(%x: tensor<8x3xf32>, %i: tensor<8xi64>, %e: tensor<5x3xf32>) -> tensor<5x3xf32> {
  // expected-error @below {{indices has rank 1, the result 2}}
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<8x3xf32>, tensor<8xi64>) outs(%e : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

func.func @length(%x: tensor<7x3xf32>, %i: tensor<8x1xi64>, %e: tensor<5x3xf32>) -> tensor<5x3xf32> {
  // expected-error @below {{source has size 7 in dimension 0; expected 8 or 1}}
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<7x3xf32>, tensor<8x1xi64>) outs(%e : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

func.func @row(%x: tensor<8x3xf32>, %i: tensor<8x2xi64>, %e: tensor<5x3xf32>) -> tensor<5x3xf32> {
  // expected-error @below {{indices has size 2 in dimension 1; expected 3 or 1}}
  %0 = tw.scatter dimension(0) combine(add) ins(%x, %i : tensor<8x3xf32>, tensor<8x2xi64>) outs(%e : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}
