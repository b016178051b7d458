# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Named operations compute what they say, at least as well as float32 NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from run_mlir import run_mlir

Array = npt.NDArray[Any]
PASS = "tw-decompose-named-ops"


def run(operation: str, result: str, **arguments: tuple[str, Array]) -> Array:
    """Run one operation on named arguments; ``%e`` is the destination of type ``result``."""
    names = ", ".join(f"%{name}: {type_}" for name, (type_, _) in arguments.items())
    module = f"""
func.func @main({names}, %e: {result}) -> {result} {{
  %zero = arith.constant 0 : index
  %0 = {operation} outs(%e : {result}) -> {result}
  return %0 : {result}
}}"""
    shape = [int(size) for size in result[7:-5].split("x")]
    inputs = [array for _, array in arguments.values()]
    return run_mlir(module, PASS, [*inputs, np.zeros(shape, np.float32)])[0]


def softmax(x: Array) -> Array:
    with np.errstate(invalid="ignore"):
        e = np.exp(x - x.max(-1, keepdims=True))
        y: Array = e / e.sum(-1, keepdims=True)
        return y


def random(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("zero", [False, True])
def test_softmax(zero: bool) -> None:
    x = 5 * random(7, 96)
    x[3] = -np.inf
    flag = "zero_masked_rows " if zero else ""
    type_ = "tensor<7x96xf32>"
    y = run(f"tw.softmax dimension(1) {flag}ins(%x : {type_})", type_, x=(type_, x))
    expected = softmax(x.astype(np.float64))
    expected[3] = 0 if zero else np.nan
    np.testing.assert_allclose(y, expected, rtol=4e-6, atol=0)


@pytest.mark.parametrize("offset", [0, 1000])
def test_layer_norm(offset: int) -> None:
    x = 3 * random(5, 4, 64) + np.float32(offset)
    gamma, beta = random(4, 64, seed=1), random(4, 64, seed=2)
    type_, row = "tensor<5x4x64xf32>", "tensor<4x64xf32>"
    y = run(
        f"tw.layer_norm axis(1) epsilon(1.0e-5) ins(%x : {type_}) gamma(%g : {row}) "
        f"beta(%b : {row})",
        type_,
        x=(type_, x),
        g=(row, gamma),
        b=(row, beta),
    )
    wide = x.astype(np.float64)
    centered = wide - wide.mean((1, 2), keepdims=True)
    variance = (centered**2).mean((1, 2), keepdims=True)
    expected = centered / np.sqrt(variance + 1e-5) * gamma + beta
    # The mean is a float32: near 1000 it is off by up to 3e-5, a third of that after scaling.
    np.testing.assert_allclose(y, expected, rtol=0, atol=4e-6 if offset == 0 else 3e-5)


def test_rms_norm() -> None:
    x, gamma = random(5, 96), random(96, seed=1)
    y = run(
        "tw.rms_norm axis(1) epsilon(0.5) ins(%x : tensor<5x96xf32>) gamma(%g : tensor<96xf32>)",
        "tensor<5x96xf32>",
        x=("tensor<5x96xf32>", x),
        g=("tensor<96xf32>", gamma),
    )
    wide = x.astype(np.float64)
    expected = wide / np.sqrt((wide**2).mean(-1, keepdims=True) + 0.5) * gamma
    np.testing.assert_allclose(y, expected, rtol=2e-6, atol=1e-7)


QUERY, KEY, VALUE = "tensor<2x4x6x8xf32>", "tensor<2x1x9x8xf32>", "tensor<2x1x9x5xf32>"
RESULT = "tensor<2x4x6x5xf32>"


def attention(clauses: str, flags: str = "", **more: tuple[str, Array]) -> tuple[Array, Array]:
    """The result, and scaled scores and values in float64 for the reference."""
    q, k, v = random(2, 4, 6, 8), random(2, 1, 9, 8, seed=1), random(2, 1, 9, 5, seed=2)
    result = run(
        f"tw.attention scale(0.25) {flags} ins(%q, %k, %v : {QUERY}, {KEY}, {VALUE}) {clauses}",
        RESULT,
        q=(QUERY, q),
        k=(KEY, k),
        v=(VALUE, v),
        **more,
    )
    scores = 0.25 * q.astype(np.float64) @ k.astype(np.float64).swapaxes(-1, -2)
    return result, np.broadcast_to(scores, (2, 4, 6, 9)).copy()


def apply(scores: Array) -> Array:
    return np.nan_to_num(softmax(scores)) @ random(2, 1, 9, 5, seed=2).astype(np.float64)


def test_attention() -> None:
    result, scores = attention("")
    np.testing.assert_allclose(result, apply(scores), atol=2e-6)


def test_attention_with_bias_and_hidden_future() -> None:
    bias = random(1, 4, 1, 9, seed=3)
    result, scores = attention(
        "mask(%m : tensor<1x4x1x9xf32>) causal(%zero)", m=("tensor<1x4x1x9xf32>", bias)
    )
    scores = np.where(np.arange(9) <= np.arange(6)[:, None], scores + bias, -np.inf)
    np.testing.assert_allclose(result, apply(scores), atol=2e-6)


@pytest.mark.parametrize("fill", [-np.inf, -1e9])
def test_attention_with_boolean_mask(fill: float) -> None:
    keep = np.random.default_rng(3).random((2, 1, 6, 9)) > 0.4
    keep[1, 0, 2] = False
    clause = "" if fill == -np.inf else "fill(-1.0e9)"
    result, scores = attention(
        f"mask(%m : tensor<2x1x6x9xi1>) {clause}",
        "zero_masked_rows",
        m=("tensor<2x1x6x9xi1>", keep),
    )
    np.testing.assert_allclose(result, apply(np.where(keep, scores, fill)), atol=2e-6)
