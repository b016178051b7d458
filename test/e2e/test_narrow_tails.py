# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Columns of a result whose last panel fills no vector: 255 channels of a detector's head."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import tilewright as tw
from tilewright.targets.cpu import CpuTarget

COLUMNS = [39, 47, 61, 255]
AVX2 = "cpu:x86-64-v3"


class Head(nn.Module):
    """With an activation and a skip connection behind sums of such columns."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(20, columns, 3, padding=1)
        self.pointwise = nn.Conv2d(columns, columns, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.wide(x))
        result: Tensor = x + self.pointwise(x)
        return result


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("target", ["cpu", AVX2])
def test_values(columns: int, target: str) -> None:
    if CpuTarget.parse(target.partition(":")[2]).obstacle():
        pytest.skip("needs a processor with AVX2")
    torch.manual_seed(0)
    model = Head(columns).eval().requires_grad_(False)
    x = torch.randn(2, 20, 11, 13)
    compiled = tw.compile(model, (x,), target=target, progress=False)
    eager = model(x)
    exact = model.double()(x.double())
    assert (compiled(x) - exact).abs().max() <= 4 * (eager - exact).abs().max()


@pytest.mark.parametrize("columns", COLUMNS)
def test_words_of_bf16_for_any_batch(columns: int) -> None:
    torch.manual_seed(0)
    model = nn.Linear(70, columns).eval().requires_grad_(False)
    model.weight.copy_(model.weight.bfloat16())
    batch = torch.export.Dim("batch", min=1, max=100)
    example = torch.randn(5, 70)
    compiled = tw.compile(
        model, (example,), dynamic_shapes=({0: batch},), precision="bf16", progress=False
    )
    exact = nn.Linear(70, columns).double().requires_grad_(False)
    exact.load_state_dict(model.state_dict())
    for rows in (1, 5, 23):
        x = torch.randn(rows, 70).bfloat16().float()
        expected = exact(x.double())
        assert float((compiled(x) - expected).abs().max() / expected.abs().max()) < 1e-6


def test_sums_are_whole_vectors() -> None:
    """No sum of a column of its own: each would be a multiply-add of one lane a step."""
    model = nn.Linear(64, 47).eval().requires_grad_(False)
    vectors = tw.compile(model, (torch.randn(33, 64),), progress=False).ir("vectorize")
    main = vectors.partition("func.func @main")[2].partition("func.func @init")[0]
    sums = [line for line in main.splitlines() if "math.fma" in line]
    assert sums and not any("vector<1xf32>" in line for line in sums)
