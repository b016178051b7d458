# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks in the manner of torchvision, written here, small."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from case import Case
from operands import layer
from torch import Tensor, nn


def _conv(cin: int, cout: int, kernel: int = 3, act: Any = nn.ReLU, **options: Any) -> nn.Module:
    options.setdefault("padding", kernel // 2)
    conv = nn.Conv2d(cin, cout, kernel, bias=False, **options)
    return nn.Sequential(conv, nn.BatchNorm2d(cout), act())


def _vgg() -> nn.Module:
    pieces: list[nn.Module] = []
    cin = 3
    for width in (8, "M", 16, 16, "M", 24, "M"):
        if isinstance(width, int):
            pieces += [nn.Conv2d(cin, width, 3, padding=1), nn.ReLU(inplace=True)]
            cin = width
        else:
            pieces.append(nn.MaxPool2d(2))
    head = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(96, 32), nn.ReLU(), nn.Dropout(),
            nn.Linear(32, 10)]  # fmt: skip
    return nn.Sequential(*pieces, *head)


class _Dense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 8)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(8 + 4 * i), nn.ReLU(), nn.Conv2d(8 + 4 * i, 4, 3, padding=1)
            )
            for i in range(3)
        )
        self.transition = nn.Sequential(nn.BatchNorm2d(20), nn.ReLU(), nn.Conv2d(20, 10, 1),
                                        nn.AvgPool2d(2))  # fmt: skip
        self.head = nn.Linear(10, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for piece in self.layers:
            x = torch.cat([x, piece(x)], 1)
        return self.head(self.transition(x).mean((2, 3)))


class _SqueezeExcite(nn.Module):
    def __init__(self, width: int, act: Any = nn.Sigmoid) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // 4, 1)
        self.excite = nn.Conv2d(width // 4, width, 1)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        gate = F.adaptive_avg_pool2d(x, 1)
        return x * self.act(self.excite(F.relu(self.squeeze(gate))))


class _Inverted(nn.Module):
    def __init__(self, cin: int, cout: int, kernel: int, stride: int, act: Any) -> None:
        super().__init__()
        wide = cin * 4
        self.residual = stride == 1 and cin == cout
        self.body = nn.Sequential(
            _conv(cin, wide, 1, act), _conv(wide, wide, kernel, act, stride=stride, groups=wide),
            _SqueezeExcite(wide), nn.Conv2d(wide, cout, 1, bias=False), nn.BatchNorm2d(cout),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.residual else self.body(x)


def _efficient(act: Any) -> nn.Module:
    return nn.Sequential(
        _conv(3, 8, 3, act, stride=2), _Inverted(8, 8, 3, 1, act), _Inverted(8, 12, 5, 2, act),
        _Inverted(12, 12, 5, 1, act), _conv(12, 32, 1, act), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(32, 10),
    )  # fmt: skip


class _Shuffle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(3, 8, stride=2)
        self.branch = nn.Sequential(_conv(4, 4, 1), _conv(4, 4, 3, nn.Identity, groups=4),
                                    _conv(4, 4, 1))  # fmt: skip
        self.grouped = nn.Conv2d(8, 8, 1, groups=2)

    def forward(self, x: Tensor) -> Tensor:
        left, right = self.stem(x).chunk(2, 1)
        x = torch.cat([left, self.branch(right)], 1)
        b, c, h, w = x.shape
        x = x.view(b, 2, c // 2, h, w).transpose(1, 2).reshape(b, c, h, w)
        return self.grouped(x)


class _Inception(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = _conv(8, 4, 1)
        self.three = nn.Sequential(_conv(8, 4, 1), _conv(4, 6, 3))
        self.asymmetric = nn.Sequential(
            nn.Conv2d(8, 4, (1, 7), padding=(0, 3)), nn.Conv2d(4, 5, (7, 1), padding=(3, 0))
        )
        self.pooled = nn.Sequential(nn.AvgPool2d(3, 1, 1), _conv(8, 3, 1))

    def forward(self, x: Tensor) -> Tensor:
        branches = [self.one(x), self.three(x), self.asymmetric(x), self.pooled(x)]
        return F.max_pool2d(torch.cat(branches, 1), 3, 2)


class _UNet(nn.Module):
    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode
        self.down = nn.ModuleList([_conv(3, 8), _conv(8, 16)])
        self.bottom = _conv(16, 16)
        wide = 16 if mode != "transposed" else 8
        self.lift = nn.ModuleList([nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 8, 2, 2)])
        self.up = nn.ModuleList([_conv(wide + 16, 8), _conv(8 + 8, 8)])
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = F.max_pool2d(x, 2)
        x = self.bottom(x)
        for lift, block in zip(self.lift, self.up, strict=True):
            if self.mode == "transposed":
                x = lift(x)
            else:
                x = F.interpolate(x, scale_factor=2, mode=self.mode)
            x = block(torch.cat([x, skips.pop()], 1))
        return self.head(x)


class _Basic(nn.Module):
    def __init__(self, groups: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_conv(8, 16, 1), _conv(16, 16, 3, stride=2, groups=groups),
                                  nn.Conv2d(16, 24, 1), nn.BatchNorm2d(24))  # fmt: skip
        self.shortcut = nn.Sequential(nn.Conv2d(8, 24, 1, 2, bias=False), nn.BatchNorm2d(24))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class _ConvNeXt(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 4, 4)
        self.depthwise = nn.Conv2d(8, 8, 7, padding=3, groups=8)
        self.norm = nn.LayerNorm(8)
        self.mlp = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 8))
        self.scale = nn.Parameter(torch.full((8,), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.norm(self.depthwise(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.mlp(y)).permute(0, 3, 1, 2)


class _Mixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 12, 4, 4)
        self.tokens = nn.Sequential(nn.Linear(64, 16), nn.GELU(), nn.Linear(16, 64))
        self.channels = nn.Sequential(nn.Linear(12, 24), nn.GELU(), nn.Linear(24, 12))
        self.norms = nn.ModuleList([nn.LayerNorm(12), nn.LayerNorm(12)])

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.norms[0](x).transpose(1, 2)).transpose(1, 2)
        return (x + self.channels(self.norms[1](x))).mean(1)


class _Diffusion(nn.Module):
    """A block of a diffusion model: group norm, SiLU, time embedding, attention over pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.norm2 = nn.GroupNorm(4, 16), nn.GroupNorm(4, 16)
        self.conv, self.conv2 = nn.Conv2d(16, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)
        self.time = nn.Linear(8, 16)
        self.qkv = nn.Conv2d(16, 48, 1)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        frequencies = torch.exp(-torch.arange(4) * 2.0)
        angles = t[:, None] * frequencies
        time = self.time(torch.cat([angles.sin(), angles.cos()], -1))
        h = self.conv(F.silu(self.norm(x))) + time[:, :, None, None]
        h = x + self.conv2(F.silu(self.norm2(h)))
        q, k, v = self.qkv(h).flatten(2).transpose(1, 2).chunk(3, -1)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
        return h + y.reshape(h.shape)


def cases() -> Iterator[Case]:
    image = (2, 3, 32, 32)
    yield layer("vgg", _vgg, image)
    yield layer("densenet", _Dense, image)
    for act in (nn.SiLU, nn.Hardswish, nn.ReLU6, nn.Mish):
        yield layer(f"efficientnet-{act.__name__}", lambda a=act: _efficient(a), image)
    yield layer("shufflenet", _Shuffle, image)
    yield layer("inception", _Inception, (2, 8, 17, 17))
    for mode in ("nearest", "bilinear", "transposed"):
        yield layer(f"unet-{mode}", lambda m=mode: _UNet(m), image)
        yield layer(f"unet-{mode}-one", lambda m=mode: _UNet(m), (1, 3, 24, 36))
    for groups in (1, 2, 4, 16):
        yield layer(f"bottleneck-{groups}", lambda g=groups: _Basic(g), (2, 8, 13, 13))
    yield layer("convnext", _ConvNeXt, image)
    yield layer("mixer", _Mixer, image)
    yield layer("diffusion", _Diffusion, (2, 16, 8, 8), lambda: torch.tensor([3.0, 7.0]))
