// RUN: not tw-opt %s -tw-compile="target=cuda" 2>&1 | FileCheck %s --check-prefix=ATTENTION
// RUN: not tw-opt %s -tw-compile="target=cuda stop-after=vectorize" 2>&1 | FileCheck %s --check-prefix=PHASE
// RUN: not tw-opt %s -tw-phase-lower-nvvm="target=cpu" 2>&1 | FileCheck %s --check-prefix=FOREIGN
// RUN: not tw-opt %s -tw-compile="target=rocm" 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: tw-opt %s -tw-compile="target=cpu stop-after=graph" | FileCheck %s --check-prefix=CPU

// ATTENTION: 'tw.attention' is not supported by target cuda yet; compile with target cpu
// PHASE: unknown phase 'vectorize' of target 'cuda'; known: input, graph, schedule, tile, bufferize, lower-gpu, lower-nvvm
// FOREIGN: unknown phase 'lower-nvvm' of target 'cpu'; known: input, graph
// TARGET: unknown target 'rocm'; known: cpu, cuda
// CPU: tw.attention
func.func @main(%q: tensor<4x8xf32>, %k: tensor<?x8xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %r = tw.attention scale(1.0) ins(%q, %k, %k : tensor<4x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}
