// RUN: tw-opt %s -tw-attach-target="bf16-dot=amx" | FileCheck %s
// RUN: not tw-opt %s -tw-attach-target="bf16-dot=sse" 2>&1 | FileCheck %s --check-prefix=WRONG
// No dynamic-shape case: the pass sets an attribute of the module and reads no shape.
// No refusing case: what it leaves alone is in attach-target.mlir.

// CHECK: tw.target = #tw.target<kind = "cpu", {{.*}}, bf16_dot = "amx">
// WRONG: error: bf16_dot is fma, vdpbf16ps or amx, got 'sse'
module {}
