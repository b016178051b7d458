# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scatters and counts: linalg has no form for writes at computed places.

Each place of the result combines the sources that name it, a formula that costs the product of both
counts. The compiler knows it (tw-raise-scatter) and takes one step for each source instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.fx.experimental.symbolic_shapes import statically_known_true

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)


def _within(
    x: Tensor, dim: int, index: Tensor, source: Tensor, write: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """``write(x, source)`` on the parts of both that ``index`` covers; the rest of ``x`` stays."""
    for other, covered in enumerate(index.shape):
        if not statically_known_true(source.shape[other] == covered):
            source = aten.slice.Tensor(source, other, 0, covered)

    def write_from(first: int, x: Tensor) -> Tensor:
        for other in range(first, index.dim()):
            covered = index.shape[other]
            if other != dim and not statically_known_true(x.shape[other] == covered):
                part = write_from(other + 1, aten.slice.Tensor(x, other, 0, covered))
                return cast(Tensor, aten.slice_scatter.default(x, part, other, 0, covered))
        return write(x, source)

    return write_from(0, x)


def _is_written(size: int, dim: int, index: Tensor) -> Tensor:
    """Whether, for each of ``size`` places and then each number of a source, one names the other.

    That number is a dimension of its own, behind that of the places.
    """
    place = torch.arange(size, device=index.device).view([-1] + [1] * (index.dim() - dim))
    return index.unsqueeze(dim) == place


def _last_written(size: int, dim: int, index: Tensor) -> Tensor:
    """For each of ``size`` places along ``dim`` the number of the last that names it, or -1."""
    number = torch.arange(index.shape[dim], device=index.device)
    number = number.view([-1] + [1] * (index.dim() - dim - 1))
    nothing = -torch.ones((), dtype=torch.int64)
    named = torch.where(_is_written(size, dim, index), number, nothing)
    return cast(Tensor, aten.amax.default(named, [dim + 1]))


def scatter_add(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """For each place of the result the sum of the sources that name it."""
    return scatter_reduce(x, dim, index, source, "sum")


def scatter_reduce(
    x: Tensor,
    dim: int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
) -> Tensor:
    """For each place of the result the sum, product, mean or an extreme of what names it."""
    if x.dim() == 0 or (reduce == "mean" and not x.is_floating_point()):
        return _KEEP
    if x.dtype is torch.bool:
        # A sum of booleans is whether any holds, a product whether all do.
        wide, written = x.to(torch.int32), source.to(torch.int32)
        return scatter_reduce(wide, dim, index, written, reduce, include_self=include_self) != 0
    dim %= x.dim()

    def write(x: Tensor, source: Tensor) -> Tensor:
        def combine(reduction: str, index: Tensor, source: Tensor) -> Tensor:
            nothing = torch.full((), _neutral(reduction, source.dtype), dtype=source.dtype)
            terms = torch.where(_is_written(x.shape[dim], dim, index), source, nothing)
            return _reduce(reduction, terms, dim + 1)

        found = combine("sum" if reduce == "mean" else reduce, index, source.unsqueeze(dim))
        if include_self:
            found = _combine(reduce, x, found)
        if include_self and reduce != "mean":
            return found
        count = combine("sum", _unexpanded(index, dim), torch.ones((), dtype=torch.int64))
        if reduce == "mean":
            number = count + 1 if include_self else aten.clamp.default(count, 1)
            found = found / number.to(x.dtype)
        return found if include_self else torch.where(count > 0, found, x)

    return _within(x, dim, index, source, write)


def _unexpanded(index: Tensor, dim: int) -> Tensor:
    """``index`` without the copies along which it was expanded: rows share one."""
    for other, stride in enumerate(index.stride()):
        if other != dim and stride == 0:
            index = aten.slice.Tensor(index, other, 0, 1)
    return index


def _neutral(reduction: str, dtype: torch.dtype) -> int | float:
    """What changes nothing where it takes part."""
    if reduction in ("sum", "prod"):
        return int(reduction == "prod")
    limits = None if dtype.is_floating_point else torch.iinfo(dtype)
    if reduction == "amax":
        return -math.inf if limits is None else limits.min
    return math.inf if limits is None else limits.max


def _reduce(reduction: str, x: Tensor, dim: int) -> Tensor:
    if reduction == "sum":
        return cast(Tensor, aten.sum.dim_IntList(x, [dim], dtype=x.dtype))
    if reduction == "prod":
        return cast(Tensor, aten.prod.dim_int(x, dim, dtype=x.dtype))
    return cast(Tensor, (aten.amax if reduction == "amax" else aten.amin).default(x, [dim]))


def _combine(reduction: str, left: Tensor, right: Tensor) -> Tensor:
    if reduction in ("sum", "mean"):
        return left + right
    if reduction == "prod":
        return left * right
    return (torch.maximum if reduction == "amax" else torch.minimum)(left, right)


def scatter(x: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """For each place of the result the last source that names it, if one does."""
    if x.dim() == 0:
        return _KEEP
    if 0 in index.shape:
        return x.clone()
    dim %= x.dim()

    def write(x: Tensor, source: Tensor) -> Tensor:
        last = _last_written(x.shape[dim], dim, index)
        found = aten.gather.default(source, dim, aten.clamp.default(last, 0))
        return torch.where(last >= 0, found, x)

    return _within(x, dim, index, source, write)


def scatter_value(x: Tensor, dim: int, index: Tensor, value: int | float) -> Tensor:
    """See :func:`scatter`."""
    return scatter(x, dim, index, torch.full(index.shape, value, dtype=x.dtype))


def index_add(
    x: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: int | float = 1
) -> Tensor:
    """See :func:`scatter_add`."""
    return index_reduce(x, dim, index, source if alpha == 1 else source * alpha, "sum")


def index_reduce(
    x: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """See :func:`scatter_reduce`."""
    if x.dim() == 0 or index.dim() != 1:
        return _KEEP
    dim %= x.dim()
    wide = index.view([1] * dim + [-1] + [1] * (x.dim() - dim - 1)).expand(source.shape)
    return scatter_reduce(x, dim, wide, source, reduce, include_self=include_self)


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
    if accumulate:
        return index_reduce(x, dim, index, source, "sum")
    last = _last_written(size, 0, index)
    found = aten.index_select.default(source, dim, aten.clamp.default(last, 0))
    around = [size if d == dim else 1 for d in range(x.dim())]
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
    if min >= max or not x.is_floating_point():
        return _KEEP
    flat = x.reshape(-1)
    part = torch.floor((flat - min) * bins / (max - min))
    part = torch.where(flat == max, bins - 1, part).to(torch.int64)
    inside = (flat >= min) & (flat <= max)
    # What is outside names no place.
    part = torch.where(inside, part, -1)
    none, one = torch.zeros(bins, dtype=x.dtype), torch.ones((), dtype=x.dtype)
    return scatter_add(none, 0, part, one.expand(flat.shape))


RULES: dict[Any, Any] = {
    aten.scatter_add.default: scatter_add,
    aten.scatter.src: scatter,
    aten.scatter.value: scatter_value,
    aten.scatter_reduce.two: scatter_reduce,
    aten.index_add.default: index_add,
    aten.index_reduce.default: index_reduce,
    aten.index_put.default: index_put,
    aten.index_copy.default: index_copy,
    aten.masked_scatter.default: masked_scatter,
    aten.histc.default: histc,
}
