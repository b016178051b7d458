# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Greatest and least elements with their places, in passes that vectorize.

torch-mlir keeps value and place together in one loop, element by element where the dimension is the
last, and does not see NaN. Here the extreme comes first, then the least place that has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, cast

import torch
from torch import Tensor

from tilewright.frontend.bounds import largest

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)
_KEEP_PAIR = cast(tuple[Tensor, Tensor], NotImplemented)
# Each of the first ones of `topk` is a search of its own, half a nanosecond an element. A selection
# (tw-narrow-argsort) takes as long as five and 4 us more, however many are asked for: 50 of 50257
# are 50 and 480 us. Short rows are sorted whole, which is more work, and some targets compare all
# pairs.
_SEARCHES_OF_SELECTION, _ELEMENTS_OF_SELECTION = 5, 8000
_LONG_ROW = 600
_MOST_SEARCHES = 64
_SORTS: ContextVar[bool] = ContextVar("_SORTS", default=True)
_INT32_PLACES = 1 << 31


def _places(x: Tensor, dim: int) -> Tensor:
    """0, 1, ... along ``dim``, broadcastable to ``x``; of 32 bits if these are enough."""
    is_short = largest(x.shape[dim]) < _INT32_PLACES
    places = torch.arange(
        x.shape[dim], dtype=torch.int32 if is_short else torch.int64, device=x.device
    )
    return places.view([-1] + [1] * (x.dim() - 1 - dim))


def _first_place(is_found: Tensor, dim: int) -> Tensor:
    """The least place along ``dim``, which is kept, where ``is_found`` holds."""
    places = _places(is_found, dim)
    none = torch.full((), torch.iinfo(places.dtype).max, dtype=places.dtype)
    return aten.amin.default(torch.where(is_found, places, none), [dim], True)  # type: ignore[no-any-return]


def _is_extreme(x: Tensor, extreme: Tensor) -> Tensor:
    """Where ``x`` is its extreme, which is NaN if any element is."""
    found = x == extreme
    return found | (x != x) if x.is_floating_point() else found


def _with_place(operation: Any) -> Callable[[Tensor, int, bool], tuple[Tensor, Tensor]]:
    def rule(x: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
        if x.dim() == 0 or x.dtype is torch.bool:
            return _KEEP_PAIR
        dim %= x.dim()
        extreme = operation(x, [dim], True)
        place = _first_place(_is_extreme(x, extreme), dim).to(torch.int64)
        return (extreme, place) if keepdim else (extreme.squeeze(dim), place.squeeze(dim))

    return rule


max_of_dim = _with_place(aten.amax.default)
min_of_dim = _with_place(aten.amin.default)


def _place_of(search: Any) -> Callable[[Tensor, int | None, bool], Tensor]:
    def rule(x: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        if x.dim() == 0:  # torch-mlir takes no scalar
            return torch.zeros((), dtype=torch.int64)
        if x.dtype is torch.bool:
            return _KEEP
        if dim is None:
            place: Tensor = search(x.reshape(-1), 0)[1]
            return place.view([1] * x.dim()) if keepdim else place
        return search(x, dim, keepdim)[1]  # type: ignore[no-any-return]

    return rule


argmax = _place_of(max_of_dim)
argmin = _place_of(min_of_dim)


@contextmanager
def targets_that_sort(sorts: bool) -> Iterator[None]:
    """Imports for targets that sort, or for those that do not."""
    token = _SORTS.set(sorts)
    try:
        yield
    finally:
        _SORTS.reset(token)


def _most_searches(size: int | torch.SymInt) -> int:
    """How many searches of a row of this size are less work than sorting it."""
    is_known = isinstance(size, int)
    if not _SORTS.get() or (is_known and size < _LONG_ROW):
        return _MOST_SEARCHES
    return _SEARCHES_OF_SELECTION + (_ELEMENTS_OF_SELECTION // size if is_known else 0)


def can_search(x: Tensor, count: int, dim: int, greatest: bool) -> bool:
    """Whether :func:`search_greatest` is right, and less work than sorting."""
    if not greatest or x.dtype is torch.bool or count == 0:
        return False
    size = x.shape[dim]
    return count <= _most_searches(size) and (not isinstance(size, int) or 4 * count <= size)


def search_greatest(x: Tensor, count: int, dim: int) -> tuple[Tensor, Tensor]:
    """The ``count`` greatest, the greatest first: each is the greatest that is not taken yet."""
    dim %= x.dim()
    places = _places(x, dim)
    lowest = -math.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    bottom = torch.full((), lowest, dtype=x.dtype)
    values: list[Tensor] = []
    indices: list[Tensor] = []
    left = x
    free: Tensor | None = None
    for _ in range(count):
        value = aten.amax.default(left, [dim], True)
        found = _is_extreme(left, value)
        # What is taken looks like the lowest number, which may be there, too.
        index = _first_place(found if free is None else found & free, dim)
        values.append(value)
        indices.append(index)
        others = places != index
        free = others if free is None else free & others
        left = torch.where(others, left, bottom)
    return torch.cat(values, dim), torch.cat(indices, dim).to(torch.int64)


RULES: dict[Any, Any] = {
    aten.max.dim: max_of_dim,
    aten.min.dim: min_of_dim,
    aten.argmax.default: argmax,
    aten.argmin.default: argmin,
}
