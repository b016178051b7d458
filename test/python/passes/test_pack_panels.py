# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packed weights give the same numbers, whether tiles read their panels or they are unpacked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from run_mlir import run_mlir, run_passes

Array = npt.NDArray[Any]

PACK = ["tw-pack-panels", "tw-outline-constants", "canonicalize", "tw-decompose-packs"]
TILE = [
    "tw-form-groups",
    "tw-select-schedule",
    "tw-distribute-groups",
    "canonicalize",
    "cse",
    "tw-fold-unpack",
    "tw-tile-registers",
    "canonicalize",
    "tw-fold-unpack",
    "canonicalize",
]
WAYS = pytest.mark.parametrize("tiled", [True, False], ids=["tiled", "unpacked"])


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def run(body: str, maps: str, inputs: list[Array], *, tiled: bool) -> Array:
    """Run `body`, which must pack, with AVX-512 as its target."""
    target = (
        '#tw.target<kind = "cpu", vector_bits = 512, vector_registers = 32, '
        "l1_bytes = 49152, l2_bytes = 1048576>"
    )
    module = f"{maps}\nmodule attributes {{tw.target = {target}}} {{\n{body}\n}}"
    packed = run_passes(module, PACK)
    assert "linalg.unpack" in packed
    assert "linalg.pack" not in packed
    rest = TILE if tiled else ["tw-decompose-unpacks"]
    assert "linalg.unpack" not in run_passes(packed, rest)
    return run_mlir(module, [*PACK, *rest], inputs)[0]


@WAYS
@pytest.mark.parametrize("rows", [1, 5, 13, None])
@pytest.mark.parametrize("columns", [128, 96, 100, 177])
def test_linear(rows: int | None, columns: int, tiled: bool) -> None:
    """A layer with a transposed weight, a bias and an epilogue; None is a dynamic batch."""
    m = "?" if rows is None else rows
    dim = "%m = tensor.dim %x, %c0 : tensor<?x40xf32>" if rows is None else ""
    size = "%m" if rows is None else ""
    type_, weight = f"tensor<{m}x{columns}xf32>", f"tensor<40x{columns}xf32>"
    body = f"""
func.func @main(%w: tensor<{columns}x40xf32> {{tw.weight = "w"}},
                %b: tensor<{columns}xf32> {{tw.weight = "b"}},
                %x: tensor<{m}x40xf32> {{tw.input = "x"}}) -> {type_} {{
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  {dim}
  %e0 = tensor.empty() : {weight}
  %t = linalg.transpose ins(%w : tensor<{columns}x40xf32>) outs(%e0 : {weight})
         permutation = [1, 0]
  %e = tensor.empty({size}) : {type_}
  %f = linalg.fill ins(%zero : f32) outs(%e : {type_}) -> {type_}
  %p = linalg.matmul ins(%x, %t : tensor<{m}x40xf32>, {weight}) outs(%f : {type_}) -> {type_}
  %r = linalg.generic {{indexing_maps = [#id, #column, #id],
                       iterator_types = ["parallel", "parallel"]}}
         ins(%p, %b : {type_}, tensor<{columns}xf32>) outs(%e : {type_}) {{
  ^bb0(%a: f32, %c: f32, %o: f32):
    %s = arith.addf %a, %c : f32
    %y = arith.maximumf %s, %zero : f32
    linalg.yield %y : f32
  }} -> {type_}
  return %r : {type_}
}}"""
    maps = "#id = affine_map<(i, j) -> (i, j)>\n#column = affine_map<(i, j) -> (j)>"
    w, b, x = random(columns, 40), random(columns, seed=1), random(rows or 7, 40, seed=2)
    expected = np.maximum(x @ w.T + b, 0)
    np.testing.assert_allclose(run(body, maps, [w, b, x], tiled=tiled), expected, atol=3e-5)


@WAYS
@pytest.mark.parametrize(("channels", "stride"), [(64, 1), (100, 2)])
def test_convolution(channels: int, stride: int, tiled: bool) -> None:
    height, width = (11 - 3) // stride + 1, (16 - 3) // stride + 1
    type_, filter_ = f"tensor<1x{height}x{width}x{channels}xf32>", f"tensor<3x3x8x{channels}xf32>"
    body = f"""
func.func @main(%f: {filter_} {{tw.weight = "f"}}, %x: tensor<1x11x16x8xf32>) -> {type_} {{
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : {type_}
  %i = linalg.fill ins(%zero : f32) outs(%e : {type_}) -> {type_}
  %r = linalg.conv_2d_nhwc_hwcf {{strides = dense<{stride}> : tensor<2xi64>}}
         ins(%x, %f : tensor<1x11x16x8xf32>, {filter_}) outs(%i : {type_}) -> {type_}
  return %r : {type_}
}}"""
    f, x = random(3, 3, 8, channels), random(1, 11, 16, 8, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    expected = np.einsum("nhwcij,ijcf->nhwf", windows[:, ::stride, ::stride], f)
    np.testing.assert_allclose(run(body, "", [f, x], tiled=tiled), expected, atol=3e-5)


@WAYS
@pytest.mark.parametrize("columns", [96, 100])
def test_batches(columns: int, tiled: bool) -> None:
    type_, weight = f"tensor<3x5x{columns}xf32>", f"tensor<3x32x{columns}xf32>"
    body = f"""
func.func @main(%w: {weight} {{tw.weight = "w"}}, %x: tensor<3x5x32xf32>) -> {type_} {{
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : {type_}
  %f = linalg.fill ins(%zero : f32) outs(%e : {type_}) -> {type_}
  %r = linalg.batch_matmul ins(%x, %w : tensor<3x5x32xf32>, {weight}) outs(%f : {type_}) -> {type_}
  return %r : {type_}
}}"""
    w, x = random(3, 32, columns), random(3, 5, 32, seed=1)
    np.testing.assert_allclose(run(body, "", [w, x], tiled=tiled), x @ w, atol=3e-5)
