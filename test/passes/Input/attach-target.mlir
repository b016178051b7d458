// RUN: tw-opt %s -tw-attach-target="vector-bits=256 vector-registers=16" -split-input-file -verify-diagnostics | FileCheck %s
// No dynamic-shape case: the pass sets an attribute of the module and reads no shape.

// CHECK: module attributes {tw.target = #tw.target<kind = "cpu", vector_bits = 256, vector_registers = 16
module {}

// -----

// A target in the file wins over the options.
// CHECK: module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 128
module attributes {tw.target = #tw.target<kind = "cuda", vector_bits = 128, vector_registers = 8, l1_bytes = 1, l2_bytes = 2>} {}

// -----

// expected-error @below {{'tw.target' must be a #tw.target attribute, got "zen"}}
module attributes {tw.target = "zen"} {}
