// RUN: not tw-opt %s -tw-compile="precision=bf61" 2>&1 | FileCheck %s --check-prefix=PRECISION
// RUN: not tw-opt %s -tw-compile="bf16-dot=vdpbf61ps" 2>&1 | FileCheck %s --check-prefix=DOT

// A name that is none is not taken for the default.
// PRECISION: ERROR: unknown precision 'bf61'; known: f32, bf16
// PRECISION-NOT: Stack dump
// DOT: error: bf16_dot is fma, vdpbf16ps or amx, got 'vdpbf61ps'
// DOT-NOT: Stack dump
func.func @main(%x: tensor<4xf32> {tw.input = "x"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
