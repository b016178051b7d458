# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Padding by what is at the border of a tensor."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.export import Dim

import tilewright as tw

CASES = [
    ((2, 5, 9), (3, 2)),
    ((2, 5, 9), (0, 2)),
    ((2, 3, 9, 7), (1, 2, 3, 4)),
    ((2, 3, 9, 7), (-1, 2, 0, -3)),
    ((3, 9, 7), (1, 2, 3, 4)),
    ((1, 2, 6, 9, 7), (1, 2, 3, 4, 2, 1)),
    ((2, 2, 2), (1, 1)),
]


class Pad(nn.Module):
    def __init__(self, padding: tuple[int, ...], mode: str) -> None:
        super().__init__()
        self.padding, self.mode = padding, mode

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x, self.padding, mode=self.mode)


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
@pytest.mark.parametrize(("shape", "padding"), CASES)
def test_border(shape: tuple[int, ...], padding: tuple[int, ...], mode: str) -> None:
    model, x = Pad(padding, mode), torch.randn(shape)
    module = tw.compile(model, (x,), progress=False)
    assert torch.equal(module(x), model(x))
    # Nothing is looked up by places that are stored somewhere.
    assert "xi64>" not in module.ir("graph")


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_border_of_any_image(mode: str) -> None:
    model, x = Pad((3, 1, 2, 2), mode), torch.randn(2, 3, 9, 7)
    sizes = {0: Dim("n", min=2, max=9), 2: Dim("h", min=5, max=99), 3: Dim("w", min=5, max=99)}
    module = tw.compile(model, (x,), dynamic_shapes=(sizes,), progress=False)
    for shape in ((2, 3, 9, 7), (4, 3, 5, 31)):
        y = torch.randn(shape)
        assert torch.equal(module(y), model(y))
