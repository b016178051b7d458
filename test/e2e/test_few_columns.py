# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Convolutions to a few channels, whose lanes are along the channels of the input."""

import pytest
import torch
from torch import nn

import tilewright as tw


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 7, 8])
@pytest.mark.parametrize("depth", [15, 16, 37])
def test_values(columns: int, depth: int) -> None:
    torch.manual_seed(0)
    model = nn.Conv2d(depth, columns, (3, 5), stride=(1, 2), padding=(1, 0), dilation=(2, 1)).eval()
    model.requires_grad_(False)
    x = torch.randn(2, depth, 11, 13)
    found = tw.compile(model, (x,), progress=False)(x)
    exact = model.double()(x.double())
    assert float((found - exact).abs().max() / exact.abs().max()) < 1e-6


def test_after_another_convolution_with_an_activation() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 3, 3, padding=1), nn.Sigmoid()
    ).eval()
    model.requires_grad_(False)
    x = torch.randn(1, 3, 21, 19)
    found = tw.compile(model, (x,), progress=False)(x)
    exact = model.double()(x.double())
    assert float((found - exact).abs().max() / exact.abs().max()) < 1e-6
