# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Poolings and convolutions in the forms that torch-mlir lacks."""

from __future__ import annotations

import itertools
import math
from typing import Any, cast

import torch
from torch import Tensor
from torch._decomp import get_decompositions

from tilewright.frontend.transposed import transposed_convolution

aten = torch.ops.aten

_fixed_adaptive_avg_pool2d = get_decompositions([aten._adaptive_avg_pool2d])[
    aten._adaptive_avg_pool2d.default
]
_KEEP = cast(Tensor, NotImplemented)
_KEEP_PAIR = cast(tuple[Tensor, Tensor], NotImplemented)
# Of an adaptive pooling: each cell of the result is an expression of its own.
_MOST_CELLS = 256


def _batched(operation: Any, rank: int) -> Any:
    """A rule that gives an image without a batch one: torch-mlir knows batches only."""

    def rule(x: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        if x.dim() != rank + 1:
            return _KEEP_PAIR
        values, indices = operation(x.unsqueeze(0), *args, **kwargs)
        return values.squeeze(0), indices.squeeze(0)

    return rule


def adaptive_avg_pool2d(x: Tensor, output_size: list[int]) -> Tensor:
    """Sums by products with masks where a size varies: PyTorch's own form is for the example's."""
    if all(isinstance(size, int) for size in (*x.shape[-2:], *output_size)):
        return _fixed_adaptive_avg_pool2d(x, output_size)  # type: ignore[no-any-return]
    counts: list[Tensor] = []
    for cells in output_size[::-1]:
        size = x.shape[-1]
        cell, place = torch.arange(cells).unsqueeze(1), torch.arange(size)
        start, end = cell * size // cells, ((cell + 1) * size + cells - 1) // cells
        mask = ((place >= start) & (place < end)).to(x.dtype)
        counts.append(aten.sum.dim_IntList(mask, [1]))
        x = torch.matmul(x, mask.t()).transpose(-1, -2)
    return (x / (counts[0] * counts[1].unsqueeze(1))).contiguous()


def adaptive_max_pool2d(x: Tensor, output_size: list[int]) -> tuple[Tensor, Tensor]:
    """Windows of different sizes, one by one; torch-mlir takes equal ones only, and says so when
    the model runs."""
    height, width = x.shape[-2:]
    if not isinstance(height, int) or not isinstance(width, int):
        return _KEEP_PAIR
    rows, columns = output_size
    if rows * columns > _MOST_CELLS or 0 in (rows, columns):
        return _KEEP_PAIR
    values, indices = [], []
    for row, column in itertools.product(range(rows), range(columns)):
        top, bottom = row * height // rows, -(-(row + 1) * height // rows)
        left, right = column * width // columns, -(-(column + 1) * width // columns)
        window = aten.slice.Tensor(aten.slice.Tensor(x, -2, top, bottom), -1, left, right)
        flat = window.reshape([*x.shape[:-2], (bottom - top) * (right - left)])
        value, place = aten.max.dim(flat, flat.dim() - 1)
        across = right - left
        found = (place // across + top) * width + place % across + left
        values.append(value)
        indices.append(found)
    shape = [*x.shape[:-2], rows, columns]
    one, other = [torch.stack(cells, -1).view(shape) for cells in (values, indices)]
    return one, other


def convolution(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,
    output_padding: list[int],
    groups: int,
) -> Tensor:
    """A depthwise convolution of volumes as a sum over its taps, a transposed one by its phases."""
    if transposed:
        return transposed_convolution(
            x, weight, bias, stride, padding, output_padding, dilation, groups
        )
    if x.dim() != 5 or groups == 1 or weight.shape[1] != 1:
        return _KEEP
    if any(not isinstance(size, int) for size in x.shape[1:]):
        return _KEEP
    if groups != weight.shape[0]:
        x = x.repeat_interleave(weight.shape[0] // groups, 1)
    pads = [pad for size in reversed(padding) for pad in (size, size)]
    padded = aten.constant_pad_nd.default(x, pads, 0) if any(pads) else x
    kernel = list(weight.shape[2:])
    total: Tensor | None = None
    for taps in itertools.product(*(range(size) for size in kernel)):
        view = padded
        for dim, tap in enumerate(taps):
            reach = dilation[dim] * (kernel[dim] - 1)
            places = math.ceil((padded.shape[dim + 2] - reach) / stride[dim])
            start = tap * dilation[dim]
            end = start + (places - 1) * stride[dim] + 1
            view = aten.slice.Tensor(view, dim + 2, start, end, stride[dim])
        term = view * weight[:, 0, taps[0], taps[1], taps[2]].view([1, -1, 1, 1, 1])
        total = term if total is None else total + term
    assert total is not None
    return total if bias is None else total + bias.view([1, -1, 1, 1, 1])


def constant_pad_nd(x: Tensor, pad: list[int], value: int | float = 0) -> Tensor:
    """Negative pads as slices: torch-mlir writes at negative places."""
    if not any(isinstance(width, int) and width < 0 for width in pad):
        return _KEEP
    for index, width in enumerate(pad):
        if not isinstance(width, int):
            return _KEEP
        dim = x.dim() - 1 - index // 2
        if width < 0:
            start, end = (-width, x.shape[dim]) if index % 2 == 0 else (0, x.shape[dim] + width)
            x = aten.slice.Tensor(x, dim, start, end)
    return aten.constant_pad_nd.default(x, [max(width, 0) for width in pad], value)  # type: ignore[no-any-return]


def roll(x: Tensor, shifts: list[int], dims: list[int] | None = None) -> Tensor:
    """Without the dimensions that stay: torch-mlir would cut an empty piece off beyond the end."""
    if not dims:
        return aten.roll.default(x.reshape(-1), shifts, [0]).view(x.shape)  # type: ignore[no-any-return]
    moved = [
        (shift, dim)
        for shift, dim in zip(shifts, dims, strict=True)
        if shift != 0 and not (isinstance(x.shape[dim], int) and shift % x.shape[dim] == 0)
    ]
    if len(moved) == len(dims):
        return _KEEP
    if not moved:
        return x.clone()
    return aten.roll.default(x, [s for s, _ in moved], [d for _, d in moved])  # type: ignore[no-any-return]


RULES: dict[Any, Any] = {
    aten.max_pool2d_with_indices.default: _batched(aten.max_pool2d_with_indices.default, 2),
    aten.max_pool3d_with_indices.default: _batched(aten.max_pool3d_with_indices.default, 3),
    aten._adaptive_avg_pool2d.default: adaptive_avg_pool2d,
    aten.adaptive_max_pool2d.default: adaptive_max_pool2d,
    aten.convolution.default: convolution,
    aten.constant_pad_nd.default: constant_pad_nd,
    aten.roll.default: roll,
}
