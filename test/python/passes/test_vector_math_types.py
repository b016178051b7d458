# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tw-lower-vector-math on vectors of other shapes and types than f32 of one register."""

from __future__ import annotations

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from vector_kernels import Kernel, Kernels

OPERATIONS = {
    "exp": "math.exp %x",
    "log": "math.log %x",
    "erf": "math.erf %x",
    "sin": "math.sin %x",
    "atan2": "math.atan2 %x, %y",
    "powf": "math.powf %x, %y",
    "gelu": "tw.gelu %x",
}
SHAPES = ["f32", "vector<1xf32>", "vector<5xf32>", "vector<8xf32>", "vector<2x3x4xf32>"]


@pytest.fixture(scope="module")
def evaluate() -> Kernels:
    types = ["vector<16xf32>", *SHAPES, "f64", "vector<4xf64>", "vector<16xf16>", "vector<16xbf16>"]
    return Kernels(
        {
            f"{name}_{i}": Kernel(operation, type_)
            for name, operation in OPERATIONS.items()
            for i, type_ in enumerate(types)
        }
    )


def _inputs(dtype: Any) -> tuple[Any, Any]:
    rng = np.random.default_rng(11)
    x = rng.normal(0, 3, 960).astype(dtype)
    # Angles and powers beyond the usual, in some lanes only.
    x[::37] = np.float32(30000.0)
    return x, rng.normal(0, 3, 960).astype(dtype)


@pytest.mark.parametrize("shape", range(1, 1 + len(SHAPES)), ids=SHAPES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_shape_gives_the_same_bits(evaluate: Kernels, name: str, shape: int) -> None:
    x, y = _inputs(np.float32)
    x[::74] = 3e9
    np.testing.assert_array_equal(evaluate(f"{name}_{shape}", x, y), evaluate(f"{name}_0", x, y))


@pytest.mark.parametrize("name", OPERATIONS)
def test_double_is_as_exact_as_libm(evaluate: Kernels, name: str) -> None:
    x, y = _inputs(np.float64)
    wanted = _reference(name, x, y)
    for suffix in (len(SHAPES) + 1, len(SHAPES) + 2):
        np.testing.assert_allclose(evaluate(f"{name}_{suffix}", x, y), wanted, rtol=4e-15)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("name", OPERATIONS)
def test_narrow_types_round_once(evaluate: Kernels, name: str, dtype: Any) -> None:
    """Almost: a result of f32 just off the middle of two narrow numbers may go to the other."""
    x, y = _inputs(dtype)
    suffix = len(SHAPES) + (3 if dtype is np.float16 else 4)
    got = evaluate(f"{name}_{suffix}", x, y)
    assert got.dtype == dtype
    wanted = _reference(name, x.astype(np.float64), y.astype(np.float64))
    with np.errstate(over="ignore"):
        nearest = wanted.astype(dtype)
    finite = np.isfinite(nearest.astype(np.float64))
    assert np.array_equal(np.isnan(got.astype(np.float32)), np.isnan(nearest.astype(np.float32)))
    assert np.mean(got[finite] != nearest[finite]) < 0.002
    # x86's instruction for bf16 takes subnormal numbers for 0.
    eps, smallest = (2.0**-10, 2.0**-24) if dtype is np.float16 else (2.0**-7, 2.0**-126)
    np.testing.assert_allclose(
        got[finite].astype(np.float64), wanted[finite], rtol=0.51 * eps, atol=smallest
    )


def _reference(name: str, x: Any, y: Any) -> Any:
    functions: dict[str, Any] = {
        "exp": np.exp,
        "log": np.log,
        "erf": np.vectorize(math.erf),
        "sin": np.sin,
        "gelu": np.vectorize(lambda v: 0.5 * v * math.erfc(-v * math.sqrt(0.5))),
    }
    with np.errstate(all="ignore"):
        if name in ("atan2", "powf"):
            return (np.arctan2 if name == "atan2" else np.power)(x, y)
        return functions[name](x)
