# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""3x3 convolutions computed by Winograd's F(2x2, 3x3), where a user can tell."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import tilewright as tw


class _Block(nn.Module):
    """A residual block, whose epilogues come after the second transform."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.second(torch.relu(self.norm(self.first(x)))) + x)


@pytest.mark.parametrize(("channels", "side"), [(64, 20), (64, 113), (96, 17)])
def test_as_exact_as_eager(channels: int, side: int) -> None:
    torch.manual_seed(1)
    model = _Block(channels).eval()
    x = torch.randn(1, channels, side, side)
    compiled = tw.compile(model, (x,))
    assert "winograd_output" in compiled.ir("graph")
    exact = _Block(channels).double().eval()
    exact.load_state_dict(model.state_dict())
    expected = exact(x.double())
    loss = (compiled(x) - expected).abs().max()
    assert loss <= 4 * (model(x) - expected).abs().max()


def test_not_in_bf16() -> None:
    model = nn.Conv2d(64, 64, 3, padding=1).eval()
    x = torch.randn(1, 64, 28, 28)
    assert "winograd" not in tw.compile(model, (x,), precision="bf16").ir("graph")


def test_infinity_stays_in_its_tiles() -> None:
    # Differences of infinite pixels are NaN: in tiles of 2x2 that the window reaches, no further.
    model = nn.Conv2d(64, 64, 3, padding=1).eval()
    x = torch.randn(1, 64, 28, 28)
    compiled = tw.compile(model, (x,))
    assert "winograd" in compiled.ir("graph")
    finite = compiled(x)
    x[0, 5, 9, 14] = float("inf")
    result = compiled(x)
    reached = torch.zeros(28, 28, dtype=torch.bool)
    reached[8:12, 12:16] = True
    assert torch.equal(result[..., ~reached], finite[..., ~reached])
    assert not result[..., 8:11, 13:16].isfinite().any()
