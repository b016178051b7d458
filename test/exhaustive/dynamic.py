# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sizes that vary between calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import blocks
import torch
import torch.nn.functional as F
import vision
from case import Case, Function
from operands import integers, resized
from torch import Tensor, nn
from torch.export import Dim

_BATCH = Dim("batch", min=1, max=64)
_TOKENS = Dim("tokens", min=1, max=512)
_SIZES = [(3,), (1,), (2,), (7,), (16,), (33,), (64,)]


class _Pointwise(nn.Module):
    """Convolutions of single pixels around a residual sum, and no others."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv2d(3, 40, 1), nn.Conv2d(40, 3, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x + self.narrow(F.gelu(self.wide(x))))


class _Residual(nn.Module):
    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
        )  # fmt: skip
        self.short = nn.Conv2d(before, after, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x) + self.short(x))


def _batched(name: str, model: Callable[[], nn.Module], *rest: int) -> Case:
    operands = lambda b: ((b, *rest),)
    return resized(f"batch-{name}", model, operands, _SIZES, ({0: _BATCH},))


def _function(name: str, function: Callable[..., Any], *rest: int) -> Case:
    wrap = lambda: Function(function)
    operands = lambda b: ((b, *rest),)
    return resized(f"batch-{name}", wrap, operands, _SIZES, (({0: _BATCH},),))


def _cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(16, 10),
    )  # fmt: skip


def _architectures() -> Iterator[Case]:
    image = (3, 32, 32)
    yield _batched("resnet", lambda: nn.Sequential(_Residual(3, 8, 1), _Residual(8, 8, 1),
                   _Residual(8, 16, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10)),
                   *image)  # fmt: skip
    for name, model in {
        "pointwise": _Pointwise,
        "vgg": vision._vgg,
        "densenet": vision._Dense,
        "efficientnet": lambda: vision._efficient(nn.SiLU),
        "shufflenet": vision._Shuffle,
        "unet": lambda: vision._UNet("bilinear"),
        "unet-transposed": lambda: vision._UNet("transposed"),
        "convnext": vision._ConvNeXt,
        "mixer": vision._Mixer,
        "detr": blocks._Detector,
        "feature-pyramid": blocks._Pyramid,
    }.items():
        yield _batched(name, model, *image)
    yield _batched("inception", vision._Inception, 8, 17, 17)
    yield _batched("swin-window", blocks._Window, 8, 12, 16)
    yield _batched("conformer", blocks._Conformer, 19, 8)
    yield _batched("gru", lambda: nn.GRU(6, 10, batch_first=True, bidirectional=True), 5, 6)
    yield _batched("instance-norm", lambda: nn.InstanceNorm2d(6, affine=True), 6, 5, 7)
    yield _batched("group-norm-1d", lambda: nn.GroupNorm(3, 6), 6, 9)
    yield _batched("group-norm-rows", lambda: nn.GroupNorm(3, 6), 6)
    yield _batched("minimal-filtering", lambda: nn.Sequential(
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Conv2d(64, 24, 3)), 32, 15, 18)  # fmt: skip
    yield _batched("conv3d", lambda: nn.Conv3d(2, 4, 3, padding=1), 2, 5, 6, 7)
    yield _batched("bicubic", lambda: nn.Upsample(scale_factor=2, mode="bicubic"), 3, 5, 6)
    antialias = lambda x: F.interpolate(x, size=(4, 4), mode="bilinear", antialias=True)
    yield _function("antialias", antialias, 3, 7, 9)
    yield _function("topk", lambda x: tuple(x.topk(3)), 9)
    yield _function("sort", lambda x: tuple(x.sort(1)), 9)
    yield _function("unfold", lambda x: F.unfold(x, 3, padding=1), 3, 6, 7)
    yield _function("tensor-unfold", lambda x: x.unfold(2, 3, 2), 4, 11)
    yield _function("patches", lambda x: x.unfold(1, 2, 2).unfold(2, 2, 2), 6, 8)
    yield _function("fold", lambda x: F.fold(x, (6, 6), 3), 27, 16)
    yield _function("median", lambda x: tuple(x.median(1)), 9)
    yield _function("cummax", lambda x: tuple(x.cummax(1)), 9)
    zeroed = lambda x: x.index_fill(1, torch.tensor([2, 0]), 0.5)
    yield _function("write", zeroed, 7)
    yield _function("group-norm-by-hand", lambda x: F.layer_norm(
        x.reshape(x.shape[0], 2, -1), (3 * 5 * 7,)).reshape(x.shape), 6, 5, 7)  # fmt: skip


def _sequences() -> Iterator[Case]:
    sizes = [(2, 9), (1, 1), (3, 2), (2, 17), (5, 64), (1, 300), (7, 31)]
    both = ({0: _BATCH, 1: _TOKENS},)
    for name, model in {
        "linear": lambda: nn.Linear(16, 24),
        "mlp": lambda: nn.Sequential(nn.Linear(16, 40), nn.GELU(), nn.Linear(40, 16)),
        "layer-norm": lambda: nn.LayerNorm(16),
        "encoder-layer": lambda: nn.TransformerEncoderLayer(16, 4, 32, batch_first=True),
    }.items():
        yield resized(f"sequence-{name}", model, lambda b, t: ((b, t, 16),), sizes, both)
    functions: dict[str, Callable[..., Any]] = {
        "softmax": lambda x: torch.softmax(x, 1),
        "sum": lambda x: x.sum(1),
        "mean": lambda x: x.mean((0, 1)),
        "transpose": lambda x: x.transpose(0, 1).contiguous(),
        "flatten": lambda x: x.flatten(0, 1) + 1,
        "cat": lambda x: torch.cat([x, x[:, :1]], 1),
        "self-attention": lambda x: F.scaled_dot_product_attention(x, x, x),
        "causal": lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
        "cumsum": lambda x: x.cumsum(1),
        "flip": lambda x: x.flip(1),
        "positions": lambda x: x + torch.arange(x.shape[1])[None, :, None],
        "gram": lambda x: x @ x.transpose(1, 2),
        "last": lambda x: x[:, -1],
        "all": lambda x: x.sum(),
        "argmax": lambda x: x.argmax(1),
        "heads": lambda x: x.view(x.shape[0], x.shape[1], 4, 4).transpose(1, 2).contiguous(),
    }
    for name, function in functions.items():
        wrap = lambda f=function: Function(f)
        yield resized(f"sequence-{name}", wrap, lambda b, t: ((b, t, 16),), sizes, (both,))
    yield resized("sequence-embedding", lambda: nn.Embedding(20, 16),
                  lambda b, t: (integers(0, 20, b, t),), sizes, both)  # fmt: skip


def cases() -> Iterator[Case]:
    yield _batched("linear", lambda: nn.Linear(20, 30), 20)
    yield _batched("linear-wide", lambda: nn.Linear(256, 1000), 256)
    yield _batched("linear-narrow", lambda: nn.Linear(256, 1), 256)
    yield _batched("mlp", lambda: nn.Sequential(nn.Linear(7, 33), nn.ReLU(), nn.Linear(33, 5)), 7)
    yield _batched("cnn", _cnn, 3, 32, 32)
    yield _batched("conv1d", lambda: nn.Conv1d(4, 6, 3, padding=1), 4, 17)
    yield _batched("conv2d", lambda: nn.Conv2d(3, 8, 3, padding=1), 3, 9, 11)
    yield _batched("depthwise", lambda: nn.Conv2d(8, 8, 3, padding=1, groups=8), 8, 9, 11)
    yield _batched("grouped", lambda: nn.Conv2d(8, 8, 3, padding=1, groups=2), 8, 9, 11)
    yield _batched("transposed", lambda: nn.ConvTranspose2d(3, 8, 2, stride=2), 3, 9, 11)
    yield _batched("batch-norm", lambda: nn.BatchNorm2d(8), 8, 5, 7)
    yield _batched("group-norm", lambda: nn.GroupNorm(2, 8), 8, 5, 7)
    yield _batched("lstm", lambda: nn.LSTM(6, 10, batch_first=True), 5, 6)
    yield _batched("max-pool", lambda: nn.MaxPool2d(3, 2, 1), 4, 9, 9)
    yield _batched("avg-pool", lambda: nn.AvgPool2d(2), 4, 8, 8)
    yield _batched("upsample", lambda: nn.Upsample(scale_factor=2), 3, 5, 6)
    yield _batched("bilinear", lambda: nn.Upsample(scale_factor=2, mode="bilinear"), 3, 5, 6)
    yield _batched("pixel-shuffle", lambda: nn.PixelShuffle(2), 8, 5, 6)
    yield _function("add", lambda x: x + 1, 7)
    yield _function("vector", lambda x: x.exp())
    yield _function("sum", lambda x: x.sum(0), 7)
    yield _function("softmax", lambda x: torch.softmax(x, 0), 7)
    yield _function("permute", lambda x: x.permute(2, 0, 1).contiguous(), 5, 7)
    yield _function("split", lambda x: x.chunk(2, 1), 8)
    yield _function("pad", lambda x: F.pad(x, (1, 2)), 7)
    yield _function("roll", lambda x: x.roll(1, 0), 7)
    yield _function("repeat", lambda x: x.repeat(2, 1), 7)
    yield from _sequences()
    yield from _architectures()
    images = lambda h, w: ((1, 3, h, w),)
    spatial = ({2: Dim("h", min=8, max=128), 3: Dim("w", min=8, max=128)},)
    sizes = [(16, 20), (8, 8), (9, 31), (64, 17), (128, 128)]
    for name, model in {
        "conv": lambda: nn.Conv2d(3, 8, 3, padding=1),
        "conv-relu-conv": lambda: nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3)
        ),
        "pointwise": _Pointwise,
        "strided": lambda: nn.Conv2d(3, 8, 3, stride=2, padding=1),
        "pooled": lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
        "max-pool": lambda: nn.MaxPool2d(2),
        "upsample": lambda: nn.Upsample(scale_factor=2),
        "bilinear": lambda: nn.Upsample(scale_factor=2, mode="bilinear"),
        "avg-pool": lambda: nn.AvgPool2d(3, 2, 1),
        "group-norm": lambda: nn.GroupNorm(3, 3),
        "instance-norm": lambda: nn.InstanceNorm2d(3),
        "transposed": lambda: nn.ConvTranspose2d(3, 4, 2, stride=2),
        "pixel-shuffle": lambda: nn.PixelShuffle(1),
        "residual": lambda: nn.Sequential(
            _Residual(3, 8, 1),
            _Residual(8, 16, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(16, 5),
        ),
        "resized": lambda: nn.Upsample(size=(24, 20), mode="bilinear"),
        "adaptive": lambda: nn.AdaptiveAvgPool2d((3, 2)),
        "convnext": vision._ConvNeXt,
    }.items():
        yield resized(f"image-{name}", model, images, sizes, spatial)
