# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""@init and the rest of @main compute what @main computed."""

from __future__ import annotations

import numpy as np
import pytest
from run_mlir import run_mlir, run_passes

# Two uses of one transpose, a bias that is only broadcast, a table that is looked up by position,
# and a large literal; the batch is dynamic.
MODULE = """
#id = affine_map<(d0, d1) -> (d0, d1)>
func.func @main(%w: tensor<8x4xf32> {tw.weight = "w"}, %x: tensor<?x4xf32> {tw.input = "x"},
    %bias: tensor<8xf32> {tw.weight = "bias"}, %unused: tensor<i64> {tw.weight = "count"},
    %table: tensor<9x8xf32> {tw.weight = "table"}) -> (tensor<?x8xf32>, tensor<7x8xf32>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %literal = arith.constant dense<LITERAL> : tensor<7x16xf32>
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %t = linalg.transpose ins(%w : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  %f = tensor.empty(%n) : tensor<?x8xf32>
  %b = linalg.broadcast ins(%bias : tensor<8xf32>) outs(%f : tensor<?x8xf32>) dimensions = [0]
  %y = linalg.matmul ins(%x, %t : tensor<?x4xf32>, tensor<4x8xf32>)
                     outs(%b : tensor<?x8xf32>) -> tensor<?x8xf32>
  %g = tensor.empty() : tensor<7x8xf32>
  %p = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]}
      outs(%g : tensor<7x8xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %k = arith.addi %i, %c2 : index
    %v = tensor.extract %table[%k, %j] : tensor<9x8xf32>
    %l = tensor.extract %literal[%i, %j] : tensor<7x16xf32>
    %s = arith.addf %v, %l : f32
    linalg.yield %s : f32
  } -> tensor<7x8xf32>
  return %y, %p : tensor<?x8xf32>, tensor<7x8xf32>
}
"""


@pytest.mark.parametrize("batch", [0, 1, 5])
def test_same_results(batch: int) -> None:
    random = np.random.default_rng(3)
    literal = random.integers(-9, 9, (7, 16)).astype(np.float32)
    module = MODULE.replace("LITERAL", str([[float(v) for v in row] for row in literal]))
    w, bias, table = (random.standard_normal(s, np.float32) for s in [(8, 4), (8,), (9, 8)])
    x = random.standard_normal((batch, 4)).astype(np.float32)
    inputs = [w, x, bias, np.array(3), table]
    before = run_mlir(module, "", inputs)
    after = run_mlir(module, "tw-outline-constants", inputs)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_allclose(after[0], x @ w.T + bias, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(after[1], table[2:] + literal[:, :8])


def test_output_does_not_depend_on_the_run() -> None:
    module = MODULE.replace("LITERAL", str([[float(i * j) for j in range(16)] for i in range(7)]))
    texts = {run_passes(module, "tw-outline-constants") for _ in range(3)}
    assert len(texts) == 1
