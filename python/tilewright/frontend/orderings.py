# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sorting, scans and scatters without their loops: linalg has no form for any of them.

Each compares all pairs of places along one dimension, which costs its size squared and runs in
parallel. That is right for what models do with them (routing among experts, sampling, counting); a
dimension of dynamic size or of more than 4096 places is left, and reported as unsupported.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_LARGEST = 4096
_KEEP = cast(Tensor, NotImplemented)


def _quadratic(x: Tensor, dim: int) -> bool:
    """Whether all pairs along a dimension may be compared."""
    size = x.shape[dim] if x.dim() else 1
    return isinstance(size, int) and size <= _LARGEST


def _ranks(x: Tensor, descending: bool) -> Tensor:
    """For each element of the last dimension its place in sorted order; equal ones keep theirs."""
    one, other = x.unsqueeze(-1), x.unsqueeze(-2)
    before = other > one if descending else other < one
    same = other == one
    if x.is_floating_point():
        # NaN is greater than all numbers, and equal to NaN.
        one_nan, other_nan = one != one, other != other
        before = before | ((other_nan & ~one_nan) if descending else (one_nan & ~other_nan))
        same = same | (one_nan & other_nan)
    place = torch.arange(x.shape[-1], device=x.device)
    earlier = place.unsqueeze(-2) < place.unsqueeze(-1)
    return aten.sum.dim_IntList((before | (same & earlier)).to(torch.int64), [-1])  # type: ignore[no-any-return]


def sort(x: Tensor, dim: int = -1, descending: bool = False) -> tuple[Tensor, Tensor]:
    """Values and indices by counting, for each element, those that go before it."""
    if x.dim() == 0:
        return x.clone(), torch.zeros((), dtype=torch.int64)
    return _first(x, x.shape[dim], dim, descending)


def _first(x: Tensor, count: int, dim: int, descending: bool) -> tuple[Tensor, Tensor]:
    if not _quadratic(x, dim):
        return cast(tuple[Tensor, Tensor], NotImplemented)
    rows = x.transpose(dim, -1)
    rank = _ranks(rows, descending).unsqueeze(-2)
    wanted = torch.arange(count, device=x.device).unsqueeze(-1)
    place = torch.arange(rows.shape[-1], device=x.device)
    found = torch.where(rank == wanted, place, torch.zeros((), dtype=torch.int64))
    indices = aten.sum.dim_IntList(found, [-1])
    values = aten.gather.default(rows, rows.dim() - 1, indices)
    return values.transpose(dim, -1).clone(), indices.transpose(dim, -1).clone()


def stable_sort(
    x: Tensor, *, stable: bool | None, dim: int = -1, descending: bool = False
) -> tuple[Tensor, Tensor]:
    """See :func:`sort`, which is stable."""
    return sort(x, dim, descending)


