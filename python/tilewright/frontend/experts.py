# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Grouped matrix products: each run of rows has a matrix of its own, as in mixtures of experts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)


def grouped_mm(
    x: Tensor,
    weights: Tensor,
    offs: Tensor | None = None,
    bias: Tensor | None = None,
    out_dtype: torch.dtype | None = None,
) -> Tensor:
    """Rows up to ``offs[0]`` by the first matrix, from there to ``offs[1]`` by the second, ...

    Which rows those are is known when the model runs. So either each row fetches its matrix, as
    long as there are no more rows than matrices, or all rows are multiplied by each matrix, which
    is wasteful, and one product is picked.
    """
    if x.dim() != 2 or weights.dim() != 3 or offs is None or bias is not None:
        return _KEEP
    rows, count = x.shape[0], weights.shape[0]
    if not isinstance(count, int):
        return _KEEP
    place = torch.arange(rows, device=x.device)
    if isinstance(rows, int) and rows <= count:
        before = aten.sum.dim_IntList((offs <= place.unsqueeze(1)).to(torch.int64), [1])
        chosen = aten.index_select.default(weights, 0, aten.clamp.default(before, 0, count - 1))
        result = aten.bmm.default(x.unsqueeze(1), chosen).squeeze(1)
        # Rows that belong to no matrix are 0.
        result = torch.where((before < count).unsqueeze(1), result, 0)
    else:
        # In eager, rows that belong to no matrix are not written at all.
        result = torch.zeros((rows, weights.shape[2]), dtype=x.dtype)
        for index in range(count - 1, -1, -1):
            mine = (place < offs[index]).unsqueeze(1)
            result = torch.where(mine, aten.mm.default(x, weights[index]), result)
    return result if out_dtype is None else result.to(out_dtype)


def rules() -> dict[Any, Callable[..., Any]]:
    """The rules for PyTorch's operation and, where it is imported, that of transformers."""
    found: dict[Any, Callable[..., Any]] = {}
    for namespace, name in (("aten", "_grouped_mm"), ("transformers", "grouped_mm_fallback")):
        packet = getattr(getattr(torch.ops, namespace), name, None)
        if packet is not None:
            found[packet.default] = grouped_mm
    return found
