# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums, means and maxima over bags of looked-up rows, as of ``torch.nn.EmbeddingBag``."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch.fx.experimental.proxy_tensor import get_proxy_mode, get_proxy_slot
from torch.fx.experimental.symbolic_shapes import statically_known_true

from tilewright.frontend.orderings import searchsorted
from tilewright.frontend.scatters import index_reduce

aten = torch.ops.aten

_KEEP = cast(tuple[Tensor, ...], NotImplemented)
_SUM, _MEAN = 0, 1
_REDUCTIONS = ("sum", "mean", "amax")


def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = _SUM,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int = -1,
) -> tuple[Tensor, ...]:
    """A reduction over the rows of each bag; of bags of any sizes a scatter of the rows to them.

    Of the four results only the first is one of the forward pass; the others are empty.
    """
    size = _size_of_all(offsets, indices)
    if size is not None and not include_last_offset:
        result = _equal_bags(weight, indices, size, mode, per_sample_weights, padding_idx)
        return result, *_unused()
    count = indices.shape[0]
    if statically_known_true(count == 0):
        return _KEEP
    first = offsets[:-1] if include_last_offset else offsets
    place = torch.arange(count, dtype=offsets.dtype)
    # -1 is no bag, and what is written there is left out.
    bag = searchsorted(first, place, right=True) - 1
    if include_last_offset:
        bag = torch.where(place < offsets[-1], bag, -1)
    if padding_idx >= 0:
        bag = torch.where(indices != padding_idx, bag, -1)
    rows = aten.embedding.default(weight, indices)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(1)
    empty = torch.zeros((first.shape[0], rows.shape[1]), dtype=rows.dtype)
    result = index_reduce(empty, 0, bag, rows, _REDUCTIONS[mode], include_self=mode == _SUM)
    return result, *_unused()


def _unused() -> tuple[Tensor, Tensor, Tensor]:
    empty = torch.empty((0,), dtype=torch.int64)
    return empty, empty, empty


def _size_of_all(offsets: Tensor, indices: Tensor) -> int | None:
    """How many rows each bag has, if the graph says that they are equally many.

    PyTorch counts in such steps for a matrix of indices, the usual input. A value says nothing of
    where it came from, so the node that is being traced is asked; without one nothing is known.
    """
    mode = get_proxy_mode()
    if mode is None:
        return None
    tracked = get_proxy_slot(offsets, mode.tracer, None)
    node = getattr(getattr(tracked, "proxy", None), "node", None)
    if node is None or node.target is not aten.arange.start_step:
        return None
    first, _, *step = node.args
    size = step[0] if step else 1
    if first != 0 or not isinstance(size, int) or size < 1:
        return None
    # The last bag takes all that is left, which may be more or less.
    is_all = offsets.shape[0] * size == indices.shape[0]
    return size if statically_known_true(is_all) else None


def _equal_bags(
    weight: Tensor,
    indices: Tensor,
    size: int,
    mode: int,
    per_sample_weights: Tensor | None,
    padding_idx: int,
) -> Tensor:
    """Rows in bags of ``size``: nothing is masked but the padding."""
    indices = indices.view(-1, size)
    rows = aten.embedding.default(weight, indices)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.view(-1, size, 1)
    if padding_idx >= 0:
        return _reduce(rows, (indices != padding_idx).unsqueeze(2), mode)
    if mode == _SUM:
        return cast(Tensor, aten.sum.dim_IntList(rows, [1]))
    if mode == _MEAN:
        return cast(Tensor, aten.sum.dim_IntList(rows, [1]) / size)
    return cast(Tensor, aten.amax.default(rows, [1]))


def _reduce(rows: Tensor, inside: Tensor, mode: int) -> Tensor:
    """Over the second dimension, where ``inside`` holds; zero for a bag of nothing."""
    zero = torch.zeros((), dtype=rows.dtype)
    if mode in (_SUM, _MEAN):
        total: Tensor = aten.sum.dim_IntList(torch.where(inside, rows, zero), [1])
        if mode == _SUM:
            return total
        number: Tensor = aten.sum.dim_IntList(inside.to(rows.dtype), [1])
        return total / aten.clamp.default(number, 1)  # type: ignore[no-any-return]
    lowest = torch.full((), -torch.inf, dtype=rows.dtype)
    largest = aten.amax.default(torch.where(inside, rows, lowest), [1])
    return torch.where(aten.any.dim(inside, 1), largest, zero)


RULES: dict[Any, Any] = {
    aten._embedding_bag_forward_only.default: embedding_bag,
    aten._embedding_bag.default: embedding_bag,
}
