# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every second, third, ... element of a row: loads of all and shuffles, none beyond the last."""

import pytest
import torch
from torch import Tensor, nn

import tilewright as tw


class EveryOther(nn.Module):
    def __init__(self, start: int, step: int) -> None:
        super().__init__()
        self.start, self.step = start, step

    def forward(self, x: Tensor) -> Tensor:
        return x[:, self.start :: self.step] * 2 + 1


class InterleavedRotary(nn.Module):
    """Pairs of neighbours are rotated, as in GPT-J."""

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        even, odd = x[..., ::2], x[..., 1::2]
        return torch.stack([even * cos - odd * sin, odd * cos + even * sin], -1).flatten(-2)


@pytest.mark.parametrize("step", [2, 3, 4, 5])
@pytest.mark.parametrize("size", [3, 16, 33, 131])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bfloat16])
def test_values(size: int, step: int, dtype: torch.dtype) -> None:
    x = (torch.randn(5, size, generator=torch.Generator().manual_seed(0)) * 10).to(dtype)
    for start in (0, 1):
        model = EveryOther(start, step)
        assert torch.equal(tw.compile(model, (x,), progress=False)(x), model(x))


def test_interleaved_rotary_embedding() -> None:
    x, cos, sin = torch.randn(2, 3, 7, 64), torch.randn(7, 32), torch.randn(7, 32)
    model = InterleavedRotary()
    found = tw.compile(model, (x, cos, sin), progress=False)(x, cos, sin)
    torch.testing.assert_close(found, model(x, cos, sin))
