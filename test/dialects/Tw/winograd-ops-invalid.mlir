// RUN: tw-opt %s -split-input-file -verify-diagnostics

func.func @rank(%x: tensor<6x6x8xf32>, %v: tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32> {
  // expected-error @below {{expected an image of rank 4 and tiles of rank 6, got 'tensor<6x6x8xf32>' and 'tensor<4x4x1x2x2x8xf32>'}}
  %0 = tw.winograd_input ins(%x : tensor<6x6x8xf32>) outs(%v : tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32>
  return %0 : tensor<4x4x1x2x2x8xf32>
}

// -----

func.func @element_type(%x: tensor<1x6x6x8xf64>, %v: tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32> {
  // expected-error @below {{has elements of two types: 'f64' and 'f32'}}
  %0 = tw.winograd_input ins(%x : tensor<1x6x6x8xf64>) outs(%v : tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32>
  return %0 : tensor<4x4x1x2x2x8xf32>
}

// -----

func.func @tile(%x: tensor<1x6x6x8xf32>, %v: tensor<6x6x1x2x2x8xf32>) -> tensor<6x6x1x2x2x8xf32> {
  // expected-error @below {{expected tiles of 4x4 elements, got 'tensor<6x6x1x2x2x8xf32>'}}
  %0 = tw.winograd_input ins(%x : tensor<1x6x6x8xf32>) outs(%v : tensor<6x6x1x2x2x8xf32>) -> tensor<6x6x1x2x2x8xf32>
  return %0 : tensor<6x6x1x2x2x8xf32>
}

// -----

func.func @channels(%x: tensor<1x6x6x8xf32>, %v: tensor<4x4x1x2x2x9xf32>) -> tensor<4x4x1x2x2x9xf32> {
  // expected-error @below {{has images and tiles of different batches or channels: 'tensor<1x6x6x8xf32>' and 'tensor<4x4x1x2x2x9xf32>'}}
  %0 = tw.winograd_input ins(%x : tensor<1x6x6x8xf32>) outs(%v : tensor<4x4x1x2x2x9xf32>) -> tensor<4x4x1x2x2x9xf32>
  return %0 : tensor<4x4x1x2x2x9xf32>
}

// -----

// Tiles of an odd image would reach beyond it.
func.func @odd_input(%x: tensor<1x6x7x8xf32>, %v: tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32> {
  // expected-error @below {{has 2 tiles for 7 pixels in dimension 2 of the image}}
  %0 = tw.winograd_input ins(%x : tensor<1x6x7x8xf32>) outs(%v : tensor<4x4x1x2x2x8xf32>) -> tensor<4x4x1x2x2x8xf32>
  return %0 : tensor<4x4x1x2x2x8xf32>
}

// -----

func.func @output_tiles(%m: tensor<4x4x1x2x2x8xf32>, %y: tensor<1x5x4x8xf32>) -> tensor<1x5x4x8xf32> {
  // expected-error @below {{has 2 tiles for 5 pixels in dimension 1 of the image}}
  %0 = tw.winograd_output ins(%m : tensor<4x4x1x2x2x8xf32>) outs(%y : tensor<1x5x4x8xf32>) -> tensor<1x5x4x8xf32>
  return %0 : tensor<1x5x4x8xf32>
}
