// RUN: tw-opt %s -split-input-file -verify-diagnostics

func.func @dynamic_line(%x: tensor<4x?xf32>) -> tensor<4x3x3xf32> {
  // expected-error @+1 {{needs a last dimension of static size, got 'tensor<4x?xf32>'}}
  %w = tw.unfold %x step(2) : tensor<4x?xf32> -> tensor<4x3x3xf32>
  return %w : tensor<4x3x3xf32>
}

// -----

func.func @too_many(%x: tensor<4x9xf32>) -> tensor<4x5x3xf32> {
  // expected-error @+1 {{of 'tensor<4x9xf32>' with step 2 is not of type 'tensor<4x5x3xf32>'}}
  %w = tw.unfold %x step(2) : tensor<4x9xf32> -> tensor<4x5x3xf32>
  return %w : tensor<4x5x3xf32>
}

// -----

func.func @longer_than_the_line(%x: tensor<4x9xf32>) -> tensor<4x1x10xf32> {
  // expected-error @+1 {{of 'tensor<4x9xf32>' with step 2 is not of type 'tensor<4x1x10xf32>'}}
  %w = tw.unfold %x step(2) : tensor<4x9xf32> -> tensor<4x1x10xf32>
  return %w : tensor<4x1x10xf32>
}

// -----

func.func @other_rank(%x: tensor<9xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{of 'tensor<9xf32>' with step 2 is not of type 'tensor<4xf32>'}}
  %w = tw.unfold %x step(2) : tensor<9xf32> -> tensor<4xf32>
  return %w : tensor<4xf32>
}

// -----

func.func @no_step(%x: tensor<9xf32>) -> tensor<9x1xf32> {
  // expected-error @+1 {{whose value is positive}}
  %w = tw.unfold %x step(0) : tensor<9xf32> -> tensor<9x1xf32>
  return %w : tensor<9x1xf32>
}
