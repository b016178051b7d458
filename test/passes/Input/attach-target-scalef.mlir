// RUN: tw-opt %s -tw-attach-target="scalef=true" | tw-opt | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: tw-opt %s -tw-attach-target="scalef=true bf16-dot=vdpbf16ps" | tw-opt | FileCheck %s --check-prefixes=CHECK,BOTH
// RUN: not tw-opt %s -tw-attach-target="scalef=perhaps" 2>&1 | FileCheck %s --check-prefix=WRONG
// No dynamic-shape case: the pass sets an attribute of the module and reads no shape.
// No refusing case: what it leaves alone is in attach-target.mlir.

// CHECK: tw.target = #tw.target<kind = "cpu"
// PLAIN-SAME: l2_bytes = 1048576, scalef = true>
// BOTH-SAME: l2_bytes = 1048576, bf16_dot = "vdpbf16ps", scalef = true>
// WRONG: 'perhaps' is invalid
module {}
