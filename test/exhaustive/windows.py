# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pooling, resizing, unfolding: what reads windows of an image."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from case import Case
from operands import integers, layer, normal, of
from torch import nn

_IMAGE = {1: (23,), 2: (11, 13), 3: (5, 6, 7)}
_MAX = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
_AVG = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
_ADAPTIVE_AVG = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
_ADAPTIVE_MAX = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}


def _pools(rank: int) -> Iterator[Case]:
    shape = (2, 5, *_IMAGE[rank])
    options = [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 3, "stride": 1, "padding": 1},
        {"kernel_size": 3, "stride": 2, "ceil_mode": True},
        {"kernel_size": 2, "stride": 2, "ceil_mode": True},
    ]
    for option in [*options, {"kernel_size": 2, "dilation": 2}]:
        text = "-".join(f"{key}{value}" for key, value in option.items())
        yield layer(f"max{rank}d-{text}", lambda o=option: _MAX[rank](**o), shape)
    for option in [*options, {"kernel_size": 3, "padding": 1, "count_include_pad": False}]:
        text = "-".join(f"{key}{value}" for key, value in option.items())
        yield layer(f"avg{rank}d-{text}", lambda o=option: _AVG[rank](**o), shape)
    for size in (1, 2, 3, 5):
        model = lambda size=size: _ADAPTIVE_AVG[rank](size)
        yield layer(f"adaptive-avg{rank}d-{size}", model, shape)
        model = lambda size=size: _ADAPTIVE_MAX[rank](size)
        yield layer(f"adaptive-max{rank}d-{size}", model, shape)
    yield layer(f"max{rank}d-unbatched", lambda: _MAX[rank](2), shape[1:])


def cases() -> Iterator[Case]:
    for rank in (1, 2, 3):
        yield from _pools(rank)
    indices = lambda x: F.max_pool2d(x, 2, return_indices=True)
    yield of("max2d-indices", indices, (2, 3, 8, 8))
    yield of("lp2d", lambda x: F.lp_pool2d(x, 2, 3), (2, 3, 9, 9))
    yield of("max2d-int", lambda x: F.max_pool2d(x, 2), integers(0, 9, 2, 3, 8, 8))
    yield of("avg2d-divisor", lambda x: F.avg_pool2d(x, 2, divisor_override=3), (2, 3, 8, 8))
    yield of("adaptive-avg2d-none", lambda x: F.adaptive_avg_pool2d(x, (None, 3)), (2, 3, 8, 9))
    for dtype in (torch.float16, torch.bfloat16, torch.float64):
        operand = normal(2, 3, 8, 8, dtype=dtype)
        yield of(f"max2d-{str(dtype)[6:]}", lambda x: F.max_pool2d(x, 2), operand)
        yield of(f"avg2d-{str(dtype)[6:]}", lambda x: F.avg_pool2d(x, 2), operand)
    for mode, image in (("nearest", (9,)), ("linear", (9,)), ("nearest", (6, 7)),
                        ("nearest-exact", (6, 7)), ("bilinear", (6, 7)), ("bicubic", (6, 7)),
                        ("area", (6, 7)), ("nearest", (4, 5, 6)),
                        ("trilinear", (4, 5, 6))):  # fmt: skip
        for scale in (2, 1.5, 0.5):
            resize = lambda x, m=mode, s=scale: F.interpolate(x, scale_factor=s, mode=m)
            yield of(f"interpolate-{mode}-{len(image)}d-x{scale}", resize, (2, 3, *image))
        size = tuple(extent + 4 for extent in image)
        resize = lambda x, m=mode, s=size: F.interpolate(x, size=s, mode=m)
        yield of(f"interpolate-{mode}-{len(image)}d-size", resize, (2, 3, *image))
        if "linear" in mode or "cubic" in mode:
            resize = lambda x, m=mode: F.interpolate(x, scale_factor=2, mode=m, align_corners=True)
            yield of(f"interpolate-{mode}-{len(image)}d-aligned", resize, (2, 3, *image))
    antialias = lambda x: F.interpolate(x, size=(4, 5), mode="bilinear", antialias=True)
    yield of("interpolate-antialias", antialias, (2, 3, 8, 9))
    for mode in ("bilinear", "bicubic"):
        for size in ((3, 4), (5, 17), (16, 18)):
            resize = lambda x, m=mode, s=size: F.interpolate(x, size=s, mode=m, antialias=True)
            yield of(f"interpolate-antialias-{mode}-{size}", resize, (2, 3, 8, 9))
        resize = lambda x, m=mode: F.interpolate(
            x, size=(4, 5), mode=m, antialias=True, align_corners=True
        )
        yield of(f"interpolate-antialias-{mode}-aligned", resize, (2, 3, 8, 9))
        resize = lambda x, m=mode: F.interpolate(x, scale_factor=0.7, mode=m, antialias=True)
        yield of(f"interpolate-antialias-{mode}-scale", resize, (2, 3, 8, 9))
    yield of("unfold", lambda x: F.unfold(x, 3, padding=1), (2, 3, 8, 9))
    yield of("unfold-strided", lambda x: F.unfold(x, 2, stride=2), (2, 3, 8, 8))
    yield of("unfold-dilated", lambda x: F.unfold(x, 2, dilation=2), (2, 3, 8, 8))
    yield of("fold", lambda x: F.fold(x, (8, 8), 2, stride=2), (2, 12, 16))
    yield of("fold-overlap", lambda x: F.fold(x, (6, 6), 3), (2, 27, 16))
    folded = lambda x: F.fold(x, (9, 8), (3, 2), dilation=(1, 2), padding=(1, 1), stride=(2, 3))
    yield of("fold-everything", folded, (2, 18, 15))
    yield of("fold-unbatched", lambda x: F.fold(x, (6, 6), 2, stride=2), (12, 9))
    yield of("fold-remainder", lambda x: F.fold(x, (7, 9), 2, stride=2), (2, 12, 12))
    yield of("fold-of-unfold", lambda x: F.fold(F.unfold(x, 3, padding=1), (6, 7), 3, padding=1),
             (2, 3, 6, 7))  # fmt: skip
    yield of("tensor-unfold", lambda x: x.unfold(1, 3, 2), (2, 11))
    yield of("tensor-unfold-apart", lambda x: x.unfold(0, 2, 3), (11, 4))
    yield of("patches", lambda x: x.unfold(1, 2, 2).unfold(2, 2, 2) + 1, (3, 6, 9))
    yield of("pixel-shuffle", lambda x: F.pixel_shuffle(x, 2), (2, 12, 5, 7))
    yield of("pixel-unshuffle", lambda x: F.pixel_unshuffle(x, 2), (2, 3, 6, 8))
    shuffle = nn.ChannelShuffle(3)
    yield of("channel-shuffle", shuffle, (2, 12, 5, 7))
    grid = lambda x, g: F.grid_sample(x, g.tanh(), align_corners=False)
    yield of("grid-sample", grid, (2, 3, 6, 7), (2, 4, 5, 2))
    affine = lambda t: F.affine_grid(t, [2, 3, 4, 5], align_corners=False)
    yield of("affine-grid", affine, (2, 2, 3))
