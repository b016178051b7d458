# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Windows of one pixel compute the same as slices."""

from __future__ import annotations

import numpy as np
import pytest
from run_mlir import run_mlir, run_passes

CONV = """
func.func @main(%x: tensor<{x}>, %w: tensor<{w}>, %o: tensor<{o}>) -> tensor<{o}> {{
  %r = linalg.generic {{indexing_maps = [
      affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h * {stride} + kh * 2, w * {stride} + kw, ic)>,
      affine_map<(n, h, w, oc, kh, kw, ic) -> (kh, kw, ic, oc)>,
      affine_map<(n, h, w, oc, kh, kw, ic) -> (n, h, w, oc)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction",
                        "reduction"]}}
      ins(%x, %w : tensor<{x}>, tensor<{w}>) outs(%o : tensor<{o}>) {{
  ^bb0(%in: f32, %f: f32, %out: f32):
    %p = arith.mulf %in, %f : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  }} -> tensor<{o}>
  return %r : tensor<{o}>
}}
"""


@pytest.mark.parametrize("dynamic", [False, True], ids=["static", "dynamic"])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("window", [(1, 1), (1, 3), (3, 1)])
def test_same_numbers(window: tuple[int, int], stride: int, dynamic: bool) -> None:
    kh, kw = window
    # One row and column more than the windows reach.
    x = (2, 3 * stride + 2 * kh, 4 * stride + kw + 1, 3)
    shapes = {"x": x, "w": (kh, kw, 3, 8), "o": (2, 4, 5, 8)}
    types = {
        name: "x".join("?" if dynamic and name != "w" else str(size) for size in shape) + "xf32"
        for name, shape in shapes.items()
    }
    module = CONV.format(**types, stride=stride)
    assert "tensor.extract_slice" in run_passes(module, "tw-fold-unit-windows")
    random = np.random.default_rng(0)
    inputs = [random.standard_normal(shape, np.float32) for shape in shapes.values()]
    (before,) = run_mlir(module, "", inputs)
    (after,) = run_mlir(module, "tw-fold-unit-windows", inputs)
    np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-6)
