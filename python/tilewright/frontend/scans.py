# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scans along a dimension of static size, by log2(size) steps of shifted copies.

``tm_tensor.scan``, torch-mlir's own form, has no linalg form (llvm/torch-mlir#4574).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)
_KEEP_PAIR = cast(tuple[Tensor, Tensor], NotImplemented)


def _earlier(x: Tensor, dim: int, shift: int, neutral: float) -> Tensor:
    """What stands ``shift`` places before; ``neutral`` where nothing does."""
    kept = aten.slice.Tensor(x, dim, 0, x.shape[dim] - shift)
    # Pads list the last dimension first.
    pad = [0, 0] * (x.dim() - 1 - dim) + [shift, 0]
    return aten.constant_pad_nd.default(kept, pad, neutral)  # type: ignore[no-any-return]


def _shifts(size: int) -> list[int]:
    return [1 << step for step in range((size - 1).bit_length())]


def _scan(
    x: Tensor, dim: int, neutral: float, combine: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """Scan with an associative function of what is before and what is after."""
    if x.dim() == 0:
        return x.clone()
    dim %= x.dim()
    size = x.shape[dim]
    if not isinstance(size, int):
        return _KEEP
    for shift in _shifts(size):
        x = combine(_earlier(x, dim, shift, neutral), x)
    return x.clone() if size <= 1 else x


def cumprod(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Prefix product."""
    if dtype is None:
        dtype = x.dtype if x.is_floating_point() else torch.int64
    return _scan(x.to(dtype), dim, 1, torch.mul)


def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """Logarithm of the prefix sum of exponentials, which are never computed themselves."""

    def combine(before: Tensor, after: Tensor) -> Tensor:
        low, high = torch.minimum(before, after), torch.maximum(before, after)
        # Two equal infinities have no difference.
        infinite = (low == high) & (high.abs() == math.inf)
        return torch.where(infinite, high, high + torch.log1p(torch.exp(low - high)))

    return _scan(x, dim, -math.inf, combine)


def _running_extreme(greatest: bool) -> Any:
    """A rule for ``cummax`` or ``cummin``: values, and the last places that they are found at."""

    def rule(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
        if x.dtype is torch.bool:
            return _KEEP_PAIR
        if x.dim() == 0:
            return x.clone(), torch.zeros((), dtype=torch.int64)
        dim %= x.dim()
        size = x.shape[dim]
        if not isinstance(size, int):
            return _KEEP_PAIR
        place = torch.arange(size, device=x.device)
        places = place.view([-1] + [1] * (x.dim() - 1 - dim)).expand(x.shape)
        if x.is_floating_point():
            neutral = -math.inf if greatest else math.inf
        else:
            limits = torch.iinfo(x.dtype)
            neutral = limits.min if greatest else limits.max
        for shift in _shifts(size):
            before, place_before = _earlier(x, dim, shift, neutral), _earlier(places, dim, shift, 0)
            later = (x >= before) if greatest else (x <= before)
            if x.is_floating_point():
                # No number is later than a NaN; another NaN is.
                later = later | (x != x)
            x, places = torch.where(later, x, before), torch.where(later, places, place_before)
        return x.clone(), places.clone()

    return rule


RULES: dict[Any, Any] = {
    aten.cumprod.default: cumprod,
    aten.logcumsumexp.default: logcumsumexp,
    aten.cummax.default: _running_extreme(greatest=True),
    aten.cummin.default: _running_extreme(greatest=False),
}
