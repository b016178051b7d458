# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions and transposed convolutions of one, two and three dimensions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import torch
from case import Case
from operands import layer, normal
from torch import nn

_OF_RANK = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
_TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
_IMAGE = {1: (23,), 2: (11, 13), 3: (5, 6, 7)}


def _conv(rank: int, cin: int, cout: int, kernel: Any, shape: Any, **options: Any) -> Case:
    transposed = options.pop("transposed", False)
    kind = (_TRANSPOSED if transposed else _OF_RANK)[rank]
    text = "-".join(f"{key}{value}" for key, value in options.items())
    name = f"{'transposed' if transposed else 'conv'}{rank}d-{cin}-{cout}-k{kernel}-{shape}-{text}"
    model = lambda: kind(cin, cout, kernel, **options)
    return layer(name.replace(" ", ""), model, tuple(shape))


def cases() -> Iterator[Case]:
    for rank in (1, 2, 3):
        image = _IMAGE[rank]
        for batch, (cin, cout), kernel in itertools.product(
            (1, 2, 7), ((1, 1), (3, 8), (5, 7), (16, 32)), (1, 2, 3)
        ):
            yield _conv(rank, cin, cout, kernel, (batch, cin, *image))
        for options in (
            {"stride": 2},
            {"stride": 3, "padding": 2},
            {"padding": 1},
            {"dilation": 2},
            {"dilation": 2, "padding": 2, "stride": 2},
            {"padding": "same"},
            {"padding": "valid"},
            {"padding": 1, "padding_mode": "reflect"},
            {"padding": 1, "padding_mode": "replicate"},
            {"padding": 1, "padding_mode": "circular"},
            {"bias": False},
        ):
            yield _conv(rank, 4, 6, 3, (2, 4, *image), **options)
        for groups, (cin, cout), stride, batch in itertools.product(
            (2, 3, 6), ((6, 6), (6, 12)), (1, 2), (1, 2)
        ):
            options = {"groups": groups, "stride": stride, "padding": 1}
            yield _conv(rank, cin, cout, 3, (batch, cin, *image), **options)
        yield _conv(rank, 6, 6, 3, (2, 6, *image), groups=6, dilation=2)
        yield _conv(rank, 32, 32, 3, (1, 32, *image), groups=32, padding=1)
        yield _conv(rank, 4, 6, 3, (4, *image))  # no batch
        for options in (
            {},
            {"stride": 2},
            {"stride": 2, "padding": 1, "output_padding": 1},
            {"stride": 3, "padding": 1},
            {"dilation": 2},
            {"groups": 2},
            {"groups": 4, "stride": 2},
            {"bias": False},
        ):
            yield _conv(rank, 4, 8, 3, (2, 4, *image), transposed=True, **options)
        yield _conv(rank, 4, 8, 2, (1, 4, *image), transposed=True, stride=2)
    yield _conv(2, 3, 64, 7, (1, 3, 64, 64), stride=2, padding=3)
    yield _conv(2, 64, 64, 3, (1, 64, 56, 56), padding=1)
    # By minimal filtering: odd images, tails of channels, none padded, tiles in blocks.
    yield _conv(2, 24, 40, 3, (3, 24, 31, 6), padding=1)
    yield _conv(2, 64, 64, 3, (2, 64, 13, 27))
    yield _conv(2, 32, 48, 3, (1, 32, 2, 64), padding=1)
    yield _conv(2, 64, 64, 3, (1, 64, 5, 50), padding=(1, 0), bias=False)
    yield _conv(2, 128, 64, 3, (1, 128, 90, 131), padding=2)
    yield _conv(2, 256, 256, 3, (1, 256, 29, 29), padding=1)
    yield _conv(2, 64, 128, 1, (1, 64, 28, 28), stride=2)
    yield _conv(2, 3, 32, 16, (1, 3, 64, 64), stride=16)
    yield _conv(2, 3, 5, (1, 3), (2, 3, 9, 11), padding=(0, 1))
    yield _conv(2, 3, 5, (3, 1), (2, 3, 9, 11), padding=(1, 0), stride=(2, 1))
    yield _conv(2, 3, 5, (1, 7), (1, 3, 17, 17), padding=(0, 3))
    yield _conv(2, 3, 5, (3, 2), (1, 3, 1, 9), padding=(1, 0))
    yield _conv(2, 3, 5, 3, (1, 3, 3, 3))
    yield _conv(2, 3, 5, 3, (1, 3, 1, 1), padding=1)
    yield _conv(2, 3, 5, 3, (0, 3, 8, 8), padding=1)
    yield _conv(1, 80, 64, 3, (1, 80, 301), padding=1)
    yield _conv(1, 1, 16, 10, (1, 1, 400), stride=5)
    yield _conv(1, 64, 64, 128, (1, 64, 49), padding=64, groups=16)
    yield _conv(2, 128, 128, 7, (1, 128, 14, 14), padding=3, groups=128)
    for dtype in (torch.float64, torch.float16, torch.bfloat16):
        model = lambda dtype=dtype: nn.Conv2d(3, 8, 3, padding=1).to(dtype)
        yield layer(f"conv2d-{str(dtype)[6:]}", model, normal(2, 3, 9, 9, dtype=dtype))
