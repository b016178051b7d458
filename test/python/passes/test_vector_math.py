# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Accuracy of tw-lower-vector-math: its functions, executed, against float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from vector_kernels import Float32, Float64, Kernel, Kernels, worst

Reference = Callable[..., Any]


@dataclass(frozen=True)
class Function:
    """An operation on %x (and %y), its double-precision reference, and the error allowed."""

    operation: str
    reference: Reference
    ulps: float


def _from_torch(function: Callable[[torch.Tensor], torch.Tensor]) -> Reference:
    return lambda x: function(torch.from_numpy(x)).numpy()


def _gelu(x: Float64) -> Float64:
    tail = torch.special.erfc(torch.from_numpy(-x * np.sqrt(0.5))).numpy()
    return np.where(x == -np.inf, -0.0, 0.5 * x * tail)


def _gelu_tanh(x: Float64) -> Float64:
    sigmoid = 1 / (1 + np.exp(-2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return np.where(x == -np.inf, -0.0, x * sigmoid)


# The errors allowed are those that the pass's description states.
UNARY = {
    "exp": Function("math.exp %x", np.exp, 0.9),
    "exp2": Function("math.exp2 %x", np.exp2, 0.9),
    "expm1": Function("math.expm1 %x", np.expm1, 2.0),
    "log": Function("math.log %x", np.log, 0.93),
    "log2": Function("math.log2 %x", np.log2, 1.5),
    "log10": Function("math.log10 %x", np.log10, 1.4),
    "log1p": Function("math.log1p %x", np.log1p, 1.6),
    "erf": Function("math.erf %x", _from_torch(torch.erf), 3.2),
    "erfc": Function("math.erfc %x", _from_torch(torch.special.erfc), 5.4),
    "tanh": Function("math.tanh %x", np.tanh, 2.5),
    "sinh": Function("math.sinh %x", np.sinh, 2.3),
    "cosh": Function("math.cosh %x", np.cosh, 1.4),
    "asinh": Function("math.asinh %x", np.arcsinh, 1.9),
    "acosh": Function("math.acosh %x", np.arccosh, 2.0),
    "atanh": Function("math.atanh %x", np.arctanh, 2.2),
    "sin": Function("math.sin %x", np.sin, 1.7),
    "cos": Function("math.cos %x", np.cos, 1.7),
    "tan": Function("math.tan %x", np.tan, 3.6),
    "asin": Function("math.asin %x", np.arcsin, 2.4),
    "acos": Function("math.acos %x", np.arccos, 1.2),
    "atan": Function("math.atan %x", np.arctan, 2.0),
    "cbrt": Function("math.cbrt %x", np.cbrt, 0.95),
    "rsqrt": Function("math.rsqrt %x", lambda x: 1 / np.sqrt(x), 1.5),
    "gelu": Function("tw.gelu %x", _gelu, 5.1),
    "gelu_tanh": Function("tw.gelu %x approximate = tanh", _gelu_tanh, 180.0),
}
BINARY = {
    "powf": Function("math.powf %x, %y", np.power, 0.95),
    "atan2": Function("math.atan2 %x, %y", np.arctan2, 2.0),
    "remf": Function("arith.remf %x, %y", np.fmod, 0.0),
}
_POWERS = [-150, -31, -7, -3, -2, -1, 0, 1, 2, 3, 5, 7, 10, 31, 63, 127]


_CONSTANT_POWERS = [-4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0]


@pytest.fixture(scope="module")
def evaluate() -> Kernels:
    functions = {**UNARY, **BINARY}
    kernels = {name: Kernel(function.operation) for name, function in functions.items()}
    vector = Kernel("").type
    powers = f"%n = arith.constant dense<{_POWERS}> : vector<16xi32>"
    kernels["fpowi"] = Kernel(
        "math.fpowi %x, %n", constants=powers, types=f"{vector}, vector<16xi32>"
    )
    for i, power in enumerate(_CONSTANT_POWERS):
        constant = f"%n = arith.constant dense<{power}> : {vector}"
        kernels[f"constant_{i}"] = Kernel("math.powf %x, %n", constants=constant)
    return Kernels(kernels)


# All exponents of either sign, NaNs and infinities: every 2039th bit pattern.
SWEEP = np.arange(0, 1 << 32, 2039, dtype=np.uint64)[: (1 << 32) // 2039 // 16 * 16]
SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e-45, -1e-45,
     1e-38, -1e-40, 3.4e38, -3.4e38, 88.72284, 88.7228, -103.9721, -103.98, -87.34, 127.99999,
     128.0, -149.0, -149.5, -150.0, 3.9192061, 0.99999994, 1.0000001, 1.5, -1.5, 2.5, 16777215.0,
     -16777215.0, 16777216.0, 8388609.0, 8388607.5, 1048576.0, 1048577.0, 1e5, 1e10, 9.01, -20.0,
     89.415, 89.42],
    dtype=np.float32,
)  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_unary_accuracy(evaluate: Kernels, name: str) -> None:
    function = UNARY[name]
    with np.errstate(all="ignore"):
        for x in (SWEEP.astype(np.uint32).view(np.float32), SPECIAL):
            error, where = worst(evaluate(name, x), function.reference(x.astype(np.float64)), x)
            assert error <= function.ulps, where


@pytest.mark.parametrize("name", UNARY)
def test_dense_where_models_compute(evaluate: Kernels, name: str) -> None:
    """A million numbers between -8 and 8, where most exponents are rare."""
    function = UNARY[name]
    x = np.linspace(-8, 8, 1 << 20, dtype=np.float32)
    with np.errstate(all="ignore"):
        error, where = worst(evaluate(name, x), function.reference(x.astype(np.float64)), x)
    assert error <= function.ulps, where


def test_gelu_tanh_is_close_but_in_the_tail(evaluate: Kernels) -> None:
    for limit, allowed in ((1.0, 3.0), (3.0, 13.0), (5.0, 30.0)):
        x = np.linspace(-limit, limit, 1 << 18, dtype=np.float32)
        error, where = worst(evaluate("gelu_tanh", x), _gelu_tanh(x.astype(np.float64)), x)
        assert error <= allowed, where


@pytest.mark.parametrize("payload", [0x7F800001, 0x7FC00000, 0x7FC001FF, 0x7FFFFFFF, 0xFFC000AA])
def test_every_nan_stays_nan(evaluate: Kernels, payload: int) -> None:
    x = np.full(16, payload, dtype=np.uint32).view(np.float32)
    for name in UNARY:
        assert np.isnan(evaluate(name, x)).all(), name


@pytest.mark.parametrize("name", ["expm1", "log1p", "erf", "tanh", "sinh", "asinh", "atanh", "sin",
                                  "tan", "asin", "atan", "cbrt", "gelu"])  # fmt: skip
def test_zero_keeps_its_sign(evaluate: Kernels, name: str) -> None:
    x = np.resize(np.array([0.0, -0.0], dtype=np.float32), 16)
    result = evaluate(name, x)
    assert np.array_equal(np.signbit(result), np.signbit(x)) and not result.any()


def test_bounded_functions_keep_their_bounds(evaluate: Kernels) -> None:
    x = SWEEP.astype(np.uint32).view(np.float32)
    for name in ("erf", "tanh", "sin", "cos"):
        assert np.nanmax(np.abs(evaluate(name, x))) <= 1.0, name


def test_angles_near_multiples_of_half_pi(evaluate: Kernels) -> None:
    """Where the angle's leading digits cancel; the last has 2^-31 left of 1.6e5."""
    multiples = np.concatenate([np.arange(1, 4096), np.array([10**5, 10**6, 10**9, 10**15])])
    x = np.resize((multiples * (np.pi / 2)).astype(np.float32), 4112)
    x[-4:] = [102943.71, 1.6e5, 5.3761e36, 6.1e31]
    for name in ("sin", "cos", "tan"):
        error, where = worst(evaluate(name, x), UNARY[name].reference(x.astype(np.float64)), x)
        assert error <= UNARY[name].ulps, where


def _pairs() -> list[tuple[Float32, Float32]]:
    rng = np.random.default_rng(7)
    count = 1 << 19
    anything = rng.integers(0, 1 << 32, (2, count), dtype=np.uint32).view(np.float32)
    bases = np.abs(anything[0])
    with np.errstate(all="ignore"):
        # Exponents for which the power spans all of f32, and bases near 1 with large exponents.
        spanning = rng.uniform(-150, 128, count) / np.log2(bases.astype(np.float64))
    near_one = 1 + rng.normal(0, 1e-4, count)
    grid = np.resize(SPECIAL, (SPECIAL.size, SPECIAL.size))
    pairs = [
        (anything[0], anything[1]),
        (bases, spanning),
        (near_one, rng.normal(0, 3e5, count)),
        (rng.normal(0, 3, count), rng.normal(0, 3, count)),
        (rng.normal(0, 3, count), np.round(rng.normal(0, 9, count))),
        (grid.ravel(), grid.T.ravel()),
    ]
    return [(a.astype(np.float32), b.astype(np.float32)) for a, b in pairs]


@pytest.mark.parametrize("name", BINARY)
def test_binary_accuracy(evaluate: Kernels, name: str) -> None:
    function = BINARY[name]
    with np.errstate(all="ignore"):
        for x, y in _pairs():
            reference = function.reference(x.astype(np.float64), y.astype(np.float64))
            result = evaluate(name, x, y)
            error, where = worst(result, reference, x, y)
            assert error <= function.ulps, where
            zero = (reference == 0) & (result == 0)
            assert np.array_equal(np.signbit(result[zero]), np.signbit(reference[zero]))


def test_remainders_of_near_multiples(evaluate: Kernels) -> None:
    """Quotients next to whole numbers, of all sizes to the largest over the smallest."""
    random = np.random.default_rng(5)
    y = np.ldexp(random.uniform(1, 2, 1 << 16), random.integers(-149, 100, 1 << 16))
    y = y.astype(np.float32)
    whole = np.ldexp(random.uniform(1, 2, y.shape), random.integers(0, 30, y.shape))
    with np.errstate(all="ignore"):
        x = (np.floor(whole) * y.astype(np.float64)).astype(np.float32)
        largest = np.full_like(y, np.finfo(np.float32).max)
        for near in (
            x,
            np.nextafter(x, np.float32(0)),
            np.nextafter(x, np.float32(np.inf)),
            largest,
        ):
            reference = np.fmod(near.astype(np.float64), y.astype(np.float64))
            assert np.array_equal(evaluate("remf", near, y), reference, equal_nan=True)


def test_integer_powers(evaluate: Kernels) -> None:
    x = np.concatenate([np.random.default_rng(3).normal(0, 3, 1 << 16).astype(np.float32),
                        np.repeat(SPECIAL, 16)])  # fmt: skip
    powers = np.resize(np.array(_POWERS, dtype=np.float64), x.size)
    with np.errstate(all="ignore"):
        error, where = worst(evaluate("fpowi", x), np.power(x.astype(np.float64), powers), x)
    assert error <= 1.0, where


@pytest.mark.parametrize(("index", "power"), list(enumerate(_CONSTANT_POWERS)))
def test_constant_powers(evaluate: Kernels, index: int, power: float) -> None:
    x = np.abs(SWEEP.astype(np.uint32).view(np.float32))
    with np.errstate(all="ignore"):
        reference = np.power(x.astype(np.float64), power)
        error, where = worst(evaluate(f"constant_{index}", x), reference, x)
    assert error <= 2.5, where
