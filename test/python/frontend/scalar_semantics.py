# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The arith and math operations, on NumPy arrays."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

_erf = np.vectorize(math.erf, otypes=[np.float64])


def _unsigned(value: Any) -> Any:
    value = np.asarray(value)
    return value if value.dtype == np.bool_ else value.view(f"u{value.dtype}")


INTEGER_COMPARISONS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a == b,
    lambda a, b: a != b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: _unsigned(a) < _unsigned(b),
    lambda a, b: _unsigned(a) <= _unsigned(b),
    lambda a, b: _unsigned(a) > _unsigned(b),
    lambda a, b: _unsigned(a) >= _unsigned(b),
]


def _unordered(a: Any, b: Any) -> Any:
    return np.isnan(a) | np.isnan(b)


FLOAT_COMPARISONS: dict[int, Callable[[Any, Any], Any]] = {
    1: lambda a, b: a == b,
    2: lambda a, b: a > b,
    3: lambda a, b: a >= b,
    4: lambda a, b: a < b,
    5: lambda a, b: a <= b,
    8: lambda a, b: (a == b) | _unordered(a, b),
    9: lambda a, b: (a > b) | _unordered(a, b),
    10: lambda a, b: (a >= b) | _unordered(a, b),
    11: lambda a, b: (a < b) | _unordered(a, b),
    12: lambda a, b: (a <= b) | _unordered(a, b),
    13: lambda a, b: (a != b) | _unordered(a, b),
    14: _unordered,
}
BINARY: dict[str, Any] = {
    "arith.addf": np.add,
    "arith.addi": np.add,
    "arith.subf": np.subtract,
    "arith.subi": np.subtract,
    "arith.mulf": np.multiply,
    "arith.muli": np.multiply,
    "arith.divf": np.divide,
    "arith.maximumf": np.maximum,
    "arith.minimumf": np.minimum,
    "arith.maxsi": np.maximum,
    "arith.minsi": np.minimum,
    "arith.maxui": lambda a, b: np.where(_unsigned(a) > _unsigned(b), a, b),
    "arith.andi": np.bitwise_and,
    "arith.ori": np.bitwise_or,
    "arith.xori": np.bitwise_xor,
    "arith.floordivsi": np.floor_divide,
    "arith.ceildivsi": lambda a, b: -np.floor_divide(-a, b),
    "arith.divsi": lambda a, b: np.trunc(a / b).astype(np.int64),
    "arith.remsi": np.fmod,
    "arith.remf": np.fmod,
    "arith.shli": np.left_shift,
    "math.powf": np.power,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "arith.negf": np.negative,
    "math.exp": np.exp,
    "math.expm1": np.expm1,
    "math.log": np.log,
    "math.log1p": np.log1p,
    "math.sqrt": np.sqrt,
    "math.rsqrt": lambda x: (1 / np.sqrt(x)).astype(x.dtype),
    "math.tanh": np.tanh,
    "math.erf": lambda x: _erf(x).astype(x.dtype),
    "math.sin": np.sin,
    "math.cos": np.cos,
    "math.absf": np.abs,
    "math.absi": np.abs,
    "math.floor": np.floor,
    "math.ceil": np.ceil,
    "math.roundeven": np.rint,
}
CASTS = {
    "arith.index_cast", "arith.sitofp", "arith.uitofp", "arith.fptosi", "arith.extf",
    "arith.truncf", "arith.extsi", "arith.extui", "arith.trunci",
}  # fmt: skip
