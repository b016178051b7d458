# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elementwise functions that torch-mlir lacks, from those that it has."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)
_LARGEST_POWER = 64


def isfinite(x: Tensor) -> Tensor:
    """Neither infinite nor NaN."""
    if not x.is_floating_point():
        return torch.ones_like(x, dtype=torch.bool)
    return x.abs() < math.inf


def signbit(x: Tensor) -> Tensor:
    """Whether negative, which -0 is; the sign of NaN is not looked at."""
    if not x.is_floating_point():
        return x < 0
    return (x < 0) | ((x == 0) & (1 / x < 0))


def copysign(x: Tensor, sign: Tensor) -> Tensor:
    """The magnitude of one with the sign of the other."""
    if not x.is_floating_point() or x.dtype != sign.dtype:
        return _KEEP
    magnitude = x.abs()
    return torch.where(signbit(sign), -magnitude, magnitude)


def hypot(x: Tensor, y: Tensor) -> Tensor:
    """Scaled by the larger one, whose square may be beyond the largest float."""
    x, y = x.abs(), y.abs()
    high, low = torch.maximum(x, y), torch.minimum(x, y)
    ratio = torch.where(high == 0, high, low / high)
    infinite = (x == math.inf) | (y == math.inf)
    return torch.where(infinite, math.inf, high * torch.sqrt(1 + ratio * ratio))


def trunc(x: Tensor) -> Tensor:
    """The whole part. torch-mlir multiplies that of the magnitude by the sign, which -0 loses."""
    if not x.is_floating_point():
        return _KEEP
    return torch.where(x < 0, torch.ceil(x), torch.floor(x))


def whole_power(x: Tensor, exponent: int) -> Tensor:
    """A small power of integers by squares and products."""
    if not 0 <= exponent <= _LARGEST_POWER:
        return _KEEP
    result, square = torch.ones_like(x), x
    while exponent:
        if exponent & 1:
            result = result * square
        exponent >>= 1
        if exponent:
            square = square * square
    return result


RULES: dict[Any, Any] = {
    aten.isfinite.default: isfinite,
    aten.signbit.default: signbit,
    aten.copysign.Tensor: copysign,
    aten.hypot.default: hypot,
    aten.trunc.default: trunc,
    aten.fix.default: trunc,
}
