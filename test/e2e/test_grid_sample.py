# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Images sampled at the places of a grid: coordinates once a pixel, not once a channel."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import tilewright as tw


class Sample(nn.Module):
    def __init__(self, mode: str, padding: str, corners: bool) -> None:
        super().__init__()
        self.options = {"mode": mode, "padding_mode": padding, "align_corners": corners}

    def forward(self, x: Tensor, grid: Tensor) -> Tensor:
        return F.grid_sample(x, grid, **self.options)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
@pytest.mark.parametrize(
    ("padding", "corners"), [("zeros", False), ("border", True), ("reflection", False)]
)
def test_values(mode: str, padding: str, corners: bool) -> None:
    torch.manual_seed(0)
    x, grid = torch.randn(2, 3, 7, 9), torch.rand(2, 5, 6, 2) * 3 - 1.5
    model = Sample(mode, padding, corners)
    found = tw.compile(model, (x, grid), progress=False)(x, grid)
    torch.testing.assert_close(found, model(x, grid), rtol=1e-5, atol=1e-5)


def test_coordinates_have_no_channels() -> None:
    x, grid = torch.randn(1, 48, 7, 9), torch.rand(1, 5, 6, 2)
    compiled = tw.compile(Sample("bilinear", "zeros", False), (x, grid), progress=False)
    assert "tensor<1x48x5x6x2xf32>" not in compiled.ir("import")
