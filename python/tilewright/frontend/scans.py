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


def _shifts(size: int) -> list[int]:
    return [1 << step for step in range((size - 1).bit_length())]


def _pair(x: Tensor, dim: int, shift: int) -> tuple[Tensor, Tensor]:
    """What has something ``shift`` places before it: that, and itself."""
    size = x.shape[dim]
    return aten.slice.Tensor(x, dim, 0, size - shift), aten.slice.Tensor(x, dim, shift, size)


def _after_start(x: Tensor, dim: int, shift: int, combined: Tensor) -> Tensor:
    """The first ``shift`` places as they are, then ``combined``: no copy for a neutral border."""
    return torch.cat([aten.slice.Tensor(x, dim, 0, shift), combined], dim)


def _scan(x: Tensor, dim: int, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Scan with an associative function of what is before and what is after."""
    if x.dim() == 0:
        return x.clone()
    dim %= x.dim()
    size = x.shape[dim]
    if not isinstance(size, int):
        return _KEEP
    for shift in _shifts(size):
        x = _after_start(x, dim, shift, combine(*_pair(x, dim, shift)))
    return x.clone() if size <= 1 else x


def cumsum(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Prefix sum; along a dimension of dynamic size a masked sum of size squared."""
    if dtype is None:
        dtype = x.dtype if x.is_floating_point() else torch.int64
    x = x.to(dtype)
    if x.dim() == 0 or isinstance(x.shape[dim], int):
        return _scan(x, dim, torch.add)
    dim %= x.dim()
    size = x.shape[dim]
    place = torch.arange(size, device=x.device)
    before = place.unsqueeze(0) <= place.unsqueeze(1)
    before = before.view([size, size] + [1] * (x.dim() - 1 - dim))
    terms = torch.where(before, x.unsqueeze(dim), torch.zeros((), dtype=dtype))
    return aten.sum.dim_IntList(terms, [dim + 1])  # type: ignore[no-any-return]


def cumprod(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Prefix product."""
    if dtype is None:
        dtype = x.dtype if x.is_floating_point() else torch.int64
    return _scan(x.to(dtype), dim, torch.mul)


def logcumsumexp(x: Tensor, dim: int) -> Tensor:
    """Logarithm of the prefix sum of exponentials, which are never computed themselves."""

    def combine(before: Tensor, after: Tensor) -> Tensor:
        low, high = torch.minimum(before, after), torch.maximum(before, after)
        # Two equal infinities have no difference.
        infinite = (low == high) & (high.abs() == math.inf)
        return torch.where(infinite, high, high + torch.log1p(torch.exp(low - high)))

    return _scan(x, dim, combine)


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
        for shift in _shifts(size):
            before, after = _pair(x, dim, shift)
            place_before, place_after = _pair(places, dim, shift)
            later = (after >= before) if greatest else (after <= before)
            if x.is_floating_point():
                # No number is later than a NaN; another NaN is.
                later = later | (after != after)
            x = _after_start(x, dim, shift, torch.where(later, after, before))
            chosen = torch.where(later, place_after, place_before)
            places = _after_start(places, dim, shift, chosen)
        return x.clone(), places.clone()

    return rule


RULES: dict[Any, Any] = {
    aten.cumsum.default: cumsum,
    aten.cumprod.default: cumprod,
    aten.logcumsumexp.default: logcumsumexp,
    aten.cummax.default: _running_extreme(greatest=True),
    aten.cummin.default: _running_extreme(greatest=False),
}
