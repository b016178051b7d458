// RUN: tw-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{bf16_dot is fma, vdpbf16ps or amx, got 'sse'}}
#t = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, bf16_dot = "sse">

// -----

// expected-error @below {{expected bf16_dot or scalef}}
#t = #tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, l1_bytes = 1, l2_bytes = 2, warp = true>

// -----

func.func @odd_rows(%x: tensor<4x7xbf16>) {
  // expected-error @below {{needs a last dimension of even static size, got 'tensor<4x7xbf16>'}}
  %w = tw.words %x : tensor<4x7xbf16> -> tensor<4x3xi32>
  return
}

// -----

func.func @rank_0(%x: tensor<bf16>) {
  // expected-error @below {{needs a last dimension}}
  %w = tw.words %x : tensor<bf16> -> tensor<i32>
  return
}

// -----

func.func @not_half_as_many(%x: tensor<4x8xbf16>) {
  // expected-error @below {{of 'tensor<4x8xbf16>' does not have the shape of 'tensor<4x8xi32>'}}
  %w = tw.words %x : tensor<4x8xbf16> -> tensor<4x8xi32>
  return
}

// -----

// Every row has to begin with a word.
func.func @dynamic_rows(%x: tensor<4x?xbf16>) {
  // expected-error @below {{needs a last dimension of even static size, got 'tensor<4x?xbf16>'}}
  %w = tw.words %x : tensor<4x?xbf16> -> tensor<4x?xi32>
  return
}

// -----

func.func @tensor_as_memory(%x: tensor<4x8xbf16>) {
  // expected-error @below {{views a tensor as a tensor, or a memref as a memref}}
  %w = tw.words %x : tensor<4x8xbf16> -> memref<4x4xi32>
  return
}

// -----

func.func @gaps_between_rows(%x: memref<4x8xbf16, strided<[16, 1]>>) {
  // expected-error @below {{on memory needs rows that follow one another, got 'memref<4x8xbf16, strided<[16, 1]>>'}}
  %w = tw.words %x : memref<4x8xbf16, strided<[16, 1]>> -> memref<4x4xi32>
  return
}

// -----

func.func @words_of_f16(%x: tensor<4x8xf16>) {
  // expected-error @below {{operand #0 must be ranked tensor of bfloat16 type values or memref of bfloat16 type values}}
  %w = tw.words %x : tensor<4x8xf16> -> tensor<4x4xi32>
  return
}

// -----

func.func @short_words(%x: tensor<4x8xbf16>) {
  // expected-error @below {{result #0 must be ranked tensor of 32-bit signless integer values}}
  %w = tw.words %x : tensor<4x8xbf16> -> tensor<4x4xi16>
  return
}

// -----

func.func @dot_of_short_words(%a: i16, %c: f32) {
  // expected-error @below {{multiplies words of 32 bits, got 'i16'}}
  %r = tw.bf16_dot %a, %a, %c : i16, f32
  return
}

// -----

func.func @sum_in_f64(%a: vector<4xi32>, %c: vector<4xf64>) {
  // expected-error @below {{adds up in f32, got 'vector<4xf64>'}}
  %r = tw.bf16_dot %a, %a, %c : vector<4xi32>, vector<4xf64>
  return
}

// -----

func.func @lanes_differ(%a: vector<4xi32>, %c: vector<8xf32>) {
  // expected-error @below {{must have the same shape}}
  %r = tw.bf16_dot %a, %a, %c : vector<4xi32>, vector<8xf32>
  return
}

// -----

func.func @vector_into_a_scalar(%a: vector<4xi32>, %c: f32) {
  // expected-error @below {{there must be at least one non-scalar result}}
  %r = tw.bf16_dot %a, %a, %c : vector<4xi32>, f32
  return
}

// -----

func.func @tiles_do_not_fit(%a: vector<16x16xi32>, %b: vector<8x16xi32>, %c: vector<16x16xf32>) {
  // expected-error @below {{multiplies [m, k] by [k, n] words into [m, n]}}
  %r = tw.tile_dot %a, %b, %c : vector<16x16xi32>, vector<8x16xi32>, vector<16x16xf32>
  return
}

// -----

func.func @large_tile(%a: vector<32x16xi32>, %b: vector<16x16xi32>, %c: vector<32x16xf32>) {
  // expected-error @below {{has tiles of at most 16 by 16}}
  %r = tw.tile_dot %a, %b, %c : vector<32x16xi32>, vector<16x16xi32>, vector<32x16xf32>
  return
}

// -----

func.func @tiles_of_numbers(%a: vector<16x16xf32>, %c: vector<16x16xf32>) {
  // expected-error @below {{must be vector of 32-bit signless integer}}
  %r = tw.tile_dot %a, %a, %c : vector<16x16xf32>, vector<16x16xf32>, vector<16x16xf32>
  return
}
