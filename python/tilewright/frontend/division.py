# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Divisions that leave a remainder, of floats: exact, as in PyTorch.

torch-mlir rounds ``x / y`` before it takes the whole part, which may then be one too much, and its
``fmod`` subtracts a product that is rounded. Here all come from ``aten.remainder``, which is exact.
Integers are left to torch-mlir.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from tilewright.frontend.elementwise import copysign

aten = torch.ops.aten
Number = int | float

_KEEP = cast(Tensor, NotImplemented)


def _is_of_one_float(x: Tensor, divisor: Tensor | Number) -> bool:
    """Whether the quotient is of the type of ``x``, and a float."""
    return x.is_floating_point() and (not isinstance(divisor, Tensor) or divisor.dtype == x.dtype)


def _as_tensor(divisor: Tensor | Number, dtype: torch.dtype) -> Tensor:
    if isinstance(divisor, Tensor):
        return divisor.to(dtype)
    return torch.full((), divisor, dtype=dtype)


def _fmod(x: Tensor, divisor: Tensor) -> Tensor:
    return copysign(torch.remainder(x.abs(), divisor.abs()), x)


def fmod(x: Tensor, divisor: Tensor | Number) -> Tensor:
    """The remainder with the sign of ``x``."""
    if _is_of_one_float(x, divisor):
        return _fmod(x, _as_tensor(divisor, x.dtype))
    if isinstance(divisor, int):
        return aten.fmod.Tensor(x, _as_tensor(divisor, x.dtype))  # type: ignore[no-any-return]
    return _KEEP


def _floor(x: Tensor, divisor: Tensor) -> Tensor:
    rest = _fmod(x, divisor)
    ratio = (x - rest) / divisor
    ratio = torch.where((rest != 0) & ((divisor < 0) != (rest < 0)), ratio - 1, ratio)
    # Whole but for the rounding of the two steps.
    whole = torch.floor(ratio)
    whole = torch.where(ratio - whole > 0.5, whole + 1, whole)
    quotient = x / divisor
    whole = torch.where(ratio == 0, copysign(torch.zeros_like(quotient), quotient), whole)
    return torch.where(divisor == 0, quotient, whole)


def divide(x: Tensor, divisor: Tensor | Number, *, rounding_mode: str | None = None) -> Tensor:
    """``aten.div`` with a rounding mode; that of narrow floats is of what f32 gives, as is a number
    that they are divided by."""
    if rounding_mode is None or not _is_of_one_float(x, divisor):
        return _KEEP
    a = x.float() if x.dtype.itemsize < 4 else x
    b = _as_tensor(divisor, a.dtype)
    result = _floor(a, b) if rounding_mode == "floor" else torch.trunc(a / b)
    return result.to(x.dtype)


def floor_divide(x: Tensor, divisor: Tensor | Number) -> Tensor:
    """See :func:`divide`."""
    return divide(x, divisor, rounding_mode="floor")


RULES: dict[Any, Any] = {
    aten.fmod.Tensor: fmod,
    aten.fmod.Scalar: fmod,
    aten.div.Tensor_mode: divide,
    aten.div.Scalar_mode: divide,
    aten.floor_divide.default: floor_divide,
    aten.floor_divide.Scalar: floor_divide,
}
