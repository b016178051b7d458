# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scatters and counts without their loops: linalg has no form for writes at computed places.

Each place of the result looks for the sources that name it, which costs the product of both counts
and runs in parallel. Dimensions that may have more than 4096 places are left, and reported as
unsupported.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

from tilewright.frontend.bounds import largest

aten = torch.ops.aten

_LARGEST = 4096
_KEEP = cast(Tensor, NotImplemented)


def _quadratic(x: Tensor, dim: int) -> bool:
    """Whether the places along a dimension may be compared with all others."""
    return x.dim() == 0 or largest(x.shape[dim]) <= _LARGEST


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


def _put_row(x: Tensor, dim: int, place: Tensor, row: Tensor) -> Tensor:
    """Write ``row``, of size 1 along ``dim``, at one place.

    The compiler inserts it (tw-raise-row-writes) and leaves the rest of ``x`` alone.
    """
    size = x.shape[dim]
    # A look-up, which asserts that the place is inside as PyTorch does. It gives -1 for the first
    # entry, which is what a failed look-up reads: then nothing is written.
    table = torch.arange(-1, size, device=x.device)
    place = torch.where(place < -size, -1, torch.where(place < 0, place + size + 1, place + 1))
    place = aten.gather.default(table, 0, place.reshape([1]))
    around = [size if d == dim else 1 for d in range(x.dim())]
    position = torch.arange(size, device=x.device).view(around)
    return torch.where(position == place.view([1] * x.dim()), row, x)


def _put_rows(x: Tensor, dim: int, index: Tensor, source: Tensor, accumulate: bool) -> Tensor:
    """Write slices ``source`` of ``x`` at the places of a vector ``index``; the last one wins."""
    size = x.shape[dim]
    if index.shape[0] == 1 and isinstance(size, int) and not accumulate:
        return _put_row(x, dim, index, source)
    index = torch.where(index < 0, index + size, index)
    place = torch.arange(size, device=x.device).unsqueeze(-1)
    hit = index.unsqueeze(0) == place
    around = [size if d == dim else 1 for d in range(x.dim())]
    if accumulate:
        wide = hit.view([size, index.shape[0]] + [1] * (x.dim() - 1 - dim))
        terms = torch.where(wide, source.unsqueeze(dim), torch.zeros((), dtype=source.dtype))
        return x + aten.sum.dim_IntList(terms, [dim + 1], dtype=x.dtype)  # type: ignore[no-any-return]
    number = torch.arange(index.shape[0], device=x.device)
    last = aten.amax.default(torch.where(hit, number, -torch.ones((), dtype=torch.int64)), [1])
    found = aten.index_select.default(source, dim, aten.clamp.default(last, 0))
    return torch.where((last >= 0).view(around), found, x)


def index_put(
    x: Tensor, indices: list[Tensor | None], values: Tensor, accumulate: bool = False
) -> Tensor:
    """Writes at consecutive dimensions: of a mask as a select, of places as of one flat index."""
    given = [dim for dim, index in enumerate(indices) if index is not None]
    first, last = given[0], given[-1]
    chosen = [index for index in indices if index is not None]
    if len(given) != last - first + 1:
        return _KEEP
    if chosen[0].dtype is torch.bool:
        if len(given) > 1 or values.numel() != 1 or accumulate:
            return _KEEP
        mask = chosen[0].view([*chosen[0].shape] + [1] * (x.dim() - first - chosen[0].dim()))
        return torch.where(mask, values.view([]), x)
    places = torch.broadcast_tensors(*chosen)  # type: ignore[no-untyped-call]
    count = math.prod(x.shape[first : last + 1])
    is_one = places[0].numel() == 1 and not accumulate
    if not is_one and max(largest(count), largest(places[0].numel())) > _LARGEST:
        return _KEEP
    if places[0].numel() == 0:
        return x.clone()
    before, after = list(x.shape[:first]), list(x.shape[last + 1 :])
    if is_one and len(given) == 1:
        row = values.expand([*before, *places[0].shape, *after]).reshape([*before, 1, *after])
        return _put_rows(x, first, places[0].reshape(-1), row, accumulate)
    flat = torch.zeros((), dtype=torch.int64)
    for dim, place in zip(given, places, strict=True):
        flat = flat * x.shape[dim] + torch.where(place < 0, place + x.shape[dim], place)
    source = values.expand([*before, *places[0].shape, *after])
    source = source.reshape([*before, places[0].numel(), *after])
    rows = x.reshape([*before, count, *after])
    return _put_rows(rows, first, flat.reshape(-1), source, accumulate).reshape(x.shape)


def index_copy(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """See :func:`index_put`."""
    if x.dim() == 0 or index.dim() != 1:
        return _KEEP
    return index_put(x, [None] * (dim % x.dim()) + [index], source)


def masked_scatter(x: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The next value of ``source`` wherever the mask holds: a look-up by how often it has."""
    mask = mask.expand(x.shape)
    number = aten.cumsum.default(mask.reshape(-1).to(torch.int64), 0) - 1
    number = aten.clamp.default(number, 0, source.numel() - 1)
    found = aten.index_select.default(source.reshape(-1), 0, number)
    return torch.where(mask, found.view(x.shape), x)


def histc(x: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many values fall into each of ``bins`` equal parts from ``min`` to ``max``."""
    if min >= max or not x.is_floating_point() or bins > _LARGEST:
        return _KEEP
    flat = x.reshape(-1)
    part = torch.floor((flat - min) * bins / (max - min))
    part = torch.where(flat == max, bins - 1, part).to(torch.int64)
    inside = (flat >= min) & (flat <= max)
    hit = (part.unsqueeze(0) == torch.arange(bins).unsqueeze(1)) & inside
    return aten.sum.dim_IntList(hit.to(x.dtype), [1])  # type: ignore[no-any-return]


RULES: dict[Any, Any] = {
    aten.scatter_add.default: scatter_add,
    aten.scatter.src: scatter,
    aten.scatter.value: scatter_value,
    aten.index_add.default: index_add,
    aten.index_put.default: index_put,
    aten.index_copy.default: index_copy,
    aten.masked_scatter.default: masked_scatter,
    aten.histc.default: histc,
}
