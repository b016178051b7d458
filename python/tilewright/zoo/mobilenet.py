# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): inverted residuals, depthwise convs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# expansion, output channels, repeats, first stride: table 2 of the paper.
MOBILENET_V2_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def conv_bn(
    in_channels: int, out_channels: int, kernel: int, stride: int, groups: int
) -> list[nn.Module]:
    """Convolution without bias and its batch norm, padded to keep the size at stride 1."""
    return [
        nn.Conv2d(
            in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False
        ),
        nn.BatchNorm2d(out_channels),
    ]


class InvertedResidual(nn.Module):
    """1x1 expand, 3x3 depthwise, 1x1 linear projection, residual when the shape allows."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = in_channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers += [*conv_bn(in_channels, hidden, 1, 1, 1), nn.ReLU6()]
        layers += [*conv_bn(hidden, hidden, 3, stride, hidden), nn.ReLU6()]
        layers += conv_bn(hidden, out_channels, 1, 1, 1)
        self.layers = nn.Sequential(*layers)
        self.residual = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """The block's output; no activation after the projection."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """MobileNetV2 at width 1 with the default stages.

    Shapes: ``(batch, 3, height, width)`` to ``(batch, classes)``.
    """

    def __init__(
        self,
        stages: tuple[tuple[int, int, int, int], ...],
        stem: int,
        last: int,
        classes: int,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [*conv_bn(3, stem, 3, 2, 1), nn.ReLU6()]
        channels = stem
        for expansion, width, repeats, stride in stages:
            for index in range(repeats):
                first = stride if index == 0 else 1
                layers.append(InvertedResidual(channels, width, first, expansion))
                channels = width
        layers += [*conv_bn(channels, last, 1, 1, 1), nn.ReLU6()]
        self.features = nn.Sequential(*layers)
        self.average = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(last, classes)

    def forward(self, image: Tensor) -> Tensor:
        """Class scores of a batch of images."""
        x = self.average(self.features(image))
        scores: Tensor = self.fc(torch.flatten(x, 1))
        return scores
