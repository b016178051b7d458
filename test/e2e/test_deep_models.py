# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models whose entry points are so long that they are cut into functions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from small_models import F32
from torch import Tensor, nn

import tilewright as tw


class Deep(nn.Module):
    """Layers of any size of the batch, small convolutions with borders, and a lookup at the end."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(16, 16) for _ in range(depth))
        self.filters = nn.ModuleList(nn.Conv1d(4, 4, 3, padding=1) for _ in range(depth))
        self.table = nn.Embedding(5, 16)
        self.last = nn.Linear(16, 3)

    def forward(self, x: Tensor, index: Tensor) -> Tensor:
        for layer, filtered in zip(self.layers, self.filters, strict=True):
            y = torch.softmax(layer(x), -1)
            x = x + y + filtered(y.view(-1, 4, 4)).flatten(1)
        result: Tensor = self.last(torch.softmax(x + self.table(index), -1))
        return result


DEPTH = 40


@pytest.fixture(scope="module")
def model() -> Deep:
    torch.manual_seed(0)
    return Deep(DEPTH).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def compiled(model: Deep) -> tw.CompiledModule:
    batch = torch.export.Dim("batch", min=2, max=64)
    example = (torch.randn(4, 16), torch.zeros(4, dtype=torch.long))
    return tw.compile(model, example, dynamic_shapes=({0: batch}, {0: batch}), cache=False)


@pytest.mark.parametrize("batch", [2, 7, 33])
def test_numbers_are_those_of_eager(model: Deep, compiled: tw.CompiledModule, batch: int) -> None:
    x, index = torch.randn(batch, 16), torch.randint(0, 5, (batch,))
    torch.testing.assert_close(compiled(x, index), model(x, index), **F32)


def test_a_check_that_fails_in_the_last_part(compiled: tw.CompiledModule) -> None:
    x = torch.randn(3, 16)
    good, bad = torch.tensor([0, 4, 2]), torch.tensor([0, 5, 2])
    with pytest.raises(tw.RunError, match="index must be smaller than dim size"):
        compiled(x, bad)
    assert torch.isfinite(compiled(x, good)).all()


def test_entry_points_are_cut(model: Deep, tmp_path: Path) -> None:
    example = (torch.randn(4, 16), torch.zeros(4, dtype=torch.long))
    torch.export.save(torch.export.export(model, example), tmp_path / "deep.pt2")
    out = tmp_path / "deep.s"
    command = [sys.executable, "-m", "tilewright", "compile", str(tmp_path / "deep.pt2")]
    subprocess.run([*command, "--emit", "asm", "-o", str(out)], check=True)
    assert "tw_main.part1:" in out.read_text()
