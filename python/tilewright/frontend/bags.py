# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums, means and maxima over bags of looked-up rows, as of ``torch.nn.EmbeddingBag``."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_LARGEST = 4096
_KEEP = cast(tuple[Tensor, ...], NotImplemented)
_SUM, _MEAN = 0, 1


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
    """For each bag a masked reduction over all rows that were looked up.

    That costs the product of both counts and runs in parallel; more than 4096 rows are left. Of
    the four results only the first is one of the forward pass; the others are empty.
    """
    count = indices.shape[0]
    if not isinstance(count, int) or count > _LARGEST or count == 0:
        return _KEEP
    first = offsets[:-1] if include_last_offset else offsets
    after = offsets[1:]
    if not include_last_offset:
        after = torch.cat([after, torch.full((1,), count, dtype=offsets.dtype)])
    place = torch.arange(count, dtype=offsets.dtype)
    inside = (place >= first.unsqueeze(1)) & (place < after.unsqueeze(1))
    if padding_idx >= 0:
        inside = inside & (indices != padding_idx)
    rows = aten.embedding.default(weight, indices)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(1)
    result = _reduce(rows.unsqueeze(0), inside.unsqueeze(2), mode)
    unused = torch.empty((0,), dtype=torch.int64)
    return result, unused, unused, unused


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
