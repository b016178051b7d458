# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Resizing with anti-aliasing; cutting windows out and putting them back."""

from __future__ import annotations

import itertools
from typing import Any, cast

import torch
from torch import Tensor
from torch._decomp.decompositions import _grid_sampler_2d

aten = torch.ops.aten

_KEEP = cast(Tensor, NotImplemented)
# Of a fold: each is an addition of the whole image.
_MOST_TAPS = 256


def _triangle(x: Tensor) -> Tensor:
    return aten.clamp.default(1 - x.abs(), 0)  # type: ignore[no-any-return]


def _cubic(x: Tensor) -> Tensor:
    """Keys' kernel with a = -0.5."""
    x = x.abs()
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return torch.where(x < 1, near, torch.where(x < 2, far, 0))


def _resampling(before: int, after: int, scale: float, reach: float, kernel: Any) -> Tensor:
    """The weight of each old place in each new one, of shape (after, before).

    As in ``_compute_indices_min_size_weights_aa`` of PyTorch's ``UpSampleKernel.cpp``.
    """
    wide = max(scale, 1.0)
    centre = (torch.arange(after, dtype=torch.float64) + 0.5).unsqueeze(1) * scale
    place = torch.arange(before, dtype=torch.float64).unsqueeze(0)
    first = aten.clamp.default(torch.floor(centre - reach * wide + 0.5), 0)
    end = torch.floor(centre + reach * wide + 0.5)
    weights = kernel((place - centre + 0.5) / wide)
    weights = torch.where((place >= first) & (place < end), weights, 0.0)
    return weights / aten.sum.dim_IntList(weights, [1], True)  # type: ignore[no-any-return]


def _antialiased(reach: float, kernel: Any) -> Any:
    """A rule that resizes either dimension by a product with constant weights."""

    def rule(
        x: Tensor,
        output_size: list[int],
        align_corners: bool,
        scales_h: float | None = None,
        scales_w: float | None = None,
    ) -> Tensor:
        if not x.is_floating_point() or 0 in x.shape:
            return _KEEP
        for dim, after, factor in zip((2, 3), output_size, (scales_h, scales_w), strict=True):
            before = x.shape[dim]
            if not isinstance(before, int) or not isinstance(after, int):
                return _KEEP
            if align_corners:
                scale = (before - 1) / (after - 1) if after > 1 else 0.0
            else:
                scale = 1 / factor if factor is not None and factor > 0 else before / after
            weights = _resampling(before, after, scale, reach, kernel).to(x.dtype)
            rows = x if dim == 3 else x.transpose(2, 3)
            rows = torch.matmul(rows, weights.t())
            x = rows if dim == 3 else rows.transpose(2, 3)
        return x.contiguous()

    return rule


def unfold(x: Tensor, dim: int, size: int, step: int) -> Tensor:
    """Windows along a dimension, by a look-up along it: PyTorch's own form is ``as_strided``."""
    if x.dim() == 0:
        return _KEEP
    dim %= x.dim()
    count = (x.shape[dim] - size) // step + 1
    before, after = list(x.shape[:dim]), list(x.shape[dim + 1 :])
    if size == step:
        x = aten.slice.Tensor(x, dim, 0, count * size)
    else:
        start = torch.arange(count, device=x.device).unsqueeze(1) * step
        places = start + torch.arange(size, device=x.device)
        x = aten.index_select.default(x, dim, places.reshape([count * size]))
    return x.reshape([*before, count, size, *after]).movedim(dim + 1, -1)


def col2im(
    x: Tensor,
    output_size: list[int],
    kernel_size: list[int],
    dilation: list[int],
    padding: list[int],
    stride: list[int],
) -> Tensor:
    """The sum over the taps of a window of its copies, each put where the tap was."""
    taps = kernel_size[0] * kernel_size[1]
    if taps > _MOST_TAPS or not all(isinstance(size, int) for size in (*output_size, *x.shape[1:])):
        return _KEEP
    if x.dim() == 2:
        image = col2im(x.unsqueeze(0), output_size, kernel_size, dilation, padding, stride)
        return image.squeeze(0)
    padded = [size + 2 * pad for size, pad in zip(output_size, padding, strict=True)]
    windows = [
        (size - step * (kernel - 1) - 1) // stretch + 1
        for size, step, kernel, stretch in zip(padded, dilation, kernel_size, stride, strict=True)
    ]
    x = x.view([x.shape[0], x.shape[1] // taps, *kernel_size, *windows])
    if stride == kernel_size and dilation == [1, 1] and not any(padding):
        # Windows side by side: nothing is added.
        x = x.permute(0, 1, 4, 2, 5, 3).reshape(
            [x.shape[0], x.shape[1], windows[0] * stride[0], windows[1] * stride[1]]
        )
        lost = [size - found for size, found in zip(output_size, x.shape[2:], strict=True)]
        return aten.constant_pad_nd.default(x, [0, lost[1], 0, lost[0]]) if any(lost) else x
    total = None
    for row, column in itertools.product(range(kernel_size[0]), range(kernel_size[1])):
        tap = x[:, :, row, column]
        for dim, place, size, step, stretch in zip(
            (3, 2), (column, row), padded[::-1], dilation[::-1], stride[::-1], strict=True
        ):
            tap = _spread(tap, dim, place * step, size, stretch)
        total = tap if total is None else total + tap
    assert total is not None
    for dim in (2, 3):
        start = padding[dim - 2]
        total = aten.slice.Tensor(total, dim, start, start + output_size[dim - 2])
    return total.clone()


def _spread(x: Tensor, dim: int, start: int, size: int, stride: int) -> Tensor:
    """A dimension of ``size`` places, with those of ``x`` at ``start``, ``start + stride``, ..."""
    rest = [0, 0] * (x.dim() - 1 - dim)
    count = x.shape[dim]
    if stride > 1:
        apart = aten.constant_pad_nd.default(x.unsqueeze(dim + 1), [*rest, 0, stride - 1])
        apart = apart.view([*x.shape[:dim], count * stride, *x.shape[dim + 1 :]])
        x = aten.slice.Tensor(apart, dim, 0, (count - 1) * stride + 1)
    after = size - start - x.shape[dim]
    return aten.constant_pad_nd.default(x, [*rest, start, after])  # type: ignore[no-any-return]


def grid_sampler_2d(
    x: Tensor,
    grid: Tensor,
    interpolation_mode: int = 0,
    padding_mode: int = 0,
    align_corners: bool = False,
) -> Tensor:
    """PyTorch's decomposition, with coordinates and weights once a pixel and not once a channel."""
    return _grid_sampler_2d(
        x, grid, interpolation_mode, padding_mode, align_corners, _expand_grid=False
    )


RULES: dict[Any, Any] = {
    aten.grid_sampler_2d.default: grid_sampler_2d,
    aten._upsample_bilinear2d_aa.default: _antialiased(1.0, _triangle),
    aten._upsample_bicubic2d_aa.default: _antialiased(2.0, _cubic),
    aten.col2im.default: col2im,
    aten.unfold.default: unfold,
}
