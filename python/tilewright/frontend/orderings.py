# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sorting and what follows from it without loops: linalg has no form for it.

The rank of an element is how many go before it, a formula that compares all pairs along one
dimension. The compiler knows it (tw-raise-argsort) and sorts where there are many.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

from tilewright.frontend.bounds import largest
from tilewright.frontend.extremes import can_search, search_greatest

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)
_KEEP_PAIR = cast(tuple[Tensor, Tensor], NotImplemented)
# Boundaries that are compared with each value; more are searched by halves.
_MOST_COMPARED = 16
# Steps of a search among boundaries without a bound on their number.
_MOST_STEPS = 40


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
    return _ordered(x, 0, x.shape[dim], dim, descending)


def _ordered(x: Tensor, start: int, stop: int, dim: int, descending: bool) -> tuple[Tensor, Tensor]:
    """Values and indices of the places from ``start`` to ``stop`` of sorted order."""
    rows = x.transpose(dim, -1)
    rank = _ranks(rows, descending).unsqueeze(-2)
    wanted = torch.arange(stop, device=x.device).unsqueeze(-1)
    place = torch.arange(rows.shape[-1], device=x.device)
    found = torch.where(rank == wanted, place, torch.zeros((), dtype=torch.int64))
    indices = aten.sum.dim_IntList(found, [-1])
    # Sliced before values are looked up, so that no others need to be in order.
    if not (isinstance(start, int) and start == 0):
        indices = aten.slice.Tensor(indices, -1, start, stop)
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
    """The first of :func:`sort`; a few are searched for one by one."""
    if x.dim() == 0:
        return x.clone(), torch.zeros((), dtype=torch.int64)
    if can_search(x, k, dim, largest):
        return search_greatest(x, k, dim)
    return _ordered(x, 0, k, dim, largest)


def _kept(x: Tensor, dim: int, place: int, keepdim: bool) -> tuple[Tensor, Tensor]:
    """One place of sorted order along a dimension."""
    pair = _ordered(x, place, place + 1, dim, descending=False)
    if keepdim:
        return pair
    return pair[0].squeeze(dim), pair[1].squeeze(dim)


def kthvalue(x: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The one at ``k - 1`` in sorted order, NaN being the greatest."""
    if x.dim() == 0:
        return _KEEP_PAIR
    return _kept(x, dim, k - 1, keepdim)


def median(x: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The lower of the two in the middle; the first NaN when there is one."""
    if x.dim() == 0:
        return _KEEP_PAIR
    value, index = _kept(x, dim, (x.shape[dim] - 1) // 2, keepdim)
    if not x.is_floating_point():
        return value, index
    nan = x != x
    has_nan = aten.any.dim(nan, dim, keepdim)
    first = aten.argmax.default(nan.to(torch.int64), dim, keepdim)
    return torch.where(has_nan, math.nan, value), torch.where(has_nan, first, index)


def median_of_all(x: Tensor) -> Tensor:
    """See :func:`median`."""
    return median(x.reshape(-1), 0)[0]


def nanmedian(x: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The lower of the two in the middle of those that are not NaN."""
    if x.dim() == 0 or not x.is_floating_point():
        return _KEEP_PAIR
    # Not `x == x`, which torch-mlir takes for true.
    count = aten.sum.dim_IntList((~(x != x)).to(torch.int64), [dim], True)
    # None but NaN: any will do.
    middle = aten.clamp.default((count - 1) // 2, 0)
    pair = [aten.gather.default(t, dim, middle) for t in sort(x, dim)]
    one, other = pair if keepdim else [t.squeeze(dim) for t in pair]
    return one, other


def searchsorted(
    boundaries: Tensor,
    x: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Where each value would be inserted: how many boundaries go before it."""
    if sorter is not None:
        return _KEEP
    right = right or side == "right"
    if largest(boundaries.shape[-1]) > _MOST_COMPARED:
        count = _search(boundaries, x, right)
    else:
        one = x.unsqueeze(-1)
        other = boundaries.unsqueeze(-2) if boundaries.dim() > 1 else boundaries
        goes_before = _goes_before(other, one, right)
        count = aten.sum.dim_IntList(goes_before.to(torch.int64), [-1])
    return count.to(torch.int32 if out_int32 else torch.int64)


def _goes_before(boundary: Tensor, x: Tensor, right: bool) -> Tensor:
    # Nothing goes after NaN.
    return ~((boundary > x) if right else (boundary >= x))


def _search(boundaries: Tensor, x: Tensor, right: bool) -> Tensor:
    """How many go before, from its highest bit to its lowest."""
    size = boundaries.shape[-1]
    most = largest(size)
    steps = _MOST_STEPS if most == math.inf else int(most).bit_length()
    count = torch.zeros(x.shape, dtype=torch.int64)
    for step in reversed(range(steps)):
        more = count + (1 << step)
        place = aten.clamp.default(more, None, size) - 1
        if boundaries.dim() > 1:
            boundary = aten.gather.default(boundaries, -1, place)
        else:
            boundary = aten.index_select.default(boundaries, 0, place.reshape(-1)).view(x.shape)
        count = torch.where((more <= size) & _goes_before(boundary, x, right), more, count)
    return count


def bucketize(
    x: Tensor, boundaries: Tensor, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """See :func:`searchsorted`."""
    return searchsorted(boundaries, x, out_int32=out_int32, right=right)


def cdist(left: Tensor, right: Tensor, p: float, compute_mode: int | None) -> Tensor:
    """Distances of all pairs of rows, from their differences."""
    difference = left.unsqueeze(-2) - right.unsqueeze(-3)
    return torch.linalg.vector_norm(difference, p, -1)  # type: ignore[no-any-return]


RULES: dict[Any, Any] = {
    aten.sort.default: sort,
    aten.sort.stable: stable_sort,
    aten.topk.default: topk,
    aten.kthvalue.default: kthvalue,
    aten.median.dim: median,
    aten.median.default: median_of_all,
    aten.nanmedian.dim: nanmedian,
    aten.searchsorted.Tensor: searchsorted,
    aten.bucketize.Tensor: bucketize,
    aten._cdist_forward.default: cdist,
}
