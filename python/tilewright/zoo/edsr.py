# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""EDSR super-resolution (Lim et al. 2017, arXiv:1707.02921): residual convs and pixel shuffle."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """3x3 conv, ReLU, 3x3 conv, scaled and added to the input. No normalisation."""

    def __init__(self, features: int, scale: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """Features of the same shape."""
        y: Tensor = self.conv2(torch.relu(self.conv1(x)))
        return x + self.scale * y


class EDSR(nn.Module):
    """EDSR; ``blocks=16, features=64`` is the paper's baseline.

    Shapes: ``(batch, 3, height, width)`` to ``(batch, 3, upscale * height, upscale * width)``.
    """

    def __init__(self, blocks: int, features: int, upscale: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, features, 3, padding=1)
        self.body = nn.Sequential(*(ResidualBlock(features, 0.5) for _ in range(blocks)))
        self.after_body = nn.Conv2d(features, features, 3, padding=1)
        self.expand = nn.Conv2d(features, features * upscale * upscale, 3, padding=1)
        self.shuffle = nn.PixelShuffle(upscale)
        self.tail = nn.Conv2d(features, 3, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """The image at the higher resolution."""
        x = self.head(image)
        x = x + self.after_body(self.body(x))
        result: Tensor = self.tail(self.shuffle(self.expand(x)))
        return result
