# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Padding by what is at the border: PyTorch looks each element up, most of which stay in order."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def _reflected(x: Tensor, dim: int, left: int, right: int) -> list[Tensor]:
    """Beyond each end what is in front of it, backwards, without the end itself."""
    size = x.shape[dim]
    before = aten.slice.Tensor(x, dim, 1, left + 1)
    after = aten.slice.Tensor(x, dim, size - right - 1, size - 1)
    return [aten.flip.default(before, [dim]), x, aten.flip.default(after, [dim])]


def _replicated(x: Tensor, dim: int, left: int, right: int) -> list[Tensor]:
    """Beyond each end its own value."""
    size = x.shape[dim]

    def repeat(place: int, count: int) -> Tensor:
        end: Tensor = aten.slice.Tensor(x, dim, place, place + 1)
        return end.expand([count if d == dim else s for d, s in enumerate(x.shape)])

    return [repeat(0, left), x, repeat(size - 1, right)]


def _pad(x: Tensor, padding: list[int], extend: Any) -> Tensor:
    """Pairs of ``padding`` belong to dimensions, the last one first; negative ones cut.

    From the first dimension to the last: each piece is then read from ``x`` and is written to its
    place in the result. In the other order the first dimensions would be padded with what has just
    been padded along the last, and bufferization would copy that.
    """
    if not padding:
        return x
    dim = x.dim() - len(padding) // 2
    left, right = padding[-2:]
    before, middle, after = extend(x, dim, max(left, 0), max(right, 0))
    pieces = [before] * (left > 0) + [middle] + [after] * (right > 0)
    pieces = [_pad(piece, padding[:-2], extend) for piece in pieces]
    result = torch.cat(pieces, dim) if len(pieces) > 1 else pieces[0]
    if left < 0 or right < 0:
        result = aten.slice.Tensor(result, dim, max(-left, 0), result.shape[dim] - max(-right, 0))
    return result


def reflection_pad(x: Tensor, padding: list[int]) -> Tensor:
    """``torch.nn.functional.pad(mode="reflect")``, for any number of dimensions."""
    return _pad(x, padding, _reflected) if any(padding) else x.clone()


def replication_pad(x: Tensor, padding: list[int]) -> Tensor:
    """``torch.nn.functional.pad(mode="replicate")``, for any number of dimensions."""
    return _pad(x, padding, _replicated) if any(padding) else x.clone()


RULES: dict[Any, Any] = {
    aten.reflection_pad1d.default: reflection_pad,
    aten.reflection_pad2d.default: reflection_pad,
    aten.reflection_pad3d.default: reflection_pad,
    aten.replication_pad1d.default: replication_pad,
    aten.replication_pad2d.default: replication_pad,
    aten.replication_pad3d.default: replication_pad,
}