def topk(
    x: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[Tensor, Tensor]:
    """The first of :func:`sort`."""
    if x.dim() == 0:
        return x.clone(), torch.zeros((), dtype=torch.int64)
    return _first(x, k, dim, largest)


def median(x: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The lower of the two in the middle; NaN when there is one, as PyTorch has it."""
    if x.dim() == 0 or not _quadratic(x, dim) or x.is_floating_point():
        # A float may be NaN, whose median is NaN: a sort puts it last instead.
        return cast(tuple[Tensor, Tensor], NotImplemented)
    values, indices = sort(x, dim)
    middle = (x.shape[dim] - 1) // 2
    kept = [aten.slice.Tensor(t, dim, middle, middle + 1) for t in (values, indices)]
    one, other = kept if keepdim else [t.squeeze(dim) for t in kept]
    return one, other


def cumprod(x: Tensor, dim: int, *, dtype: torch.dtype | None = None) -> Tensor:
    """Prefix product by log2(size) shifted multiplications."""
    if dtype is None:
        dtype = x.dtype if x.is_floating_point() else torch.int64
    x = x.to(dtype)
    if x.dim() == 0:
        return x.clone()
    dim %= x.dim()
    size = x.shape[dim]
    if not isinstance(size, int):
        return _KEEP
    shift = 1
    while shift < size:
        earlier = aten.slice.Tensor(x, dim, 0, size - shift)
        pad = [0, 0] * (x.dim() - 1 - dim) + [shift, 0]
        x = x * aten.constant_pad_nd.default(earlier, pad, 1)
        shift *= 2
    return x.clone() if shift == 1 else x


def scatter_add(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """For each place of the result a masked sum over the sources that name it."""
    if x.dim() == 0 or not _quadratic(x, dim) or not _quadratic(index, dim):
        return _KEEP
    dim %= x.dim()
    if any(not isinstance(size, int) for size in (*x.shape, *index.shape)):
        return _KEEP
    for other, (size, indexed) in enumerate(zip(x.shape, index.shape, strict=True)):
        if other != dim and size != indexed:
            return _KEEP
        if source.shape[other] != indexed:
            source = aten.slice.Tensor(source, other, 0, indexed)
    place = torch.arange(x.shape[dim], device=x.device)
    place = place.view([-1] + [1] * (x.dim() - dim))
    hit = index.unsqueeze(dim) == place
    terms = torch.where(hit, source.unsqueeze(dim), torch.zeros((), dtype=source.dtype))
    return x + aten.sum.dim_IntList(terms, [dim + 1], dtype=x.dtype)  # type: ignore[no-any-return]


def scatter(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """For each place of the result the last source that names it, if one does."""
    if x.dim() == 0 or not _quadratic(x, dim) or not _quadratic(index, dim):
        return _KEEP
    dim %= x.dim()
    if x.shape[:dim] + x.shape[dim + 1 :] != index.shape[:dim] + index.shape[dim + 1 :]:
        return _KEEP
    if source.shape != index.shape or 0 in index.shape:
        return _KEEP
    place = torch.arange(x.shape[dim], device=x.device).view([-1] + [1] * (x.dim() - dim))
    number = torch.arange(index.shape[dim], device=x.device).view([-1] + [1] * (x.dim() - dim - 1))
    hit = torch.where(index.unsqueeze(dim) == place, number, -torch.ones((), dtype=torch.int64))
    last = aten.amax.default(hit, [dim + 1])
    found = aten.gather.default(source, dim, torch.where(last >= 0, last, 0))
    return torch.where(last >= 0, found, x)


def scatter_value(x: Tensor, dim: int, index: Tensor, value: int | float) -> Tensor:
    """See :func:`scatter`."""
    if any(not isinstance(size, int) for size in index.shape):
        return _KEEP
    return scatter(x, dim, index, torch.full(index.shape, value, dtype=x.dtype))


def index_add(
    x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: int | float = 1
) -> Tensor:
    """See :func:`scatter_add`."""
    if x.dim() == 0 or index.dim() != 1:
        return _KEEP
    dim %= x.dim()
    wide = index.view([1] * dim + [-1] + [1] * (x.dim() - dim - 1)).expand(source.shape)
    return scatter_add(x, dim, wide, source if alpha == 1 else source * alpha)


def cdist(left: Tensor, right: Tensor, p: float, compute_mode: int | None) -> Tensor:
    """Distances of all pairs of rows, from their differences."""
    difference = left.unsqueeze(-2) - right.unsqueeze(-3)
    return torch.linalg.vector_norm(difference, p, -1)  # type: ignore[no-any-return]


RULES: dict[Any, Any] = {
    aten.sort.default: sort,
    aten.sort.stable: stable_sort,
    aten.topk.default: topk,
    aten.median.dim: median,
    aten.cumprod.default: cumprod,
    aten.scatter_add.default: scatter_add,
    aten.scatter.src: scatter,
    aten.scatter.value: scatter_value,
    aten.index_add.default: index_add,
    aten._cdist_forward.default: cdist,
}
